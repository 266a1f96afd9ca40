"""Compiled gradients of a batch, each row of the result owned by one thread.

A row's terms are added up in a fixed order, whoever owns it, so the result does not depend on the
number of threads. `fastmath` is limited to reordering within one dot product, which is vectorised.
"""

import numpy as np

from gradflow._compiled import compiled

_REORDER = {"reassoc", "contract", "nsz"}


@compiled(fastmath=_REORDER)
def score_rows(
    first: int,
    last: int,
    starts: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    cols: np.ndarray,
    weights: np.ndarray,
    labels: np.ndarray,
    offset: np.ndarray,
    series: np.ndarray,
    slopes: np.ndarray,
    on_inputs: np.ndarray,
) -> None:
    """Write ∂L/∂s (n,) of the pairs of rows first … last − 1, and ∂L/∂h of these rows.

    Args:
        first: First row.
        last: Row after the last one.
        starts: (r + 1,), the pairs of row i are starts[i] … starts[i + 1] − 1.
        h: (r, d), input vectors.
        c: (V, d), output vectors.
        cols: (n,), output words.
        weights: (n,).
        labels: (n,).
        offset: b (V,).
        series: Coefficients of φ′ by powers of s; empty for the logistic function.
        slopes: (n,), written.
        on_inputs: (r, d), written.
    """
    dim = h.shape[1]
    zero, unit = h.dtype.type(0), h.dtype.type(1)
    for row in range(first, last):
        total, vector = on_inputs[row], h[row]
        total[:] = zero
        for n in range(starts[row], starts[row + 1]):
            other = c[cols[n]]
            score = zero
            for m in range(dim):
                score += vector[m] * other[m]
            score -= offset[cols[n]]
            if len(series) == 0:
                slope = unit / (unit + np.exp(-score))
            else:
                slope = zero
                for power in range(len(series) - 1, -1, -1):
                    slope = slope * score + series[power]
            slope = weights[n] * (slope - labels[n])
            slopes[n] = slope
            for m in range(dim):
                total[m] += slope * other[m]


@compiled(fastmath=_REORDER)
def gather_rows(
    first: int,
    last: int,
    starts: np.ndarray,
    order: np.ndarray,
    rows: np.ndarray,
    factors: np.ndarray,
    vectors: np.ndarray,
    add: bool,
    result: np.ndarray,
) -> None:
    """Write rows first … last − 1 of result[j] (+)= Σ_n factors[n] vectors[rows[n]].

    The sum is over n in order[starts[j]:starts[j + 1]].
    """
    dim = vectors.shape[1]
    zero = vectors.dtype.type(0)
    for row in range(first, last):
        total = result[row]
        if not add:
            total[:] = zero
        for n in order[starts[row] : starts[row + 1]]:
            factor, vector = factors[n], vectors[rows[n]]
            for m in range(dim):
                total[m] += factor * vector[m]


@compiled(fastmath=_REORDER)
def mean_rows(
    first: int, last: int, contexts: np.ndarray, w: np.ndarray, sizes: np.ndarray, h: np.ndarray
) -> None:
    """Write the means of the rows of W in windows first … last − 1, of sizes (B,)."""
    dim = w.shape[1]
    zero = w.dtype.type(0)
    for window in range(first, last):
        total = h[window]
        total[:] = zero
        for word in contexts[window]:
            if word >= 0:
                vector = w[word]
                for m in range(dim):
                    total[m] += vector[m]
        for m in range(dim):
            total[m] /= sizes[window]
