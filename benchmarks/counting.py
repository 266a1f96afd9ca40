"""Counting a text: seconds, words a second, peak memory, and whether the counts are right.

    python benchmarks/counting.py --text enwiki-articles.txt.xz --vocab-size 50000
    python benchmarks/counting.py --words 1_000_000_000 --memory 4GB --vocab-size 10000

Each count has a process of its own, so that its peak memory is its own. Seconds are
those of `count_cooccurrence` alone, and of the whole process with its imports. Without a text one
is written to a temporary folder, 5 bytes a word, and deleted in the end: independent words, word
i with a probability in proportion to log(1 + 1/i), nearly Zipf's, 1,000 words a line.

"loop" is the plain way with SciPy, one sparse matrix for each distance, on the first part of the
text; the counts must be equal, for one thread and all, and under the smallest limit of memory.
"""

import argparse
import contextlib
import itertools
import json
import pathlib
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse

import gradflow as gf
from gradflow.corpus._memory import resident_bytes
from gradflow.corpus._reading import text_pieces

WINDOW, DISTINCT, LINE = 16, 400_000, 1000

CHILD = """
import json, re, resource, sys, time
def peak():  # getrusage's number, but without that of the process which started this one
    try:
        return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
import gradflow as gf
from gradflow.corpus import count_cooccurrence
held = peak()
options = json.loads(sys.argv[2])
runs = []
for _ in range(int(sys.argv[3])):
    begin = time.perf_counter()
    try:
        stats = count_cooccurrence(sys.argv[1], **options)
    except ValueError as error:
        print(json.dumps({"error": str(error), "seconds": time.perf_counter() - begin}))
        sys.exit()
    runs.append(time.perf_counter() - begin)
    entries, tokens = stats.pair_counts.nnz, stats.provenance["tokens_read"]
    if len(runs) == 1:
        whole = time.perf_counter() - start
        used, most = resource.getrusage(resource.RUSAGE_SELF), peak()
    del stats
print(json.dumps({
    "first": runs[0], "again": sorted(runs[1:] or runs)[len(runs[1:]) // 2],
    "whole": whole, "cpu": used.ru_utime + used.ru_stime, "held": held, "peak": most,
    "entries": entries, "tokens": tokens,
}))
"""


