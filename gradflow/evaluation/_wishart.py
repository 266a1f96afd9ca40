"""Spectra of white noise, drawn without making the noise."""

import numpy as np
from jaxtyping import Float64
from scipy.linalg import eigvalsh_tridiagonal


def largest_and_moments(
    rng: np.random.Generator, draws: int, n: int, p: float
) -> tuple[
    Float64[np.ndarray, " draws"], Float64[np.ndarray, " draws"], Float64[np.ndarray, " draws"]
]:
    """Return the largest eigenvalue, the sum and the sum of squares of the eigenvalues of XXᵀ.

    X is an n × p matrix of independent standard normal numbers. Reflections from both sides make
    it bidiagonal with independent χ-distributed entries, which are defined for any real p.

    Args:
        rng: The random generator.
        draws: How many matrices are drawn.
        n: The number of rows.
        p: The number of columns, above n − 1; need not be an integer.

    Returns:
        Three arrays (draws,).

    Source: dumitriu2002.
    """
    across = np.sqrt(rng.chisquare(p - np.arange(n), (draws, n)))
    below = np.sqrt(rng.chisquare(np.arange(n - 1, 0, -1), (draws, n - 1)))
    # B Bᵀ of the bidiagonal B is tridiagonal: a quadratic number of operations a draw at most,
    # and traces of B Bᵀ and its square are sums over entries.
    diagonal = across**2
    diagonal[:, 1:] += below**2
    off_diagonal = across[:, :-1] * below
    last = (n - 1, n - 1)
    largest = [
        eigvalsh_tridiagonal(a, b, select="i", select_range=last)[0]
        for a, b in zip(diagonal, off_diagonal, strict=True)
    ]
    squares = (diagonal**2).sum(axis=1) + 2 * (off_diagonal**2).sum(axis=1)
    return np.array(largest), diagonal.sum(axis=1), squares
