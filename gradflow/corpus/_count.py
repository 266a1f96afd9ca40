"""Counting which words of a text occur near each other."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from gradflow._checks import one_of, positive_float, positive_int
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._fill_store import (
    DROPPED,
    check_tokenizer,
    fill,
    make_store,
    renumbered,
    text_provenance,
    vocabulary,
)
from gradflow.corpus._memory import parsed_bytes
from gradflow.corpus._memory_budget import Plan, make_plan
from gradflow.corpus._progress import CountProgress, Reports
from gradflow.corpus._reading import ReadProgress
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._store import GAP
from gradflow.corpus._subsample import Subsampling
from gradflow.corpus._text import text8_tokens
from gradflow.corpus._tokens import Tokenizer


def count_cooccurrence(
    texts_or_path: str | os.PathLike[str] | Iterable[str | Iterable[str]],
    vocab_size: int | None = None,
    window: int = 16,
    *,
    weighting: str = "linear",
    tokenizer: Tokenizer = text8_tokens,
    keep_unknown_gaps: bool = False,
    min_count: int = 1,
    subsample: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    memory_limit: int | str | None = None,
    progress: ReadProgress | None = None,
    report: Callable[[CountProgress], None] | None = None,
) -> CooccurrenceStatistics:
    """Count how often words occur, and how often near each other, in the same document.

    Two words at distance δ ≤ L (the window) add a weight to X[i, j] and to X[j, i], so that X is
    symmetric and X[i, i] takes it twice. All counts are exact 64-bit integers. The defaults are
    those of the paper [karkada2025].

    The texts are read once, so a generator will do, and a file is streamed, never read as a whole.
    The result is the same for any number of threads and any limit of memory.

    Memory: the distinct words, the finished counts (12 bytes for each pair of words that occurs, in
    both directions) and for a moment about half as much again. Data beyond the limit wait in
    temporary files (TMPDIR), which have no names and vanish however the process ends.

    Args:
        texts_or_path: A text file (UTF-8; plain, .gz, .bz2, .xz, or .zip of one member) with one
            document a line, or an iterable of documents. A document is a text, or a sequence of
            words that is kept as it is.
        vocab_size: Number V of words to keep, the most frequent ones, words of equal frequency in
            alphabetical order; None keeps all.
        window: The largest distance L between two words of a pair.
        weighting: The window weight of a pair: "linear" for L + 1 − δ, "flat" for 1.
        tokenizer: A function that turns a text into words. Lines of more than 1 MiB reach it in
            pieces.
        keep_unknown_gaps: Whether words outside the vocabulary keep their place in the text. If
            not, they are dropped before windows are formed, and their neighbours move together.
        min_count: Words that occur less often are left out.
        subsample: t of the probability min(1, √(t/f) + t/f) with which word2vec.c keeps an
            occurrence of a word of frequency f; None keeps all. Dropped occurrences leave no gap,
            with `keep_unknown_gaps` too. `unigram_counts` count the occurrences that are kept, so
            that words and pairs belong to one text.
        seed: The seed of the random numbers for it, one for each position of the text.
        threads: The number of threads that count; None for all cores this process may use.
        memory_limit: The most memory that the process may take, in bytes or as "4GB" (10⁹ bytes)
            or "4GiB"; None for no limit. It holds from the start of this call, as far as gradflow
            can tell: memory that the process holds already is counted in, memory that other
            threads take meanwhile is not.
        progress: Called as progress(done, total) while reading, in bytes of the file or in
            documents; the total is None where it is not known.
        report: Called with a `CountProgress` while reading, counting and merging.

    Returns:
        The statistics, most frequent word first (before subsampling, if there is any).

    Raises:
        ArgumentError: An argument has no usable value, or the distinct words or the finished counts
            do not fit into the limit of memory, which is told as early as it can be known.
        DataError: The file is missing, empty, damaged or not UTF-8 text, there are no words or no
            pairs in it, or the disk is too full for temporary files.

    Example:
        >>> stats = count_cooccurrence(["the cat sat", "The cat ran!"], window=2)
        >>> stats.words
        ('cat', 'the', 'ran', 'sat')
        >>> stats.pair_counts.toarray()
        array([[0, 4, 2, 2],
               [4, 0, 1, 1],
               [2, 1, 0, 0],
               [2, 1, 0, 0]])
    """
    if vocab_size is not None:
        positive_int("vocab_size", vocab_size)
    positive_int("window", window)
    one_of("weighting", weighting, ("linear", "flat"))
    positive_int("min_count", min_count)
    subsample = None if subsample is None else positive_float("subsample", subsample)
    positive_int("seed", seed, 0)
    threads = None if threads is None else positive_int("threads", threads)
    limit = None if memory_limit is None else parsed_bytes("memory_limit", memory_limit)
    check_tokenizer(tokenizer)
    options: dict[str, Any] = {
        "vocab_size": vocab_size,
        "min_count": min_count,
        "keep_unknown_gaps": keep_unknown_gaps,
    }
    reports = Reports(progress, report)
    with (
        compiling(merging=limit is not None) as compiled,
        contextlib.closing(make_store(texts_or_path, tokenizer, limit)) as store,
    ):
        source = fill(store, texts_or_path, tokenizer, reports.reading(store))
        words, counts, new_ids = vocabulary(store, vocab_size, min_count)
        provenance = text_provenance(store, source, tokenizer, int(counts.sum()), options)
        sampling = None if subsample is None else Subsampling(counts, subsample, seed)
        compiled()
        plan = make_plan(len(words), threads, limit)
        unknown = GAP if keep_unknown_gaps else DROPPED
        chunks = renumbered(store, new_ids, unknown, plan.chunk, sampling)
        several = store.positions > plan.chunk
        to_count = int(counts.sum()) if sampling is None else sampling.expected
        report_counts = reports.counting(to_count)
        pairs = count_pairs(
            chunks, len(words), window, weighting == "linear", plan, several, report_counts
        )
    if sampling is not None:
        options |= {"subsample": subsample, "seed": seed}
        provenance |= {"options": options, "tokens_subsampled_away": sampling.dropped}
        counts = checked_kept(sampling.kept, words, subsample)
    check_pairs(pairs, source)
    return CooccurrenceStatistics.from_counter(words, counts, pairs, window, weighting, provenance)


def count_pairs(
    chunks: Iterable[np.ndarray],
    size: int,
    window: int,
    linear: bool,
    plan: Plan | None = None,
    several: bool = True,
    report: Callable[[str, int, int], None] | None = None,
) -> Any:
    """Return the symmetric counts (V, V) of the pairs of a sequence of ids."""
    # Imported here, so that loading statistics does not wait half a second for Numba.
    from gradflow.corpus._window_counting import window_counts

    return window_counts(chunks, size, window, linear, plan, several, report)


@contextlib.contextmanager
def compiling(merging: bool) -> Iterator[Callable[[], None]]:
    """Compile the loops of counting in another thread while the text is being read.

    Yields:
        A function that waits until they are compiled.
    """

    def warm_up() -> None:
        """Compile, or load from Numba's cache."""
        from gradflow.corpus import _window_counting

        _window_counting.warm_up(merging)

    thread = threading.Thread(target=warm_up, daemon=True)
    thread.start()
    try:
        yield thread.join
    finally:
        thread.join()


def checked_kept(counts: np.ndarray, words: tuple[str, ...], subsample: float | None) -> np.ndarray:
    """Return the counts after subsampling, in which each word must still occur.

    Raises:
        ArgumentError: All occurrences of a word were dropped.
    """
    if not counts.all():
        wanted = "a threshold that keeps an occurrence of each word"
        got = f"{subsample:g}, which drops all of {words[int(counts.argmin())]!r}"
        raise ArgumentError("subsample", wanted, got)
    return counts


def check_pairs(pairs: Any, source: str) -> None:
    """Check that there are pairs at all.

    Raises:
        DataError: There are none.
    """
    if not pairs.nnz:
        wanted = "documents with at least two words of the vocabulary"
        raise DataError("texts_or_path", wanted, f"no pair of words in {source}")