def write_text(path: pathlib.Path, words: int) -> None:
    """Words of four letters, a million at a time."""
    letters = np.frombuffer(string.ascii_lowercase.encode(), np.uint8)
    spelled = np.full((DISTINCT, 5), ord(" "), np.uint8)
    spelled[:, :4] = letters[np.arange(DISTINCT)[:, None] // 26 ** np.arange(4) % 26]
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for start in range(0, words, 1_000_000):
            size = min(1_000_000, words - start)
            ids = np.exp(rng.random(size, np.float32) * np.log(np.float32(DISTINCT)))
            text = spelled[np.minimum(ids.astype(np.int64), DISTINCT) - 1]
            text[LINE - 1 :: LINE, 4] = ord("\n")
            file.write(text.tobytes())


def counted(path: pathlib.Path, options: dict[str, Any], runs: int = 1) -> dict[str, Any]:
    """What a process of its own says of a count."""
    command = [sys.executable, "-c", CHILD, str(path), json.dumps(options), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def row(name: str, found: dict[str, Any]) -> str:
    """A line of the table."""
    if "error" in found:
        return f"{name:<24} after {found['seconds']:.1f} s: {found['error']}"
    return (
        f"{name:<24} {found['first']:>8.2f} {found['again']:>8.2f} {found['whole']:>8.2f} "
        f"{found['cpu']:>8.1f} {found['tokens'] / found['first'] / 1e6:>10.2f} "
        f"{found['held'] / 1e6:>8.2f} {found['peak'] / 1e6:>8.2f} {found['entries']:>13,}"
    )


def plain_counts(documents: list[list[str]], words: tuple[str, ...]) -> scipy.sparse.csr_array:
    """One sparse matrix for each distance, added up."""
    numbers = {word: number for number, word in enumerate(words)}
    gap = [-1] * WINDOW
    in_vocabulary = (
        [numbers[word] for word in document if word in numbers] for document in documents
    )
    ids = np.array(list(itertools.chain.from_iterable([*each, *gap] for each in in_vocabulary)))
    total = scipy.sparse.csr_array((len(words), len(words)), dtype=np.int64)
    for distance in range(1, WINDOW + 1):
        pairs = np.stack([ids[:-distance], ids[distance:]])
        pairs = pairs[:, (pairs >= 0).all(axis=0)]
        weight = np.full(pairs.shape[1], WINDOW + 1 - distance)
        total = total + scipy.sparse.coo_array((weight, tuple(pairs)), total.shape).tocsr()
    return (total + total.T).tocsr()


def check(path: pathlib.Path, lines: int = 400) -> None:
    """Compare with the plain way on the first lines."""
    pieces = (piece for piece, _ in text_pieces(str(path)))
    with contextlib.closing(pieces):
        texts = list(itertools.islice(pieces, lines))
    with tempfile.TemporaryDirectory() as folder:
        excerpt = pathlib.Path(folder, "excerpt.txt")
        excerpt.write_text("\n".join(texts))
        start = time.perf_counter()
        wanted: Any = None
        words: tuple[str, ...] = ()
        for options in ({"threads": 1}, {}, {"memory_limit": 0}):
            if "memory_limit" in options:
                options["memory_limit"] = resident_bytes() + 2 * 10**8
            stats = gf.count_cooccurrence(excerpt, window=WINDOW, **options)  # type: ignore[arg-type]
            if wanted is None:
                words = stats.words
                start = time.perf_counter()
                wanted = plain_counts([gf.corpus.text8_tokens(text) for text in texts], words)
                seconds = time.perf_counter() - start
            same = stats.words == words and (abs(stats.pair_counts - wanted)).nnz == 0
            print(f"equal to the loop {options or ''}: {'yes' if same else 'NO'}")
    print(f"the loop took {seconds:.1f} s for {stats.total_tokens:,} words\n")


@contextlib.contextmanager
def text(arguments: argparse.Namespace) -> Iterator[pathlib.Path]:
    """The text given, or one that is made up and deleted in the end."""
    if arguments.text is not None:
        yield pathlib.Path(arguments.text)
        return
    with tempfile.TemporaryDirectory(prefix="gradflow-counting-") as folder:
        path = pathlib.Path(folder, "words.txt")
        start = time.perf_counter()
        write_text(path, arguments.words)
        size = path.stat().st_size
        print(
            f"wrote {arguments.words:,} words, {size:,} bytes, "
            f"in {time.perf_counter() - start:.0f} s"
        )
        yield path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--text", help="a text to count; without one, words are made up")
    parser.add_argument("--words", type=int, default=20_000_000)
    parser.add_argument("--vocab-size", type=int, default=10_000)
    parser.add_argument("--memory", default=None, help="limit such as 4GB")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--runs", type=int, default=1, help="counts in the one process")
    parser.add_argument("--no-check", action="store_true")
    arguments = parser.parse_args()
    with text(arguments) as path:
        if not arguments.no_check:
            check(path)
        print(
            f"{'':<24} {'s first':>8} {'s again':>8} {'s all':>8} {'s CPU':>8} {'M words/s':>10} "
            f"{'GB held':>8} {'GB peak':>8} {'counts':>13}"
        )
        options = {
            "vocab_size": arguments.vocab_size, "window": WINDOW, "threads": arguments.threads,
            "memory_limit": arguments.memory,
        }  # fmt: skip
        name = f"V = {arguments.vocab_size:,}, {arguments.memory or 'no limit'}"
        print(row(name, counted(path, options, arguments.runs)))


if __name__ == "__main__":
    main()
