"""White noise, as far as its spectrum is concerned, without making it."""

import numpy as np
from jaxtyping import Float64
from scipy.linalg import eigvalsh_tridiagonal


def largest_and_moments(
    rng: np.random.Generator, draws: int, n: int, p: float
) -> tuple[
    Float64[np.ndarray, " draws"], Float64[np.ndarray, " draws"], Float64[np.ndarray, " draws"]
]:
    """Largest eigenvalue, sum and sum of squares of the eigenvalues of XXᵀ.

    X is (n, p) of independent standard normal numbers. Reflections from both sides make it
    bidiagonal with independent χ entries, which have a meaning for any real p.

    Args:
        rng: What draws.
        draws: How many.
        n: Rows.
        p: Columns, above n − 1.

    Returns:
        (draws,) each.

    Source: dumitriu2002.
    """
    across = np.sqrt(rng.chisquare(p - np.arange(n), (draws, n)))
    below = np.sqrt(rng.chisquare(np.arange(n - 1, 0, -1), (draws, n - 1)))
    diagonal = across**2
    diagonal[:, 1:] += below**2
    beside = across[:, :-1] * below
    last = (n - 1, n - 1)
    largest = [
        eigvalsh_tridiagonal(a, b, select="i", select_range=last)[0]
        for a, b in zip(diagonal, beside, strict=True)
    ]
    squares = (diagonal**2).sum(axis=1) + 2 * (beside**2).sum(axis=1)
    return np.array(largest), diagonal.sum(axis=1), squares
