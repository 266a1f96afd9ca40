"""Stored entries of sparse targets, from the counts of the pairs that occur."""

from typing import NamedTuple

import numpy as np
import scipy.sparse

from gradflow._parallel import by_rows

_COST = 16  # the cost of a division or a logarithm, in multiply-adds


class CsrEntries(NamedTuple):
    """A matrix (V, V) in CSR form.

    Attributes:
        indptr: (V + 1,) int64, where each row begins.
        indices: (n,) int32, the column of each entry.
        data: (n,) float64, the entries, symmetric to the bit.
    """

    indptr: np.ndarray
    indices: np.ndarray
    data: np.ndarray


def shares(
    counts: scipy.sparse.csr_array, p: np.ndarray, q: np.ndarray, k: float, extra: float
) -> CsrEntries:
    """Return 4P/(P + kΠ + c/n), in counts 4X/(X + nkΠ + c), where X > 0.

    Args:
        counts: X (V, V), symmetric, with sum n.
        p: The unigram probabilities (V,).
        q: The smoothed ones (V,); Π_ij = (p_i q_j + q_i p_j)/2.
        k: The number of negatives per positive.
        extra: c, the pseudo-count.
    """
    from gradflow.targets._kernels import share_rows

    indptr, indices = _pattern(counts)
    data = np.empty(len(indices))
    scale = k * float(counts.sum())
    by_rows(share_rows, indptr, _COST, indptr, indices, counts.data, p, q, scale, extra, data)
    return CsrEntries(indptr, indices, data)


def log_ratios(
    counts: scipy.sparse.csr_array, p: np.ndarray, q: np.ndarray, shift: float, *, positive: bool
) -> CsrEntries:
    """Return ln(P/Π) − shift where X > 0, or only those of these entries that are above zero."""
    from gradflow.targets._kernels import keep_positive, log_ratio_rows

    indptr, indices = _pattern(counts)
    data = np.empty(len(indices))
    scale = float(counts.sum())
    by_rows(log_ratio_rows, indptr, _COST, indptr, indices, counts.data, p, q, scale, shift, data)
    if not positive:
        return CsrEntries(indptr, indices, data)
    fewer = np.empty_like(indptr)
    return CsrEntries(fewer, *keep_positive(indptr, indices, data, fewer))


def _pattern(counts: scipy.sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return where the entries are: columns fit into 32 bits, the number of entries need not."""
    return counts.indptr.astype(np.int64), counts.indices.astype(np.int32)
