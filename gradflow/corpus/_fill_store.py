"""Reading texts into a store, and choosing their vocabulary, for counting and for training."""

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._memory import in_words, resident_bytes
from gradflow.corpus._memory_budget import CHUNK
from gradflow.corpus._provenance import gradflow_version
from gradflow.corpus._reading import ReadProgress
from gradflow.corpus._store import BREAK, Store
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
