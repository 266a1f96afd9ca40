"""Step times of modes that are not alone: each mode with its neighbours in the spectrum.

With U the eigenvectors of M, eigenvalues falling, W₀ᵀU = QR and D_j = (e^{λ_j t} − 1)/λ_j, the
exact flow has as s_k²(t) the eigenvalues of the pencil

    K − s²B,    K = R diag(e^{λ_j t}) Rᵀ,    B = I + R diag(D_j) Rᵀ,

so as many of them lie above c as K − cB = R diag(e^{λ_j t} − cD_j) Rᵀ − cI has positive
eigenvalues. Modes that are learned long before mode k, or long after, have no say in when it is
learned: the rows and columns of R around k are enough. By Sylvester's law the signs of pivots count
positive eigenvalues; halving the time finds about when the one that is wanted appears, and the
zero of the determinant finds it well.
"""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gradflow.dynamics import half_height_time, log_growth_ratio

# Rows before and after, and columns after: the last modes of d need that many (experiments).
_BEFORE, _AFTER, COMPETITORS = 10, 10, 50
# What is left of the first bracket is 2e-4 of it; across that, the determinant is a straight line
# to one part in a hundred (tests/analysis/test_neighbours.py).
_HALVINGS = 12
# Modes further apart than this share of the largest exponent are as good as infinitely far, and
# products of two such factors do not overflow.
_FARTHEST = 0.4


@eqx.filter_jit
def crossing_times(
    eigenvalues: Float[Array, " k"],
    triangle: Float[Array, "r k"],
    log_unit: Float[Array, ""],
    height: float | Float[Array, ""] = 0.5,
) -> Float[Array, " k"]:
    """When s_k² reaches a share of λ_k, all modes at once.

    Args:
        eigenvalues: λ, falling.
        triangle: R, upper trapezoidal, r = min(d, k) rows, in a unit of its own.
        log_unit: Logarithm of that unit.
        height: The share, between zero and one.

    Returns:
        Times (k,); nan where λ_k ≤ 0, beyond mode r, where s_k² begins above its share, and where
        it does not come there within twice the time it would take alone.
    """
    rows, count = triangle.shape
    rates = eigenvalues[:rows]
    positive = jnp.where(rates > 0, rates, 1.0)
    log_start = 2 * (jnp.log(jnp.abs(jnp.diagonal(triangle)[:rows])) + log_unit)
    alone = half_height_time(positive, log_start)
    latest = 2 * jnp.nan_to_num(alone) + 8 / positive
    windows = _windows(eigenvalues, triangle)

    def halve(_: Array, bracket: _Bracket) -> _Bracket:
        middle = (bracket.low + bracket.high) / 2
        above, determinant = _look(windows, log_unit, height, middle)
        return _Bracket(
            jnp.where(above, bracket.low, middle),
            jnp.where(above, middle, bracket.high),
            jnp.where(above, bracket.at_low, determinant),
            jnp.where(above, determinant, bracket.at_high),
        )

    nothing = jnp.zeros_like(latest)
    bracket = jax.lax.fori_loop(0, _HALVINGS, halve, _Bracket(nothing, latest, nothing, nothing))
    # An end of the bracket that never moved was not below, or not above.
    rises = (rates > 0) & ~jnp.isneginf(log_start) & (bracket.low > 0) & (bracket.high < latest)
    found = jnp.where(rises, _zero(bracket), jnp.nan)
    return jnp.full(count, jnp.nan, found.dtype).at[:rows].set(found)


class _Bracket(NamedTuple):
    """Times between which s_k² crosses its level, and determinants of K − cB there."""

    low: Float[Array, " r"]
    high: Float[Array, " r"]
    at_low: Float[Array, " r"]
    at_high: Float[Array, " r"]


def _zero(bracket: _Bracket) -> Float[Array, " r"]:
    """Of the straight line through both ends, or the middle where two modes cross at once."""
    one = bracket.at_low * bracket.at_high < 0
    difference = jnp.where(one, bracket.at_high - bracket.at_low, 1.0)
    share = jnp.where(one, -bracket.at_low / difference, 0.5)
    return bracket.low + share * (bracket.high - bracket.low)


