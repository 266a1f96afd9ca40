"""Co-occurrence statistics: how often each word occurs, and how often words occur together."""

import dataclasses
import functools
import os
from typing import Any

import numpy as np
import scipy.sparse

from gradflow._checks import at_most_words, distinct_words
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._check_counts import (
    checked_pairs,
    checked_provenance,
    checked_unigrams,
    checked_window,
    frozen_pairs,
    integers,
    is_sparse,
)
from gradflow.corpus._storage import write_statistics


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CooccurrenceStatistics:
    """Co-occurrence statistics of V words, as exact integers.

    They come from `count_cooccurrence`, `load_statistics` or `planted_statistics`, or from a
    user's arrays by `CooccurrenceStatistics.from_counts`. The arrays are read-only.

    Attributes:
        words: The V words, different from each other.
        unigram_counts: (V,) int64, the occurrences of each word, all above zero.
        pair_counts: (V, V) int64, sparse and symmetric. Every unordered pair of positions at
            distance δ within the window has added its window weight to X[i, j] and to X[j, i],
            hence twice to X[i, i].
        window: The largest distance L at which two words co-occur; 0 where it is not known.
        weighting: The window weight: "linear" (L + 1 − δ), "flat" (1), or "given" (not known).
        provenance: Where the counts come from, as plain JSON values.

    Raises:
        DataError: The arrays do not fit together or are no counts.

    Example:
        >>> import numpy as np
        >>> stats = CooccurrenceStatistics.from_counts(
        ...     ["sun", "moon"], np.array([3, 2]), np.array([[2, 5], [5, 0]])
        ... )
        >>> stats
        CooccurrenceStatistics(2 words, 5 tokens, 12 pair weight, window 0, 'given')
        >>> stats.unigram_probabilities
        array([0.6, 0.4])
        >>> stats.pair_counts.toarray()[stats.index("sun"), stats.index("moon")]
        np.int64(5)
    """

    words: tuple[str, ...]
    unigram_counts: np.ndarray
    pair_counts: scipy.sparse.csr_array
    window: int
    weighting: str
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        _set(self, "words", distinct_words(self.words))
        _set(self, "unigram_counts", checked_unigrams(self.unigram_counts, len(self.words)))
        _set(self, "pair_counts", checked_pairs(self.pair_counts, len(self.words)))
        _set(self, "window", checked_window(self.window))
        if self.weighting not in ("linear", "flat", "given"):
            raise DataError("weighting", "'linear', 'flat' or 'given'", repr(self.weighting))
        _set(self, "provenance", checked_provenance(self.provenance))

    @classmethod
    def from_counts(
        cls,
        words: Any,
        unigram_counts: Any,
        pair_counts: Any,
        *,
        window: int = 0,
        weighting: str = "given",
        provenance: dict[str, Any] | None = None,
    ) -> "CooccurrenceStatistics":
        """Return statistics made of a user's counts.

        Args:
            words: V different words.
            unigram_counts: (V,), integers above zero, of any numeric dtype.
            pair_counts: (V, V), symmetric integers, dense or SciPy sparse. They are copied.
            window: The largest distance of a pair, where known.
            weighting: The window weight: "linear", "flat", or "given" where not known.
            provenance: Facts about the source, as JSON values.

        Returns:
            The statistics, in the order of `words`.

        Raises:
            DataError: The arrays do not fit together or are no counts.
        """
        if is_sparse(pair_counts):
            pairs = scipy.sparse.csr_array(pair_counts, copy=True)
            pairs.data = integers("pair_counts", pairs.data)
        else:
            dense = integers("pair_counts", pair_counts)
            if dense.ndim != 2:
                raise DataError("pair_counts", "a matrix", f"an array of shape {dense.shape}")
            pairs = scipy.sparse.csr_array(dense)
        unigrams = np.array(integers("unigram_counts", unigram_counts))
        return cls(words, unigrams, pairs, window, weighting, provenance or {})

    @classmethod
    def from_counter(
        cls,
        words: tuple[str, ...],
        unigram_counts: np.ndarray,
        pair_counts: scipy.sparse.csr_array,
        window: int,
        weighting: str,
        provenance: dict[str, Any],
    ) -> "CooccurrenceStatistics":
        """Return statistics of counts that are valid by construction, unchecked.

        This is for counting alone: the counts must be int64, canonical, above zero and symmetric.
        A comparison with their transpose would take longer than counting a small corpus, and as
        much memory again.
        """
        statistics = object.__new__(cls)
        _set(statistics, "words", distinct_words(words))
        _set(statistics, "unigram_counts", checked_unigrams(unigram_counts, len(words)))
        _set(statistics, "pair_counts", frozen_pairs(pair_counts))
        _set(statistics, "window", window)
        _set(statistics, "weighting", weighting)
        _set(statistics, "provenance", checked_provenance(provenance))
        return statistics

    @property
    def vocab_size(self) -> int:
        """The number of words V."""
        return len(self.words)

    @property
    def total_tokens(self) -> int:
        """The sum of the unigram counts."""
        return int(self.unigram_counts.sum())

    @property
    def total_pairs(self) -> int:
        """The sum of the full matrix of pair counts, which has each pair in both directions."""
        return int(self.pair_counts.sum())

    @property
    def unigram_probabilities(self) -> np.ndarray:
        """The probability p of each word, (V,) float64, with sum 1."""
        return self.unigram_counts / self.total_tokens

    @property
    def pair_probabilities(self) -> np.ndarray:
        """The probability P of each pair, (V, V) float64, symmetric with sum 1.

        It is a dense matrix of 8 V² bytes, made anew at each access.
        """
        return self.pair_counts.toarray() / self.total_pairs

    def index(self, word: str) -> int:
        """Return the position of a word in `words`.

        Raises:
            ArgumentError: The word is not in the vocabulary.
        """
        if word not in self._positions:
            raise ArgumentError("word", f"one of the {self.vocab_size} words", repr(word))
        return self._positions[word]

    def top(self, n: int) -> "CooccurrenceStatistics":
        """Return the n most frequent words, most frequent first, and their counts with each other.

        The counts are a sub-block of these. Counting the text again with a vocabulary of n words
        gives larger counts where words outside the vocabulary are dropped from the text, since
        their neighbours then move closer together.

        Raises:
            ArgumentError: n is not an integer from 1 to V.
        """
        n = at_most_words("n", n, self.vocab_size)
        order = np.argsort(-self.unigram_counts, kind="stable")[:n]
        return CooccurrenceStatistics(
            tuple(self.words[i] for i in order),
            self.unigram_counts[order],
            self.pair_counts[order][:, order],
            self.window,
            self.weighting,
            {**self.provenance, "top": n},
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file, usually called `.gfs`, which `load_statistics` reads.

        The file appears complete or not at all. The same statistics always give the same bytes.

        Raises:
            DataError: The file cannot be written.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        write_statistics(path, **fields)

    @functools.cached_property
    def _positions(self) -> dict[str, int]:
        """The position of each word."""
        return {word: position for position, word in enumerate(self.words)}

    def __repr__(self) -> str:
        return (
            f"CooccurrenceStatistics({self.vocab_size} words, {self.total_tokens} tokens, "
            f"{self.total_pairs} pair weight, window {self.window}, {self.weighting!r})"
        )


def _set(statistics: CooccurrenceStatistics, name: str, value: object) -> None:
    """Set a field of the frozen dataclass while it is made."""
    object.__setattr__(statistics, name, value)
