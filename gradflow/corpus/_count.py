"""Counting which words of a text occur near each other."""

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
from gradflow.corpus._reading import ReadProgress
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._store import BREAK, GAP, Store
from gradflow.corpus._subsample import Subsampling
from gradflow.corpus._text import text8_tokens
from gradflow.corpus._text8_store import Text8Store, store_text8_file
from gradflow.corpus._tokens import (
    MEMORY_BYTES,
    Tokenizer,
    TokenStore,
    store_documents,
    store_file,
)

DROPPED = -3  # an id for words that are removed from the text, used within one chunk only


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


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """Check that a tokenizer can be called.

    Raises:
        ArgumentError: It cannot.
    """
    if not callable(tokenizer):
        raise ArgumentError("tokenizer", "a function from str to list of str", repr(tokenizer))


def text_provenance(
    store: Store, source: str, tokenizer: Tokenizer, tokens_kept: int, options: dict[str, Any]
) -> dict[str, Any]:
    """Return where counts come from, as JSON values."""
    return {
        "source": source,
        "documents": store.documents,
        "tokens_read": store.tokens,
        "tokens_kept": tokens_kept,
        "distinct_words": store.distinct,
        "tokenizer": getattr(tokenizer, "__name__", type(tokenizer).__name__),
        "options": options,
        "gradflow": gradflow_version(),
    }


def make_store(texts: Any, tokenizer: Tokenizer, limit: int | None = None) -> Store:
    """Return an empty store for the words of a text, the fast one where it knows the tokenizer.

    With a limit, a sixteenth of it holds the text's word ids, and the distinct words must fit.
    """
    ids = MEMORY_BYTES if limit is None else min(MEMORY_BYTES, limit // 16)
    fast = tokenizer is text8_tokens and isinstance(texts, str | os.PathLike)
    store: Store = Text8Store(ids) if fast else TokenStore(ids)
    if limit is not None:
        store.check = lambda: check_words_fit(store, limit)
    return store


def check_words_fit(store: Store, limit: int) -> None:
    """Check that the memory held while the text is read is below the limit.

    Raises:
        ArgumentError: It is not.
    """
    held = resident_bytes()
    if held > limit:
        wanted = f"more than {in_words(held)}, held after {store.distinct} distinct words"
        raise ArgumentError("memory_limit", wanted, in_words(limit))


def fill(store: Store, texts: Any, tokenizer: Tokenizer, progress: ReadProgress | None) -> str:
    """Read the texts into a store and return a name for them.

    Raises:
        ArgumentError: The documents, or the tokenizer's words, are no strings.
        DataError: The text cannot be read, or has no words.
    """
    is_path = isinstance(texts, str | os.PathLike)
    source = os.path.basename(os.fspath(texts)) if is_path else "documents in memory"
    if isinstance(store, Text8Store):
        store_text8_file(store, os.fspath(texts), progress)
    elif isinstance(store, TokenStore) and is_path:
        store_file(store, os.fspath(texts), tokenizer, progress)
    elif isinstance(store, TokenStore):
        store_documents(store, texts, tokenizer, progress)
    if not store.tokens:
        raise DataError("texts_or_path", "a text with words", f"no words in {source}")
    if isinstance(store, TokenStore):
        store.check_tokenized()
    return source


def vocabulary(
    store: Store, vocab_size: int | None, min_count: int
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the words of the vocabulary, their counts, and the new id of every word, or −1.

    Raises:
        ArgumentError: No word occurs `min_count` times, or there are fewer than `vocab_size` words.
    """
    counts = store.counts()
    frequent = np.flatnonzero(counts >= min_count)
    if not len(frequent):
        got = f"{min_count}, but no word occurs more than {counts.max()} times"
        raise ArgumentError("min_count", "a count that some word reaches", got)
    if vocab_size is not None and vocab_size > len(frequent):
        often = f" that occur at least {min_count} times" if min_count > 1 else ""
        wanted = f"at most {len(frequent)}, the number of distinct words{often}"
        raise ArgumentError("vocab_size", wanted, vocab_size)
    if vocab_size is not None:
        # Words as frequent as the V-th, and no others, are sorted by name: most are rarer.
        least = np.partition(counts[frequent], -vocab_size)[-vocab_size]
        frequent = frequent[counts[frequent] >= least]
    names = store.words_of(frequent)
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
    """Return the text in ids of the vocabulary, chunk by chunk.

    Args:
        store: The text.
        new_ids: For each id of the store that of the vocabulary, or −1.
        unknown: `GAP` or `DROPPED`, for words outside the vocabulary.
        chunk: The number of ids read at a time.
        sampling: The occurrences that are dropped, if any.
    """
    # An id of `BREAK`, −1, picks the last entry, which is `BREAK`.
    lookup = np.append(np.where(new_ids < 0, unknown, new_ids), BREAK).astype(np.int32)
    start = 0
    for old_ids in store.chunks(chunk):
        ids = lookup[old_ids]
        if sampling is not None:
            sampling.drop(ids, start, DROPPED)
            start += len(ids)
        yield ids[ids != DROPPED]
