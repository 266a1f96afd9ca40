"""Counts which words of a text occur near each other."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from gradflow._checks import one_of, positive_float, positive_int
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._memory import in_words, parsed_bytes, resident_bytes
from gradflow.corpus._memory_budget import CHUNK, Plan, make_plan
from gradflow.corpus._progress import CountProgress, Reports
from gradflow.corpus._provenance import gradflow_version
from gradflow.corpus._reading import Progress
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._subsample import Subsampling
from gradflow.corpus._text import text8_tokens
from gradflow.corpus._text8_store import Text8Store, store_text8_file
from gradflow.corpus._tokens import (
    BREAK,
    GAP,
    MEMORY_BYTES,
    Tokenizer,
    TokenStore,
    store_documents,
    store_file,
)

DROPPED = -3  # within one chunk only: leaves no place behind

Store = TokenStore | Text8Store


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
    progress: Progress | None = None,
    report: Callable[[CountProgress], None] | None = None,
) -> CooccurrenceStatistics:
    """Count how often words occur, and how often near each other, in the same document.

    Two words at distance δ ≤ L (the window) add a weight to X[i, j] and to X[j, i], so that X is
    symmetric and X[i, i] takes it twice. All counts are exact 64-bit integers. The defaults are
    those of the paper [karkada2025].

    The texts are read once, so a generator will do, and a file is streamed, never read whole. The
    result is the same for any number of threads and any limit of memory.

    Memory: the distinct words, the finished counts (12 bytes for each pair of words that occurs, in
    both directions) and about half as much again for a moment. What goes beyond the limit waits in
    temporary files (TMPDIR), which have no names and vanish however the process ends.

    Args:
        texts_or_path: A text file (UTF-8; plain, .gz, .bz2, .xz, or .zip of one member) with one
            document a line, or an iterable of documents. A document is a text, or a sequence of
            words that is kept as it is.
        vocab_size: Number V of words to keep, the most frequent ones, words of equal frequency in
            alphabetical order; None keeps all.
        window: Largest distance L between two words of a pair.
        weighting: "linear" for weight L + 1 − δ, "flat" for weight 1.
        tokenizer: Turns a text into words. Lines of more than 1 MiB reach it in pieces.
        keep_unknown_gaps: Whether words outside the vocabulary keep their place in the text. If
            not, they are dropped before the window is laid, and their neighbours move together.
        min_count: Words that occur less often are left out.
        subsample: t of the probability min(1, √(t/f) + t/f) with which word2vec.c keeps an
            occurrence of a word of frequency f; None keeps all. The window closes over what is
            dropped, for which `keep_unknown_gaps` changes nothing. `unigram_counts` are of what is
            kept, too, so that words and pairs are of one text.
        seed: Of the random numbers for it, one for each position of the text.
        threads: Threads that count; None for all cores this process may use.
        memory_limit: Most memory of the whole process, in bytes or as "4GB" (10⁹ bytes) or "4GiB".
            It holds from the start of this call on, and as far as gradflow can tell: what the
            process already holds is counted in, what other threads take meanwhile is not. None for
            no limit.
        progress: Called as progress(done, total) while reading: bytes of the file, or documents;
            the total is None where it is not known.
        report: Called with a `CountProgress` while reading, counting and merging.

    Returns:
        The statistics, most frequent word first (before subsampling, if there is any).

    Raises:
        ArgumentError: Where an argument has no usable value, or the distinct words or the finished
            counts do not fit into the limit of memory; found out as early as it can be known.
        DataError: Where the file is missing, empty, damaged or not UTF-8 text, there are no words
            or no pairs in it, or the disk is too full for temporary files.

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
        kept = int(counts.sum()) if sampling is None else sampling.expected
        pairs = count_pairs(
            chunks, len(words), window, weighting == "linear", plan, several, reports.counting(kept)
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
    """Symmetric counts (V, V) of the pairs of a sequence of ids."""
    # Here, so that who only loads statistics need not wait half a second for Numba.
    from gradflow.corpus._window_counting import window_counts

    return window_counts(chunks, size, window, linear, plan, several, report)


@contextlib.contextmanager
def compiling(merging: bool) -> Iterator[Callable[[], None]]:
    """Let the loops of counting compile in a thread of their own while the text is being read.

    Yields:
        A function that waits for them.
    """

    def warm_up() -> None:
        from gradflow.corpus import _window_counting

        _window_counting.warm_up(merging)

    thread = threading.Thread(target=warm_up, daemon=True)
    thread.start()
    try:
        yield thread.join
    finally:
        thread.join()


def checked_kept(kept: np.ndarray, words: tuple[str, ...], subsample: float | None) -> np.ndarray:
    """Each word is still there, or an error that says which is not."""
    if not kept.all():
        wanted = "a threshold that keeps an occurrence of each word"
        got = f"{subsample:g}, which drops all of {words[int(kept.argmin())]!r}"
        raise ArgumentError("subsample", wanted, got)
    return kept


def check_pairs(pairs: Any, source: str) -> None:
    """There are pairs at all, or an error that says so."""
    if not pairs.nnz:
        wanted = "documents with at least two words of the vocabulary"
        raise DataError("texts_or_path", wanted, f"no pair of words in {source}")


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """It can be called, or an error that says so."""
    if not callable(tokenizer):
        raise ArgumentError("tokenizer", "a function from str to list of str", repr(tokenizer))


def text_provenance(
    store: Store, source: str, tokenizer: Tokenizer, kept: int, options: dict[str, Any]
) -> dict[str, Any]:
    """Where counts come from, as JSON values."""
    return {
        "source": source,
        "documents": store.documents,
        "tokens_read": store.tokens,
        "tokens_kept": kept,
        "distinct_words": store.distinct,
        "tokenizer": getattr(tokenizer, "__name__", type(tokenizer).__name__),
        "options": options,
        "gradflow": gradflow_version(),
    }


def make_store(texts: Any, tokenizer: Tokenizer, limit: int | None = None) -> Store:
    """A store for the words of a text, the fast one where it knows the tokenizer.

    With a limit, a sixteenth of it holds the text's word ids, and the distinct words must fit.
    """
    ids = MEMORY_BYTES if limit is None else min(MEMORY_BYTES, limit // 16)
    fast = tokenizer is text8_tokens and isinstance(texts, str | os.PathLike)
    store: Store = Text8Store(ids) if fast else TokenStore(ids)
    if limit is not None:
        store.check = lambda: check_words_fit(store, limit)
    return store


def check_words_fit(store: Store, limit: int) -> None:
    """What is held while the text is read stays below the limit, or an error that says so."""
    held = resident_bytes()
    if held > limit:
        wanted = f"more than {in_words(held)}, held after {store.distinct} distinct words"
        raise ArgumentError("memory_limit", wanted, in_words(limit))


def fill(store: Store, texts: Any, tokenizer: Tokenizer, progress: Progress | None) -> str:
    """Read everything and return a name for it."""
    if isinstance(store, Text8Store):
        store_text8_file(store, os.fspath(texts), progress)
        source = os.path.basename(os.fspath(texts))
    elif isinstance(texts, str | os.PathLike):
        path = os.fspath(texts)
        store_file(store, path, tokenizer, progress)
        source = os.path.basename(path)
    else:
        store_documents(store, texts, tokenizer, progress)
        source = "documents in memory"
    if not store.tokens:
        raise DataError("texts_or_path", "a text with words", f"no words in {source}")
    return source


def vocabulary(
    store: Store, vocab_size: int | None, min_count: int
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The kept words, their counts, and the new id of every old one (-1: not kept)."""
    store.check_words()
    counts = store.counts()
    frequent = np.flatnonzero(counts >= min_count)
    if not len(frequent):
        got = f"{min_count}, but no word occurs more than {counts.max()} times"
        raise ArgumentError("min_count", "a count that some word reaches", got)
    if vocab_size is not None and vocab_size > len(frequent):
        often = f" that occur at least {min_count} times" if min_count > 1 else ""
        wanted = f"at most {len(frequent)}, the number of distinct words{often}"
        raise ArgumentError("vocab_size", wanted, vocab_size)
    if vocab_size is not None:  # only these have a chance
        least = np.partition(counts[frequent], -vocab_size)[-vocab_size]
        frequent = frequent[counts[frequent] >= least]
    names = store.some_words(frequent)
    by_name = np.array(sorted(range(len(names)), key=names.__getitem__))
    order = by_name[np.argsort(-counts[frequent[by_name]], kind="stable")][:vocab_size]
    new_ids = np.full(len(counts), -1, np.int32)
    new_ids[frequent[order]] = np.arange(len(order), dtype=np.int32)
    return tuple(names[i] for i in order), counts[frequent[order]], new_ids


def renumbered(
    store: Store,
    new_ids: np.ndarray,
    unknown: int,
    chunk: int = CHUNK,
    sampling: Subsampling | None = None,
) -> Iterator[np.ndarray]:
    """The corpus in ids of the vocabulary; `BREAK` is -1 and picks the entry put last."""
    lookup = np.append(np.where(new_ids < 0, unknown, new_ids), BREAK).astype(np.int32)
    start = 0
    for part in store.chunks(chunk):
        ids = lookup[part]
        if sampling is not None:
            sampling.drop(ids, start, DROPPED)
            start += len(ids)
        yield ids[ids != DROPPED]
