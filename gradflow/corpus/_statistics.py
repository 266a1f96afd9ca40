"""What a corpus says about its words: how often each occurs, and how often with each other."""

import copy
import dataclasses
import functools
import json
import os
from typing import Any

import numpy as np
import scipy.sparse

from gradflow._checks import distinct_words, positive_int
from gradflow._errors import ArgumentError, DataError
from gradflow.corpus._storage import write_statistics


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CooccurrenceStatistics:
    """Co-occurrence statistics of V words, as exact integers.

    Made by `count_cooccurrence`, `load_statistics`, `planted_statistics` or, from arrays of your
    own, by `CooccurrenceStatistics.from_counts`. Immutable: the arrays are read-only.

    Attributes:
        words: The V words, different from each other.
        unigram_counts: (V,) int64, occurrences of each word, all above zero.
        pair_counts: (V, V) int64, sparse and symmetric. Every unordered pair of positions at
            distance δ within the window has added its weight to X[i, j] and to X[j, i], hence
            twice to X[i, i].
        window: Largest distance L at which two words co-occur; 0 where it is not known.
        weighting: "linear" (weight L + 1 − δ), "flat" (weight 1), or "given" (not known).
        provenance: Where the counts come from, as plain JSON values.

    Raises:
        DataError: Where the arrays do not fit together or are no counts.

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
        _set(self, "unigram_counts", _checked_unigrams(self.unigram_counts, len(self.words)))
        _set(self, "pair_counts", _checked_pairs(self.pair_counts, len(self.words)))
        _set(self, "window", _checked_window(self.window))
        if self.weighting not in ("linear", "flat", "given"):
            raise DataError("weighting", "'linear', 'flat' or 'given'", repr(self.weighting))
        _set(self, "provenance", _checked_provenance(self.provenance))

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
        """Statistics from counts you already have.

        Args:
            words: V different words.
            unigram_counts: (V,) whole numbers above zero, of any numeric dtype.
            pair_counts: (V, V) symmetric whole numbers, dense or SciPy sparse. They are copied.
            window: Largest distance of a pair, where known.
            weighting: "linear", "flat", or "given" where not known.
            provenance: Whatever should be remembered about the source, as JSON values.

        Returns:
            The statistics, in the order of `words`.

        Raises:
            DataError: Where the arrays do not fit together or are no counts.
        """
        if _is_sparse(pair_counts):
            pairs = scipy.sparse.csr_array(pair_counts, copy=True)
            pairs.data = _whole_numbers("pair_counts", pairs.data)
        else:
            dense = _whole_numbers("pair_counts", pair_counts)
            if dense.ndim != 2:
                raise DataError("pair_counts", "a matrix", f"an array of shape {dense.shape}")
            pairs = scipy.sparse.csr_array(dense)
        unigrams = np.array(_whole_numbers("unigram_counts", unigram_counts))
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
        """Statistics from counts that are right by construction, without a look at each of them.

        For `gradflow.corpus` itself: the counts must be int64, canonical, above zero and symmetric.
        To compare them with their mirror image takes longer than to count a small corpus, and as
        much memory again.
        """
        made = object.__new__(cls)
        _set(made, "words", distinct_words(words))
        _set(made, "unigram_counts", _checked_unigrams(unigram_counts, len(words)))
        _set(made, "pair_counts", _frozen_pairs(pair_counts))
        _set(made, "window", window)
        _set(made, "weighting", weighting)
        _set(made, "provenance", _checked_provenance(provenance))
        return made

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return len(self.words)

    @property
    def total_tokens(self) -> int:
        """Sum of the unigram counts."""
        return int(self.unigram_counts.sum())

    @property
    def total_pairs(self) -> int:
        """Sum of the whole matrix of pair counts (weights counted in both directions)."""
        return int(self.pair_counts.sum())

    @property
    def unigram_probabilities(self) -> np.ndarray:
        """p_i, (V,) float64, sum 1."""
        return self.unigram_counts / self.total_tokens

    @property
    def pair_probabilities(self) -> np.ndarray:
        """P_ij, dense (V, V) float64, symmetric, sum 1; 8 V² bytes, made anew at each access."""
        return self.pair_counts.toarray() / self.total_pairs

    def index(self, word: str) -> int:
        """Position of a word in `words`.

        Raises:
            ArgumentError: Where the word is not in the vocabulary.
        """
        if word not in self._positions:
            raise ArgumentError("word", f"one of the {self.vocab_size} words", repr(word))
        return self._positions[word]

    def top(self, n: int) -> "CooccurrenceStatistics":
        """The n most frequent words, most frequent first, and their counts with each other.

        This is the sub-block of the counts, no more. Counting the text again with a vocabulary of
        n words gives larger counts wherever the left-out words had been dropped from the text,
        since their neighbours then move closer together.

        Raises:
            ArgumentError: Where n is no number from 1 to V.
        """
        if positive_int("n", n) > self.vocab_size:
            raise ArgumentError("n", f"at most {self.vocab_size}, the number of words", n)
        kept = np.argsort(-self.unigram_counts, kind="stable")[:n]
        return CooccurrenceStatistics(
            tuple(self.words[i] for i in kept),
            self.unigram_counts[kept],
            self.pair_counts[kept][:, kept],
            self.window,
            self.weighting,
            {**self.provenance, "top": n},
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file (by custom `.gfs`), whole or not at all; `load_statistics` reads it.

        The same statistics always give the same bytes.

        Raises:
            DataError: Where the file cannot be written.
        """
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        write_statistics(path, **fields)

    @functools.cached_property
    def _positions(self) -> dict[str, int]:
        return {word: position for position, word in enumerate(self.words)}

    def __repr__(self) -> str:
        return (
            f"CooccurrenceStatistics({self.vocab_size} words, {self.total_tokens} tokens, "
            f"{self.total_pairs} pair weight, window {self.window}, {self.weighting!r})"
        )


