"""Compiled loops over pairs: how often each is seen, and what it counts in the paper's loss."""

import numpy as np

from gradflow._compiled import compiled


@compiled
def paper_weights(
    rows: np.ndarray,
    cols: np.ndarray,
    positive: np.ndarray,
    unigram: bool,
    negatives: float,
    p: np.ndarray,
    marginal: np.ndarray,
    joint: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Write Ψ⁺ for positives, kΨ⁻ Π_ij/(m_i m_j) for negatives, in units of 1/B.

    Ψ± is 1/(P_ij + kΠ_ij) where `joint` is given, else 1/((1 + k)Π_ij) if unigram, else 1.
    """
    size = len(rows) // 2
    for n in range(len(rows)):
        noise = p[rows[n]] * p[cols[n]]
        weight = 1.0 / size
        if not positive[n]:
            weight *= negatives * noise / (marginal[rows[n]] * marginal[cols[n]])
        if len(joint):
            weight /= joint[n] + negatives * noise
        elif unigram:
            weight /= (1 + negatives) * noise
        weights[n] = weight


@compiled
def dense_joint(
    rows: np.ndarray, cols: np.ndarray, counts: np.ndarray, total: float, joint: np.ndarray
) -> None:
    """Write P_ij of pairs from dense counts (V, V)."""
    for n in range(len(rows)):
        joint[n] = counts[rows[n], cols[n]] / total


@compiled
def sparse_joint(
    rows: np.ndarray,
    cols: np.ndarray,
    indptr: np.ndarray,
    indices: np.ndarray,
    counts: np.ndarray,
    total: float,
    joint: np.ndarray,
) -> None:
    """Write P_ij of pairs from sparse counts; quick if sorted by row, which is then cached."""
    for n in range(len(rows)):
        low, high = indptr[rows[n]], indptr[rows[n] + 1]
        end, col = high, cols[n]
        while low < high:
            middle = (low + high) // 2
            if indices[middle] < col:
                low = middle + 1
            else:
                high = middle
        joint[n] = counts[low] / total if low < end and indices[low] == col else 0.0
