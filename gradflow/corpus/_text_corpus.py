"""A text as word ids, for training that goes through the text."""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradflow._checks import one_of, positive_int, shown
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._count import check_pairs, count_pairs
from gradflow.corpus._fill_store import (
    DROPPED,
    check_tokenizer,
    fill,
    make_store,
    renumbered,
    text_provenance,
    vocabulary,
)
from gradflow.corpus._memory_budget import CHUNK
from gradflow.corpus._reading import ReadProgress
from gradflow.corpus._statistics import CooccurrenceStatistics
from gradflow.corpus._store import Store
from gradflow.corpus._text import text8_tokens
from gradflow.corpus._tokens import Tokenizer


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class TokenCorpus:
    """A text as the ids of its vocabulary words, in order, as `read_corpus` returns it.

    Attributes:
        words: The V words; a word's position is its id.
        ids: (n,) int32, read-only: the ids in order, with −1 at the end of each document. Words
            outside the vocabulary leave no gap.
        unigram_counts: (V,) int64, the occurrences of each word, all above zero.
        provenance: Where the text comes from, as plain JSON values.

    Example:
        >>> import gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat", "The cat ran!"], vocab_size=2)
        >>> corpus
        TokenCorpus(2 words, 4 tokens)
        >>> corpus.words, corpus.ids.tolist()
        (('cat', 'the'), [1, 0, -1, 1, 0, -1])
    """

    words: tuple[str, ...]
    ids: np.ndarray
    unigram_counts: np.ndarray
    provenance: dict[str, Any]

    @property
    def vocab_size(self) -> int:
        """The number of words V."""
        return len(self.words)

    @property
    def total_tokens(self) -> int:
        """The number of vocabulary words in the text, repeated ones included."""
        return int(self.unigram_counts.sum())

    def count(self, window: int = 16, weighting: str = "linear") -> CooccurrenceStatistics:
        """Return exactly the statistics that `count_cooccurrence` finds in the same text.

        Args:
            window: The largest distance L between two words of a pair.
            weighting: The window weight of a pair at distance δ: "linear" for L + 1 − δ, "flat"
                for 1.

        Raises:
            ArgumentError: An argument has no usable value.
            DataError: There are no pairs.
        """
        positive_int("window", window)
        one_of("weighting", weighting, ("linear", "flat"))
        starts = range(0, len(self.ids), CHUNK)
        chunks = (self.ids[start : start + CHUNK] for start in starts)
        several = len(self.ids) > CHUNK
        pairs = count_pairs(chunks, self.vocab_size, window, weighting == "linear", several=several)
        check_pairs(pairs, self.provenance["source"])
        return CooccurrenceStatistics.from_counter(
            self.words, self.unigram_counts, pairs, window, weighting, self.provenance
        )

    def __repr__(self) -> str:
        return f"TokenCorpus({self.vocab_size} words, {self.total_tokens} tokens)"


def read_corpus(
    texts_or_path: str | os.PathLike[str] | Iterable[str | Iterable[str]],
    vocab_size: int | None = None,
    *,
    tokenizer: Tokenizer = text8_tokens,
    min_count: int = 1,
    words: Sequence[str] | None = None,
    progress: ReadProgress | None = None,
) -> TokenCorpus:
    """Read a text once, for training on it and for counting in it.

    Memory: the distinct words, and four bytes a word of the text.

    Args:
        texts_or_path: A text file with one document a line, or an iterable of documents, as for
            `count_cooccurrence`.
        vocab_size: Number V of words to keep, the most frequent ones, words of equal frequency in
            alphabetical order; None keeps all. The others are dropped, and their neighbours move
            together.
        tokenizer: A function that turns a text into words.
        min_count: Words that occur less often are dropped.
        words: The vocabulary, in any order, instead of `vocab_size` and `min_count`.
        progress: Called as progress(done, total) while reading, in bytes of the file or in
            documents; the total is None where it is not known.

    Returns:
        The text as ids.

    Raises:
        ArgumentError: An argument has no usable value.
        DataError: The file is missing, empty, damaged or not UTF-8 text, or has no words.

    Example:
        >>> import gradflow as gf
        >>> corpus = gf.read_corpus(["the cat sat", "the dog sat"])
        >>> corpus.words, corpus.vocab_size
        (('sat', 'the', 'cat', 'dog'), 4)
    """
    if vocab_size is not None:
        positive_int("vocab_size", vocab_size)
    positive_int("min_count", min_count)
    check_tokenizer(tokenizer)
    wanted_words = _checked_words(words, vocab_size, min_count)
    options: dict[str, Any] = {
        "vocab_size": vocab_size, "min_count": min_count, "keep_unknown_gaps": False
    }  # fmt: skip
    store = make_store(texts_or_path, tokenizer)
    try:
        source = fill(store, texts_or_path, tokenizer, progress)
        if wanted_words is None:
            chosen_words, counts, new_ids = vocabulary(store, vocab_size, min_count)
        else:
            chosen_words, counts, new_ids = _given_vocabulary(store, wanted_words)
            options["words"] = "given"
        ids = np.concatenate(list(renumbered(store, new_ids, DROPPED)))
        provenance = text_provenance(store, source, tokenizer, int(counts.sum()), options)
    finally:
        store.close()
    ids.flags.writeable = counts.flags.writeable = False
    return TokenCorpus(chosen_words, ids, counts, provenance)


def _checked_words(
    words: Sequence[str] | None, vocab_size: int | None, min_count: int
) -> tuple[str, ...] | None:
    """Return the given vocabulary, or None where there is none."""
    if words is None:
        return None
    wanted = "different words, and neither vocab_size nor min_count beside them"
    if isinstance(words, str) or vocab_size is not None or min_count > 1:
        raise ArgumentError("words", wanted, shown(words))
    listed = tuple(words)
    if not listed or not all(isinstance(word, str) for word in listed):
        raise ArgumentError("words", wanted, shown(words))
    if len(set(listed)) < len(listed):
        twice = next(word for place, word in enumerate(listed) if word in listed[:place])
        raise ArgumentError("words", wanted, f"{twice!r} twice")
    return listed


def _given_vocabulary(
    store: Store, words: tuple[str, ...]
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return what `vocabulary` does, for a given vocabulary.

    Raises:
        DataError: A word does not occur in the text.
    """
    numbers = {word: number for number, word in enumerate(store.words)}
    missing = [word for word in words if word not in numbers]
    if missing:
        raise DataError("words", "words that occur in the text", shown(missing[0]))
    old = np.array([numbers[word] for word in words])
    new_ids = np.full(len(numbers), -1, np.int32)
    new_ids[old] = np.arange(len(words), dtype=np.int32)
    return words, store.counts()[old], new_ids
