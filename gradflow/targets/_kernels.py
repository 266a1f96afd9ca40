"""Compiled loops over the stored entries of sparse targets."""

import numpy as np

from gradflow._compiled import compiled

# Sums may be reordered and multiply-adds fused; nan and infinity keep their meaning.
_REORDER = {"reassoc", "contract", "nsz"}


@compiled(fastmath=_REORDER)
def multiply_rows(
    first: int,
    last: int,
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
) -> None:
    """Write rows first … last − 1 of y = S x.

    Eight entries are added at a time, so that the sum is loaded and stored an eighth as often.
    """
    width = x.shape[1]
    zero = x.dtype.type(0)
    for i in range(first, last):
        t = y[i]
        t[:] = zero
        n, end = indptr[i], indptr[i + 1]
        while n + 8 <= end:
            f0, f1, f2, f3 = data[n], data[n + 1], data[n + 2], data[n + 3]
            f4, f5, f6, f7 = data[n + 4], data[n + 5], data[n + 6], data[n + 7]
            x0, x1, x2, x3 = (
                x[indices[n]], x[indices[n + 1]], x[indices[n + 2]], x[indices[n + 3]],
            )  # fmt: skip
            x4, x5, x6, x7 = (
                x[indices[n + 4]], x[indices[n + 5]], x[indices[n + 6]], x[indices[n + 7]],
            )  # fmt: skip
            for m in range(width):
                t[m] += ((f0 * x0[m] + f1 * x1[m]) + (f2 * x2[m] + f3 * x3[m])) + (
                    (f4 * x4[m] + f5 * x5[m]) + (f6 * x6[m] + f7 * x7[m])
                )
            n += 8
        while n < end:
            factor, row = data[n], x[indices[n]]
            for m in range(width):
                t[m] += factor * row[m]
            n += 1


@compiled
def noise_between(i: int, j: int, p: np.ndarray, q: np.ndarray, scale: float) -> float:
    """Return the count expected by chance; symmetric to the bit, since a + b is b + a."""
    return 0.5 * scale * (p[i] * q[j] + q[i] * p[j])


@compiled
def share_rows(
    first: int,
    last: int,
    indptr: np.ndarray,
    indices: np.ndarray,
    counts: np.ndarray,
    p: np.ndarray,
    q: np.ndarray,
    scale: float,
    extra: float,
    result: np.ndarray,
) -> None:
    """Write 4X/(X + scale·(p_i q_j + q_i p_j)/2 + extra) for rows first … last − 1."""
    for i in range(first, last):
        for n in range(indptr[i], indptr[i + 1]):
            j = indices[n]
            count = np.float64(counts[n])
            result[n] = 4.0 * count / (count + noise_between(i, j, p, q, scale) + extra)


@compiled
def log_ratio_rows(
    first: int,
    last: int,
    indptr: np.ndarray,
    indices: np.ndarray,
    counts: np.ndarray,
    p: np.ndarray,
    q: np.ndarray,
    scale: float,
    shift: float,
    result: np.ndarray,
) -> None:
    """Write ln(X / (scale·(p_i q_j + q_i p_j)/2)) − shift for rows first … last − 1."""
    for i in range(first, last):
        for n in range(indptr[i], indptr[i + 1]):
            j = indices[n]
            result[n] = np.log(counts[n] / noise_between(i, j, p, q, scale)) - shift


@compiled
def squares_beyond(
    indptr: np.ndarray,
    indices: np.ndarray,
    data: np.ndarray,
    factors: np.ndarray,
    weights: np.ndarray,
    stored: np.ndarray,
    replaced: np.ndarray,
) -> None:
    """Write for each row Σ (S + L)² and Σ L² over the stored entries, L = Σ_r c_r u_r u_rᵀ.

    Args:
        indptr: (V + 1,), where the rows of S begin.
        indices: (n,), the columns of its entries.
        data: (n,), its entries.
        factors: The u_r as columns (V, r).
        weights: c (r,).
        stored: (V,), written: Σ (S + L)².
        replaced: (V,), written: Σ L².
    """
    rank = len(weights)
    for i in range(len(indptr) - 1):
        sum_stored, sum_replaced = 0.0, 0.0
        for n in range(indptr[i], indptr[i + 1]):
            low = 0.0
            for r in range(rank):
                low += weights[r] * factors[i, r] * factors[indices[n], r]
            sum_stored += (data[n] + low) ** 2
            sum_replaced += low * low
        stored[i], replaced[i] = sum_stored, sum_replaced


@compiled
def keep_positive(
    indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, fewer: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return columns and values of the entries above zero, and write their indptr to `fewer`."""
    fewer[0] = 0
    for i in range(len(indptr) - 1):
        positive = 0
        for n in range(indptr[i], indptr[i + 1]):
            if data[n] > 0:
                positive += 1
        fewer[i + 1] = fewer[i] + positive
    columns, values = np.empty(fewer[-1], indices.dtype), np.empty(fewer[-1])
    place = 0
    for n in range(len(data)):
        if data[n] > 0:
            columns[place], values[place] = indices[n], data[n]
            place += 1
    return columns, values
