"""How much of each mode is learned by when, from a start W₀W₀ᵀ ∝ a random projection, C₀ = 0.

With W₀ᵀW₀ = λI the flow is closed in Z = [W; C]/√2 (braun2022, saxe2014): Z grows with the
eigenvalues f_k = √(λ_k² + λ²/4) of the untied flow in the time t/2 and is held back by Xᵀ B X,
where X = W₀/√2 and, in the eigenvectors of M,

    B_k = 2/λ + cos²θ_k (e^{f_k t/2} − 1)/f_k + sin²θ_k (1 − e^{−f_k t/2})/f_k,
    tan 2θ_k = 2|λ_k|/λ.

The span of X is random, so X(XᵀBX)⁻¹Xᵀ is nearly diagonal with entries ϑ/(1 + ϑB_k), one ϑ for all
modes: the shares ϑB_k/(1 + ϑB_k) of the modes that d columns hold add up to d. That is the
deterministic equivalent of a random projection; the rest is algebra.
"""

from collections.abc import Sequence

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float64, Real
from scipy.special import expit

from gradflow._checks import positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError

_HALVINGS = 60


def mean_field_shares(
    eigenvalues: Real[ArrayLike, " V"] | Sequence[float],
    imbalance: float,
    dim: int,
    times: Real[ArrayLike, " T"] | Sequence[float],
) -> Float64[np.ndarray, "T V"]:
    """Return the share of each mode that a typical one-sided start has learned by each time.

    The flow is that of untied least squares (`Quadratic(target, tied=False)`) from C₀ = 0 and
    columns of W₀ that are orthogonal, of one length and of random direction: word2vec.c's own
    start is nearly such, with λ ≈ V/(12d²). Where λ is large beside the eigenvalues, learning is
    lazy: modes are learned at rates λ_k²/(2λ) and not one by one.

    Args:
        eigenvalues: All of M, in any order, none of them zero.
        imbalance: λ of WᵀW − CᵀC = λI, above zero.
        dim: d, below V.
        times: Above zero, in the unit of the flow.

    Returns:
        u_kᵀ W Cᵀ u_k / λ_k (T, V): zero at the start, one for modes that are learned. An average
        over starts, right up to what the span of d of V directions scatters.

    Raises:
        ArgumentError: Eigenvalues or times that are not numbers in one row, zero eigenvalues, times
            or an imbalance not above zero, or dim not an integer from 1 to V − 1.

    Source: gradflow's own, from braun2022 and the deterministic equivalent of random projections.

    Example:
        >>> import gradflow as gf
        >>> shares = gf.theory.mean_field_shares([4.0, -2.0, 1.0], 0.1, 1, [3.0, 10.0])
        >>> shares.round(2)
        array([[0.36, 0.05, 0.02],
               [0.99, 0.01, 0.  ]])
    """
    values, moments = _checked(eigenvalues, imbalance, dim, times)
    sizes = np.abs(values)
    rates = np.hypot(sizes, imbalance / 2)
    angle = np.arctan2(sizes, imbalance / 2) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    grown = rates * moments[:, None] / 2
    # Everything that grows stays a logarithm: ln(e^x − 1) = x + ln(1 − e^{−x}).
    decayed, risen = np.exp(-grown), -np.expm1(-grown)
    rising = grown + np.log(risen) + 2 * np.log(cos) - np.log(rates)
    falling = np.log(risen) + 2 * np.log(sin) - np.log(rates)
    log_b = np.logaddexp(np.log(2 / imbalance), np.logaddexp(rising, falling))
    log_theta = _common_theta(log_b, dim)[:, None]
    log_size = log_theta + grown - np.logaddexp(0.0, log_theta + log_b)
    # Components of e^{Ft/2}[u; 0] on both sides, in units of its growth.
    w, c = cos**2 + decayed * sin**2, cos * sin * risen
    return 2 * np.exp(log_size) * w * c / sizes


def _common_theta(log_b: Float64[np.ndarray, "T V"], dim: int) -> Float64[np.ndarray, " T"]:
    """Return ln ϑ with Σ_k ϑB_k/(1 + ϑB_k) = d, by halving: the sum rises with ϑ."""
    low, high = -log_b.max(axis=1) - 50.0, -log_b.min(axis=1) + 50.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = expit(middle[:, None] + log_b).sum(axis=1) > dim
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2


def _checked(
    eigenvalues: Real[ArrayLike, " V"] | Sequence[float],
    imbalance: float,
    dim: int,
    times: Real[ArrayLike, " T"] | Sequence[float],
) -> tuple[Float64[np.ndarray, " V"], Float64[np.ndarray, " T"]]:
    values, moments = real_array("eigenvalues", eigenvalues), real_array("times", times)
    for name, array in (("eigenvalues", values), ("times", moments)):
        if array.ndim != 1 or not np.isfinite(array).all():
            raise ArgumentError(name, "finite numbers in one row", shown(array.tolist()))
    if not values.all():
        raise ArgumentError("eigenvalues", "numbers other than 0", "0")
    if (moments <= 0).any():
        raise ArgumentError("times", "numbers above 0", f"{moments.min():g}")
    positive_float("imbalance", imbalance)
    if positive_int("dim", dim) >= values.size:
        raise ArgumentError("dim", f"fewer than the {values.size} eigenvalues", dim)
    return values, moments
