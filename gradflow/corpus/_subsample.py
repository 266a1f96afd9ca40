"""Dropping frequent words at random, as word2vec.c does, but always the same ones."""

from collections.abc import Iterator
from typing import Any

import numpy as np

_SPAN = 1 << 16  # positions at a time, so that what lies between stays in the cache


def survival(p: np.ndarray, threshold: float) -> np.ndarray:
    """κ (V,), probability of an occurrence of each word to be kept, min(1, √(t/p) + t/p).

    √(t/p) is mikolov2013distributed's, the rest word2vec.c's.

    Args:
        p: (V,), each word's share of all occurrences of the vocabulary.
        threshold: t, above zero; infinity keeps all.
    """
    ratio = threshold / p
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def drawn(seed: int, start: int, count: int) -> np.ndarray:
    """A number in [0, 1) for each of the positions start, start + 1, ..., (count,) float64.

    SplitMix64 [steele2014] asked at the position: no state, so no order to keep.
    """
    from gradflow._random import GOLDEN, mixed  # Numba takes half a second to import

    golden = int(GOLDEN)
    mix: Any = getattr(mixed, "py_func", mixed)  # there is none where Numba is switched off
    key = np.array([(seed + 1) * golden % 2**64], np.uint64)
    first = (int(mix(key)[0]) + start * golden) % 2**64
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    return (mix(steps + np.uint64(first)) >> np.uint64(11)) * 2.0**-53


class Subsampling:
    """Which occurrences of the vocabulary's words are kept.

    Attributes:
        expected: About how many are.
        kept: (V,) int64, how many of each word are, so far as was asked.
    """

    def __init__(self, counts: np.ndarray, threshold: float, seed: int) -> None:
        kept = survival(counts / counts.sum(), threshold)
        self._chances = np.append(kept, 2.0)  # for what is no word
        self._seed, self._total = seed, int(counts.sum())
        self.expected = int(counts @ kept)
        self.kept = counts.copy()

    @property
    def dropped(self) -> int:
        """How many were not kept, so far."""
        return self._total - int(self.kept.sum())

    def drop(self, ids: np.ndarray, start: int, mark: int) -> None:
        """Put a mark in place of what is not kept.

        Args:
            ids: (n,) ids of vocabulary words, changed in place; negative numbers stay.
            start: Position of the first one in the whole text.
            mark: A negative number.
        """
        no_word = len(self._chances) - 1
        for at, part in _spans(ids):
            chances = self._chances[np.where(part < 0, no_word, part)]
            lost = drawn(self._seed, start + at, len(part)) >= chances
            self.kept -= np.bincount(part[lost], minlength=len(self.kept))
            part[lost] = mark


def _spans(ids: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for at in range(0, len(ids), _SPAN):
        yield at, ids[at : at + _SPAN]