def _set(statistics: CooccurrenceStatistics, name: str, value: object) -> None:
    object.__setattr__(statistics, name, value)  # the way into a frozen dataclass


def _is_sparse(values: Any) -> bool:
    return bool(scipy.sparse.issparse(values))


def _whole_numbers(argument: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind in "iu":
        return array
    if array.dtype.kind == "f" and np.array_equal(array, np.rint(array)):
        return array.astype(np.int64)
    got = f"numbers like {_first_fraction(array):.6g}" if array.dtype.kind == "f" else array.dtype
    raise DataError(argument, "whole numbers", got)


def _first_fraction(array: np.ndarray) -> float:
    flat = array.ravel()
    return float(flat[np.flatnonzero(flat != np.rint(flat))[0]])


def _frozen(array: np.ndarray) -> np.ndarray:
    view = array.view()  # the caller's own array stays as it was
    view.flags.writeable = False
    return view


def _checked_unigrams(counts: Any, size: int) -> np.ndarray:
    counts = np.asarray(counts)
    if counts.dtype.kind not in "iu":
        raise DataError("unigram_counts", "integers", f"dtype {counts.dtype}")
    if counts.shape != (size,):
        raise DataError("unigram_counts", f"shape ({size},), one a word", f"shape {counts.shape}")
    if counts.min() <= 0:
        got = f"{counts.min()} at position {counts.argmin()}"
        raise DataError("unigram_counts", "counts above zero", got)
    return _frozen(counts.astype(np.int64, copy=False))


def _checked_pairs(counts: Any, size: int) -> scipy.sparse.csr_array:
    if not _is_sparse(counts):
        raise DataError("pair_counts", "a scipy.sparse array", type(counts).__name__)
    if counts.dtype.kind not in "iu":
        raise DataError("pair_counts", "integers", f"dtype {counts.dtype}")
    if counts.shape != (size, size):
        wanted = f"shape ({size}, {size}), one row a word"
        raise DataError("pair_counts", wanted, f"shape {counts.shape}")
    counts = scipy.sparse.csr_array(counts).astype(np.int64, copy=False)
    if not counts.has_canonical_format:
        counts = counts.copy()
        counts.sum_duplicates()
    if counts.nnz and counts.data.min() < 0:
        raise DataError("pair_counts", "counts of at least zero", f"{counts.data.min()}")
    if counts.nnz and counts.data.min() == 0:
        counts = counts.copy()
        counts.eliminate_zeros()
    if not counts.nnz:
        raise DataError("pair_counts", "at least one pair of words", "none")
    mirrored = counts.T.tocsr()
    if not all(
        np.array_equal(getattr(mirrored, part), getattr(counts, part))
        for part in ("indptr", "indices", "data")
    ):
        raise DataError("pair_counts", "a symmetric matrix", _asymmetry(counts))
    return _frozen_pairs(counts)


def _frozen_pairs(counts: scipy.sparse.csr_array) -> scipy.sparse.csr_array:
    parts = (_frozen(counts.data), _frozen(counts.indices), _frozen(counts.indptr))
    frozen = scipy.sparse.csr_array(parts, shape=counts.shape)
    frozen.has_canonical_format = True
    return frozen


def _asymmetry(counts: scipy.sparse.csr_array) -> str:
    difference = (counts - counts.T).tocoo()
    at = np.flatnonzero(difference.data)[0]
    i, j = int(difference.row[at]), int(difference.col[at])
    return f"{counts[i, j]} at [{i}, {j}] and {counts[j, i]} at [{j}, {i}]"


def _checked_window(window: Any) -> int:
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 0:
        raise DataError("window", "an integer of at least 0", repr(window))
    return int(window)


def _checked_provenance(provenance: Any) -> dict[str, Any]:
    try:
        if isinstance(provenance, dict) and json.dumps(provenance, allow_nan=False):
            return copy.deepcopy(provenance)
        got = type(provenance).__name__
    except (TypeError, ValueError) as error:
        got = str(error)
    raise DataError("provenance", "a dictionary of JSON values", got)
