"""How much of each mode is learned by when, from a start W₀W₀ᵀ ∝ a random projection, C₀ = 0.

With W₀ᵀW₀ = λI the flow is closed in Z = [W; C]/√2 (braun2022, saxe2014): Z grows with F's
eigenvalues f_k = √(λ_k² + λ²/4) in the time t/2 and is held back by Xᵀ B X, where X = W₀/√2, in the
eigenvectors of M,

    B_k = 2/λ + cos²θ_k (e^{f_k t/2} − 1)/f_k + sin²θ_k (1 − e^{−f_k t/2})/f_k,
    tan 2θ_k = 2|λ_k|/λ.

The span of X is random, so X(XᵀBX)⁻¹Xᵀ is nearly diagonal with entries ϑ/(1 + ϑB_k), one ϑ for all
modes: the shares ϑB_k/(1 + ϑB_k) of the modes that d columns hold add up to d. That is the
deterministic equivalent of a random projection; the rest is algebra.
"""

import numpy as np
from jaxtyping import Float64
from scipy.special import expit

_HALVINGS = 60


def mean_field_shares(
    eigenvalues: Float64[np.ndarray, " V"],
    imbalance: float,
    dim: int,
    times: Float64[np.ndarray, " T"],
) -> Float64[np.ndarray, "T V"]:
    """u_kᵀ W Cᵀ u_k / λ_k of each mode at each time, of a typical start.

    Args:
        eigenvalues: All of M, in any order, none of them zero.
        imbalance: λ of WᵀW − CᵀC, above zero.
        dim: d.
        times: Above zero.

    Returns:
        Shares, zero at the start and one for modes that are learned.
    """
    sizes = np.abs(eigenvalues)
    rates = np.hypot(sizes, imbalance / 2)
    angle = np.arctan2(sizes, imbalance / 2) / 2
    cos, sin = np.cos(angle), np.sin(angle)
    grown = rates * times[:, None] / 2
    decayed = np.exp(-grown)
    # ln(e^x − 1) = x + ln(1 − e^{−x})
    remaining = -np.expm1(-grown)
    up = grown + np.log(remaining) + 2 * np.log(cos) - np.log(rates)
    down = np.log(remaining) + 2 * np.log(sin) - np.log(rates)
    held = np.logaddexp(np.log(2 / imbalance), np.logaddexp(up, down))
    log_theta = _common(held, dim)[:, None]
    log_size = log_theta + grown - np.logaddexp(0.0, log_theta + held)
    w, c = cos**2 + decayed * sin**2, cos * sin * remaining
    return 2 * np.exp(log_size) * w * c / sizes


def _common(held: Float64[np.ndarray, "T V"], dim: int) -> Float64[np.ndarray, " T"]:
    """ln ϑ with Σ_k ϑB_k/(1 + ϑB_k) = d, by halving."""
    low, high = -held.max(axis=1) - 50.0, -held.min(axis=1) + 50.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        many = expit(middle[:, None] + held).sum(axis=1) > dim
        low, high = np.where(many, low, middle), np.where(many, middle, high)
    return (low + high) / 2