class _Windows(eqx.Module):
    """What is around each mode; zeros where R ends.

    Attributes:
        rates: (r, q), eigenvalues of the columns.
        own: (r,), eigenvalue of the mode itself.
        rows: (r, m, q), the rows and columns of R.
        place: (r,), how many positive eigenvalues there are once s_k² is above.
    """

    rates: Float[Array, "r q"]
    own: Float[Array, " r"]
    rows: Float[Array, "r m q"]
    place: Int[Array, " r"]


def _windows(eigenvalues: Float[Array, " k"], triangle: Float[Array, "r k"]) -> _Windows:
    count = triangle.shape[0]
    around = ((_BEFORE, _AFTER), (_BEFORE, COMPETITORS))
    padded = jnp.pad(triangle, around)
    rates = jnp.pad(eigenvalues, around[1], mode="edge")
    height, width = (1 + before + after for before, after in around)

    def window(mode: Int[Array, ""]) -> tuple[Array, Array]:
        return (
            jax.lax.dynamic_slice(rates, (mode,), (width,)),
            jax.lax.dynamic_slice(padded, (mode, mode), (height, width)),
        )

    modes = jnp.arange(count)
    columns, rows = jax.vmap(window)(modes)
    return _Windows(columns, eigenvalues[:count], rows, jnp.minimum(modes, _BEFORE) + 1)


def _look(
    windows: _Windows,
    log_unit: Float[Array, ""],
    height: float | Float[Array, ""],
    time: Float[Array, " r"],
) -> tuple[Bool[Array, " r"], Float[Array, " r"]]:
    """Whether s_k² is above its share at a time of its own, and the determinant of K − cB.

    All in units of the square of R's unit times e^{λ_k t}; the determinant in units in which the
    diagonal would be one.
    """
    own, times = windows.own[:, None], time[:, None]
    farthest = _FARTHEST * math.log(float(jnp.finfo(times.dtype).max))
    level = height * jnp.where(own > 0, own, 1.0)
    exponent = windows.rates * times
    growth = jnp.clip(jnp.maximum(exponent, 0) - own * times, -farthest, farthest)
    integral = jnp.exp(jnp.log(times) + log_growth_ratio(exponent))
    weights = jnp.exp(growth) * (jnp.exp(jnp.minimum(exponent, 0)) - level * integral)
    log_level = jnp.log(level) - 2 * log_unit - own * times
    bare = jnp.exp(jnp.clip(log_level, -farthest, farthest))
    weighted = windows.rows * weights[:, None, :]
    matrix = jnp.einsum("riq,rjq->rij", weighted, windows.rows)
    matrix = matrix - bare[:, :, None] * jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    sizes = bare + jnp.sum(jnp.abs(weighted) * jnp.abs(windows.rows), axis=2)
    positive, determinant = _inertia(matrix, sizes)
    return positive >= windows.place, determinant


def _inertia(
    matrices: Float[Array, "r m m"], sizes: Float[Array, "r m"]
) -> tuple[Int[Array, " r"], Float[Array, " r"]]:
    """How many positive eigenvalues symmetric matrices have, and their determinants over sizes.

    Both from pivots without interchanges: the matrices are graded, largest rows first, so that
    elimination in order is stable.
    """

    def eliminate(row: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        left, positive, determinant = state
        pivots, column = left[:, 0, 0], left[:, 1:, 0]
        shares = column / jnp.where(pivots == 0, 1.0, pivots)[:, None]
        rest = left[:, 1:, 1:] - shares[:, :, None] * column[:, None, :]
        # One shape for all steps keeps what is compiled small.
        smaller = jnp.pad(rest, ((0, 0), (0, 1), (0, 1)))
        return smaller, positive + (pivots > 0), determinant * (pivots / sizes[:, row])

    count = matrices.shape[0]
    start = (matrices, jnp.zeros(count, int), jnp.ones(count, matrices.dtype))
    return jax.lax.fori_loop(0, matrices.shape[-1], eliminate, start)[1:]
