"""The amplitude with which a mode starts, by three rules, and R of W₀ᵀU = QR behind one of them."""

import math
from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from gradflow._checks import one_of
from gradflow._precision import qr_triangle

Rule = Literal["paper", "row", "qr"]
RULES: tuple[Rule, ...] = ("paper", "row", "qr")


def log_squared_starts(
    eigenvectors: Float[Array, "V k"], w0: Float[Array, "V d"], rule: Rule
) -> Float[Array, " k"]:
    """Logarithm of s₀² of each mode: squares of 1e-170 would underflow.

    * "paper": σ², with σ² = ‖W₀‖²_F / V, which for entries N(0, σ²/d) is σ² to a relative √(2/Vd);
    * "row": ‖row k of UᵀW₀‖²;
    * "qr": R_kk² of W₀ᵀU = QR: what the modes before k left free.

    Args:
        eigenvectors: U, eigenvalues falling.
        w0: Where training starts.
        rule: One of the three.

    Returns:
        ln s₀² (k,); −∞ where a mode is absent, and for "qr" beyond the d-th.

    Raises:
        ArgumentError: Unknown rule.

    Source: "paper": karkada2025, Lemma 3.1. "qr" is gradflow's own.
    """
    one_of("rule", rule, RULES)
    if rule == "qr":
        triangle, log_unit = triangular_start(eigenvectors, w0)
        diagonal = jnp.abs(jnp.diagonal(triangle))
        starts = jnp.zeros(eigenvectors.shape[1], w0.dtype).at[: diagonal.size].set(diagonal)
        return 2 * (jnp.log(starts) + log_unit)
    largest = jnp.max(jnp.abs(w0))
    unit = jnp.where(largest > 0, largest, 1.0)
    return 2 * jnp.log(_starts(eigenvectors, w0 / unit, rule)) + 2 * jnp.log(unit)


def _starts(
    eigenvectors: Float[Array, "V k"], w0: Float[Array, "V d"], rule: Rule
) -> Float[Array, " k"]:
    count = eigenvectors.shape[1]
    if rule == "paper":
        return jnp.full(count, jnp.linalg.norm(w0) / jnp.sqrt(w0.shape[0]))
    return jnp.linalg.norm(eigenvectors.T @ w0, axis=1)


def triangular_start(
    eigenvectors: Float[Array, "R k"], start: Float[Array, "R d"]
) -> tuple[Float[Array, "r k"], Float[Array, ""]]:
    """R of W₀ᵀU = QR in units of the largest entry of W₀ᵀU, and the logarithm of that unit."""
    coordinates = (eigenvectors.T @ start).T
    largest = jnp.max(jnp.abs(coordinates))
    unit = jnp.where(largest > 0, largest, 1.0)
    triangle = qr_triangle(coordinates / unit)
    return jnp.where(_is_rounding(triangle), 0.0, triangle), jnp.log(unit)


def _is_rounding(triangle: Float[Array, "r k"]) -> Bool[Array, "r k"]:
    """Entries on the diagonal that W₀ does not have: below the rounding of their own column."""
    tolerance = 8 * math.sqrt(triangle.shape[0]) * float(jnp.finfo(triangle.dtype).eps)
    small = jnp.abs(triangle) <= tolerance * jnp.linalg.norm(triangle, axis=0)
    return small & jnp.eye(triangle.shape[0], triangle.shape[1], dtype=bool)
