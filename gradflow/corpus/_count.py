"""Counts which words of a text occur near each other."""

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from gradflow._checks import one_of, positive_int
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._provenance import gradflow_version
from gradflow.corpus._reading import Progress
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._text import text8_tokens
from gradflow.corpus._tokens import BREAK, GAP, Tokenizer, TokenStore, store_documents, store_file

DROPPED = -3  # within one chunk only: leaves no place behind


def count_cooccurrence(
    texts_or_path: str | os.PathLike[str] | Iterable[str | Iterable[str]],
    vocab_size: int | None = None,
    window: int = 16,
    *,
    weighting: str = "linear",
    tokenizer: Tokenizer = text8_tokens,
    keep_unknown_gaps: bool = False,
    min_count: int = 1,
    progress: Progress | None = None,
) -> CooccurrenceStatistics:
    """Count how often words occur, and how often near each other, in the same document.

    Two words at distance δ ≤ L (the window) add a weight to X[i, j] and to X[j, i], so that X is
    symmetric and X[i, i] takes it twice. All counts are exact 64-bit integers. The defaults are
    those of the paper [karkada2025].

    The texts are read once, so a generator will do, and a file is streamed, never read whole.
    Memory: the distinct words, 16 bytes per distinct pair of vocabulary words or so, and up to
    256 MiB of word ids, of which the rest goes to a temporary file.

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
        progress: Called as progress(done, total) while reading: bytes of the file, or documents;
            the total is None where it is not known.

    Returns:
        The statistics, most frequent word first.

    Raises:
        ArgumentError: Where an argument has no usable value.
        DataError: Where the file is missing, empty, damaged or not UTF-8 text, or there are no
            words or no pairs in it.

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
    check_tokenizer(tokenizer)
    store = TokenStore()
    try:
        source = fill(store, texts_or_path, tokenizer, progress)
        words, counts, new_ids = vocabulary(store, vocab_size, min_count)
        chunks = renumbered(store, new_ids, GAP if keep_unknown_gaps else DROPPED)
        pairs = count_pairs(chunks, len(words), window, weighting == "linear")
    finally:
        store.close()
    check_pairs(pairs, source)
    options = {
        "vocab_size": vocab_size,
        "min_count": min_count,
        "keep_unknown_gaps": keep_unknown_gaps,
    }
    provenance = text_provenance(store, source, tokenizer, int(counts.sum()), options)
    return CooccurrenceStatistics(words, counts, pairs, window, weighting, provenance)


def count_pairs(chunks: Iterable[np.ndarray], size: int, window: int, linear: bool) -> Any:
    """Symmetric counts (V, V) of the pairs of a sequence of ids."""
    # Here, so that who only loads statistics need not wait half a second for Numba.
    from gradflow.corpus._windows import window_counts

    return window_counts(chunks, size, window, linear)


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
    store: TokenStore, source: str, tokenizer: Tokenizer, kept: int, options: dict[str, Any]
) -> dict[str, Any]:
    """Where counts come from, as JSON values."""
    return {
        "source": source,
        "documents": store.documents,
        "tokens_read": store.tokens,
        "tokens_kept": kept,
        "distinct_words": len(store.words),
        "tokenizer": getattr(tokenizer, "__name__", type(tokenizer).__name__),
        "options": options,
        "gradflow": gradflow_version(),
    }


def fill(store: TokenStore, texts: Any, tokenizer: Tokenizer, progress: Progress | None) -> str:
    """Read everything and return a name for it."""
    if isinstance(texts, str | os.PathLike):
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
    store: TokenStore, vocab_size: int | None, min_count: int
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """The kept words, their counts, and the new id of every old one (-1: not kept)."""
    words, counts = store.words, store.counts()
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError("tokenizer", "a function from str to list of str", repr(word))
    frequent = [i for i, count in enumerate(counts.tolist()) if count >= min_count]
    if not frequent:
        got = f"{min_count}, but no word occurs more than {counts.max()} times"
        raise ArgumentError("min_count", "a count that some word reaches", got)
    if vocab_size is not None and vocab_size > len(frequent):
        often = f" that occur at least {min_count} times" if min_count > 1 else ""
        wanted = f"at most {len(frequent)}, the number of distinct words{often}"
        raise ArgumentError("vocab_size", wanted, vocab_size)
    order = sorted(frequent, key=lambda i: (-counts[i], words[i]))[:vocab_size]
    new_ids = np.full(len(words), -1, np.int32)
    new_ids[order] = np.arange(len(order), dtype=np.int32)
    return tuple(words[i] for i in order), counts[order], new_ids


def renumbered(store: TokenStore, new_ids: np.ndarray, unknown: int) -> Iterator[np.ndarray]:
    """The corpus in ids of the vocabulary; `BREAK` is -1 and picks the entry put last."""
    lookup = np.append(np.where(new_ids < 0, unknown, new_ids), BREAK).astype(np.int32)
    for chunk in store.chunks():
        ids = lookup[chunk]
        yield ids[ids != DROPPED]
