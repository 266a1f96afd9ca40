"""Random dropping of frequent words, as in word2vec.c, reproducible by seed and position."""

from collections.abc import Iterator
from typing import Any

import numpy as np

_SPAN = 1 << 16  # positions at a time, so that intermediate arrays stay in the cache


def survival(p: np.ndarray, threshold: float) -> np.ndarray:
    """Return κ (V,), the probability min(1, √(t/p) + t/p) that an occurrence of a word is kept.

    Args:
        p: (V,), each word's share of all occurrences of the vocabulary.
        threshold: t, above zero; infinity keeps all.

    Source: mikolov2013distributed for √(t/p), word2vec.c for the second term.
    """
    ratio = threshold / p
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def drawn(seed: int, start: int, count: int) -> np.ndarray:
    """Return a random number in [0, 1) for each position start, start + 1, ..., (count,) float64.

    The number is the output of SplitMix64 [steele2014] at the position, so it depends on seed and
    position alone, in whatever order positions are visited.
    """
    from gradflow._random import GOLDEN, mixed  # Numba takes half a second to import

    golden = int(GOLDEN)
    # On arrays NumPy runs the plain function; where Numba is switched off, it is not wrapped.
    mix: Any = getattr(mixed, "py_func", mixed)
    key = np.array([(seed + 1) * golden % 2**64], np.uint64)
    first = (int(mix(key)[0]) + start * golden) % 2**64
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    return (mix(steps + np.uint64(first)) >> np.uint64(11)) * 2.0**-53


class Subsampling:
    """The choice of the occurrences of vocabulary words that are kept.

    Attributes:
        expected: About how many occurrences are kept.
        kept: (V,) int64, the occurrences of each word less those dropped so far.
    """

    def __init__(self, counts: np.ndarray, threshold: float, seed: int) -> None:
        probabilities = survival(counts / counts.sum(), threshold)
        self._chances = np.append(probabilities, 2.0)  # ids that are no word are never dropped
        self._seed, self._total = seed, int(counts.sum())
        self.expected = int(counts @ probabilities)
        self.kept = counts.copy()

    @property
    def dropped(self) -> int:
        """The number of occurrences dropped so far."""
        return self._total - int(self.kept.sum())

    def drop(self, ids: np.ndarray, start: int, mark: int) -> None:
        """Replace the ids of dropped occurrences by a mark.

        Args:
            ids: (n,) ids of vocabulary words, changed in place; negative numbers stay.
            start: The position of the first id in the text.
            mark: A negative number.
        """
        no_word = len(self._chances) - 1
        for offset, span in _spans(ids):
            chances = self._chances[np.where(span < 0, no_word, span)]
            lost = drawn(self._seed, start + offset, len(span)) >= chances
            self.kept -= np.bincount(span[lost], minlength=len(self.kept))
            span[lost] = mark


def _spans(ids: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Return views of ids, and where they begin."""
    for offset in range(0, len(ids), _SPAN):
        yield offset, ids[offset : offset + _SPAN]
