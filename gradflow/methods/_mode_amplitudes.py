"""The amplitude with which a mode starts, by three rules, and R of W₀ᵀU = QR behind one of them.

A start may lack a direction altogether: columns of W₀ that depend on each other, or a W₀ inside
some of the eigenspaces. Computed, such a direction is rounding and not zero, and the flow would
grow it into a mode that is not there. So rounding is followed along with the numbers, and what does
not stand out of it is set to zero.
"""

from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gradflow._checks import one_of

Rule = Literal["paper", "row", "qr"]
# U and W₀: arrays of JAX or of NumPy.
Vectors = Float[Array, "R k"] | Float[np.ndarray, "R k"]
States = Float[Array, "R d"] | Float[np.ndarray, "R d"]

RULES: tuple[Rule, ...] = ("paper", "row", "qr")

# A direction is there if it is this many times its expected rounding. In 192 starts that lack
# directions (repeated columns, low rank, spans of eigenvectors; 20 to 300 words, degenerate spectra
# too) rounding reached three to four times what is expected; none of 800 Gaussian starts in float32
# (d up to 100) lost a direction at 32, and none in float64 at 1,000.
_CERTAIN = 32.0


def log_squared_starts(eigenvectors: Vectors, w0: States, rule: Rule) -> Float[Array, " k"]:
    """Return the logarithm of s₀² of each mode, since squares of 1e-170 would underflow.

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
    count = eigenvectors.shape[1]
    if rule == "qr":
        return log_squared_diagonal(*triangular_start(eigenvectors, w0), count)
    start, log_unit = _scaled(w0)
    if rule == "paper":
        starts = jnp.full(count, jnp.linalg.norm(start) / jnp.sqrt(w0.shape[0]))
    else:
        starts = jnp.linalg.norm(_coordinates(eigenvectors, start)[0], axis=0)
    return 2 * (jnp.log(starts) + log_unit)


def log_squared_diagonal(
    triangle: Float[Array, "r k"], log_unit: Float[Array, ""], count: int
) -> Float[Array, " count"]:
    """Return ln R_kk² of the first modes, as the rule "qr" has it; −∞ beyond the r-th."""
    diagonal = jnp.abs(jnp.diagonal(triangle))[:count]
    starts = jnp.zeros(count, triangle.dtype).at[: diagonal.size].set(diagonal)
    return 2 * (jnp.log(starts) + log_unit)


def triangular_start(
    eigenvectors: Vectors, start: States
) -> tuple[Float[Array, "r k"], Float[Array, ""]]:
    """Return R of W₀ᵀU = QR, r = min(d, k) rows, in a unit of its own, and that unit's logarithm.

    Row k belongs to the direction of W₀ that mode k meets first. Where modes before k have used up
    all that mode k meets, its row is zero, and the directions that are left go to later modes (the
    row echelon form of a matrix without full rank), those beyond the r-th left out. From a generic
    start this is the R of any QR factorisation, up to the signs of rows.

    Source: Householder's reflections; rounding to first order, as in chapter 19 of higham2002.
    """
    scaled, log_unit = _scaled(start)
    matrix, variance = _coordinates(eigenvectors, scaled)
    return _echelon(matrix, variance), log_unit


def _scaled(start: States) -> tuple[Float[Array, "R d"], Float[Array, ""]]:
    """Divide by the largest entry, and return its logarithm too."""
    largest = jnp.max(jnp.abs(start))
    unit = jnp.where(largest > 0, largest, 1.0)
    return jnp.asarray(start) / unit, jnp.log(unit)


def _coordinates(
    eigenvectors: Vectors, start: States
) -> tuple[Float[Array, "d k"], Float[Array, "d k"]]:
    """Return W₀ᵀU without what is only rounding, and the variance of its rounding in units of ε².

    Eigenvectors are known to about ε an entry, however small the entry, so an entry of W₀ᵀU is
    known to ε times the length of the column of W₀. Entries of U that are exactly zero are the
    exception: they come from a target that falls into blocks, and an entry of W₀ that is met by
    zeros alone adds no rounding, however large it is.
    """
    matrix = (eigenvectors.T @ start).T
    meets = (eigenvectors != 0).astype(start.dtype)
    variance = (meets.T @ start**2).T
    certain = jnp.abs(matrix) > _threshold(variance)
    return jnp.where(certain, matrix, 0.0), jnp.where(certain, variance, 0.0)


def _threshold(variance: Float[Array, "..."]) -> Float[Array, "..."]:
    """Return the size below which a number may be nothing but rounding of this variance."""
    return _CERTAIN * float(jnp.finfo(variance.dtype).eps) * jnp.sqrt(variance)


def _echelon(matrix: Float[Array, "d k"], variance: Float[Array, "d k"]) -> Float[Array, "r k"]:
    """Reduce by reflections, one mode after the other, and follow the rounding of each entry."""
    rows = min(matrix.shape)
    places = jnp.arange(matrix.shape[0])

    def reduce(mode: Int[Array, ""], state: tuple) -> tuple:
        matrix, variance, triangle, row = state
        free = jnp.where(places >= row, matrix[:, mode], 0.0)
        # Lengths of tiny numbers are taken of scaled ones: squares of 1e-200 would vanish.
        largest = jnp.max(jnp.abs(free))
        free = free / jnp.where(largest > 0, largest, 1.0)
        length = jnp.linalg.norm(free)
        noise = jnp.sum(jnp.where(places >= row, variance[:, mode], 0.0))
        present = (largest > 0) & (length * largest > _threshold(noise))
        mirror = free.at[row].add(jnp.where(free[row] >= 0, length, -length))
        mirror = jnp.where(present, mirror / jnp.where(present, jnp.linalg.norm(mirror), 1.0), 0.0)
        reflected = matrix - 2 * jnp.outer(mirror, mirror @ matrix)
        pivot = reflected[row]
        variance = _rounding(variance, matrix, reflected, mirror)
        # The direction that was taken is known no better than the column it was taken from, and all
        # later columns are freed of it: what is left of them is off by as many times that column's
        # rounding as they have of its length.
        spread = jnp.sqrt(variance[:, mode]) / jnp.where(present, jnp.abs(pivot[mode]), jnp.inf)
        variance = variance + jnp.outer(spread, pivot) ** 2
        new_row = jnp.where(present & (jnp.arange(pivot.size) >= mode), pivot, 0.0)
        return reflected, variance, triangle.at[mode].set(new_row), row + present

    start = (matrix, variance, jnp.zeros((rows, matrix.shape[1]), matrix.dtype), 0)
    return jax.lax.fori_loop(0, rows, reduce, start)[2]


def _rounding(
    variance: Float[Array, "d k"],
    matrix: Float[Array, "d k"],
    reflected: Float[Array, "d k"],
    mirror: Float[Array, " d"],
) -> Float[Array, "d k"]:
    """Return the variance after a reflection I − 2mmᵀ: turned along, and increased by its rounding.

    Errors of different entries are taken to be independent, so variances turn with the squares of
    the reflection's entries, δ_ij(1 − 4m_i²) + 4m_i²m_j².
    """
    squares = mirror**2
    turned = variance + 4 * squares[:, None] * (squares @ variance - variance)
    moved = matrix - reflected
    return turned + moved**2 + jnp.where(moved != 0, reflected, 0.0) ** 2
