"""Entries of sparse targets, from the counts of the pairs that occur."""

from typing import NamedTuple

import numpy as np
import scipy.sparse

from gradflow._parallel import by_rows

_COST = 16  # a division or a logarithm, in multiply-adds


class Entries(NamedTuple):
    """A matrix (V, V) in CSR form.

    Attributes:
        indptr: (V + 1,) int64.
        indices: (n,) int32.
        data: (n,) float64, symmetric to the bit.
    """

    indptr: np.ndarray
    indices: np.ndarray
    data: np.ndarray


def shares(
    counts: scipy.sparse.csr_array, p: np.ndarray, q: np.ndarray, k: float, extra: float
) -> Entries:
    """4P/(P + kΠ + c/n), in counts 4X/(X + nkΠ + c), where X > 0.

    Args:
        counts: X (V, V), symmetric; n is their sum.
        p: Unigram probabilities (V,).
        q: Smoothed ones (V,); Π_ij = (p_i q_j + q_i p_j)/2.
        k: Negatives per positive.
        extra: c.
    """
    from gradflow.targets._kernels import share_rows

    indptr, indices = _pattern(counts)
    data = np.empty(len(indices))
    scale = k * float(counts.sum())
    by_rows(share_rows, indptr, _COST, indptr, indices, counts.data, p, q, scale, extra, data)
    return Entries(indptr, indices, data)


def log_ratios(
    counts: scipy.sparse.csr_array, p: np.ndarray, q: np.ndarray, shift: float, *, positive: bool
) -> Entries:
    """ln(P/Π) − shift where X > 0, or of these only what is above zero."""
    from gradflow.targets._kernels import keep_positive, log_ratio_rows

    indptr, indices = _pattern(counts)
    data = np.empty(len(indices))
    scale = float(counts.sum())
    by_rows(log_ratio_rows, indptr, _COST, indptr, indices, counts.data, p, q, scale, shift, data)
    if not positive:
        return Entries(indptr, indices, data)
    fewer = np.empty_like(indptr)
    kept = keep_positive(indptr, indices, data, fewer)
    return Entries(fewer, kept[0], kept[1])


def _pattern(counts: scipy.sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Where the entries are. Their places in a row fit into 32 bits, unlike their number."""
    return counts.indptr.astype(np.int64), counts.indices.astype(np.int32)
