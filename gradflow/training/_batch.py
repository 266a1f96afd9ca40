"""What one update of training is made of: pairs of rows, with a weight and a label each."""

from typing import Any, NamedTuple

import numpy as np

# NumPy arrays where they are drawn, JAX arrays where they are used.
AnyArray = Any


class PairBatch(NamedTuple):
    """Pairs of word i (row of W) and word j (row of C), for skip-gram, sorted by i.

    Its loss is Σ_n weights_n [φ(s_n) − labels_n s_n], with s_n the score of the pair.

    Attributes:
        rows: (n,) int32, the words i.
        cols: (n,) int32, the words j.
        weights: (n,), what each pair counts in the loss.
        labels: (n,), one where the pair was seen in the text, zero where it is noise.
    """

    rows: AnyArray
    cols: AnyArray
    weights: AnyArray
    labels: AnyArray


class WindowBatch(NamedTuple):
    """Windows and, for each, the word in its middle and noise words; for CBOW.

    Attributes:
        contexts: (B, m) int32, the words of each window, filled up with −1.
        rows: (n,) int32, the windows, sorted.
        cols: (n,) int32, the words to be told from noise.
        weights: (n,), what each pair counts in the loss.
        labels: (n,), one for the word in the middle, zero for noise.
    """

    contexts: AnyArray
    rows: AnyArray
    cols: AnyArray
    weights: AnyArray
    labels: AnyArray


Batch = PairBatch | WindowBatch


def sorted_pairs(
    rows: np.ndarray, cols: np.ndarray, weights: np.ndarray, labels: np.ndarray, num_rows: int
) -> PairBatch:
    """Return the pairs in the order of their rows, those of one row as they came."""
    from gradflow.training._sampling import sort_by_row

    arrays = (rows, cols, weights, labels)
    result = PairBatch(*(np.empty_like(array) for array in arrays))
    sort_by_row(*arrays, num_rows, *result)
    return result
