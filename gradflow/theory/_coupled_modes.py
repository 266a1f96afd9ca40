"""Step times of modes that rise together: each mode beside its neighbours in the spectrum.

With U the eigenvectors of M, eigenvalues falling, W₀ᵀU = QR and D_j = (e^{λ_j t} − 1)/λ_j, the
exact flow has WWᵀ = U Hᵀ B⁻¹ H Uᵀ, H = R diag(e^{λ_j t/2}) and B = I + R diag(D_j) Rᵀ. So the
s_k²(t) are the generalised eigenvalues of the symmetric matrix pencil K − s²B with

    K = HHᵀ = R diag(e^{λ_j t}) Rᵀ,

and, B being positive definite, exactly as many s_k² lie above a level c as the symmetric matrix

    K − cB = R diag(e^{λ_j t} − cD_j) Rᵀ − cI

has positive eigenvalues (Sylvester's law of inertia). Elimination without interchanges turns it
into a diagonal matrix of pivots by a congruence, which keeps the number of positive ones. So one
elimination at a time t tells whether mode k has passed its level by then: k pivots are positive
once it has, fewer before. A crossing is bracketed by that count, and located within the bracket by
the determinant (the product of the pivots), which changes its sign there.

Two things make this cheap and safe. R is upper triangular and modes are learned one after the
other, so modes that are learned long before or long after mode k hardly enter its crossing: a
window of rows and columns of R around k is enough. And the matrix is graded: its rows fall off from
the first to the last by the factors by which earlier modes are ahead, so that pivots taken in
order are as accurate as if the largest were looked for.

Every mode has a bracket of its own and all are narrowed together, a few times; then those few that
are not located well by then, some more times.
"""

import math
from typing import NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gradflow.methods._logistic import half_height_time

# Rows before and after a mode in its window, and columns after: the last modes of d need that many
# (figures/predictions).
_BEFORE, _AFTER, COMPETITORS = 9, 9, 50
# How often K − cB is eliminated for every mode, the first time where the mode would be alone, and
# how often after that for the least well known. Chosen together with the windows: at d = 50 and a
# scale of 1e-4, the error that either leaves is below that of the other, for each of 50 seeds; with
# one round less one mode was lost.
_ROUNDS, _MORE_ROUNDS = 6, 8
# While only one end of a bracket is known, the search goes _OVERSHOOT times as far as a mode that
# grew alone would have to, and at least _FASTER times as far as the last time and _LEAST/λ_k.
_OVERSHOOT, _FASTER, _LEAST = 1.2, 4.0, 0.1
# Brackets narrower than _STRAIGHT/λ_k are cut where the straight line through both determinants is
# zero, wider ones in the middle: the determinant goes with e^{λ_k t}, no line across many 1/λ_k.
# A cut keeps off both ends by the share _EDGE, since a chord that always falls on one side of the
# zero would never move the other end.
_STRAIGHT, _EDGE = 2.0, 0.1
# Exponents are clipped at this share of the largest that the type can hold, so that products of two
# factors do not overflow: modes further apart are as good as infinitely far.
_FARTHEST = 0.4

Tree = TypeVar("Tree")


@eqx.filter_jit
def crossing_times(
    eigenvalues: Float[Array, " k"],
    triangle: Float[Array, "r k"],
    log_unit: Float[Array, ""],
    height: float | Float[Array, ""] = 0.5,
) -> Float[Array, " k"]:
    """Return when each s_k² reaches a share of λ_k, all modes at once.

    Args:
        eigenvalues: λ, falling.
        triangle: R, upper trapezoidal, r = min(d, k) rows, in a unit of its own; rows of zeros for
            modes that the start lacks.
        log_unit: Logarithm of that unit.
        height: The share, between zero and one.

    Returns:
        Times (k,); nan where λ_k ≤ 0, beyond mode r, where s_k² begins above its share, and where
        it does not come there within twice the time that half height would take it alone, plus 8/λ.
    """
    rows, count = triangle.shape
    rates = eigenvalues[:rows]
    positive = jnp.where(rates > 0, rates, 1.0)
    log_start = 2 * (jnp.log(jnp.abs(jnp.diagonal(triangle)[:rows])) + log_unit)
    alone = half_height_time(positive, log_start)
    latest = 2 * jnp.nan_to_num(alone) + 8 / positive
    first = alone + jnp.log(height / (1 - height)) / positive
    first = jnp.where(first > 0, first, latest / 2)  # also where it is nan
    windows = _windows(eigenvalues, triangle)
    modes = _Modes(windows, height * positive, _unbounded(first, latest))
    brackets = _all_narrowed(modes, log_unit, size=min(rows, 8 + rows // 6))
    # An end of the bracket that never moved has not been seen below, or above, the level.
    located = (brackets.low > 0) & (brackets.high < latest)
    rises = (rates > 0) & ~jnp.isneginf(log_start) & located
    crossings = jnp.where(rises, _chord_zero(brackets), jnp.nan)
    return jnp.full(count, jnp.nan, crossings.dtype).at[:rows].set(crossings)


class _Brackets(NamedTuple):
    """For each mode, times between which s_k² crosses its level, and where to look next.

    Attributes:
        low: Latest time at which it was below; zero before any was.
        high: Earliest time at which it was above.
        crossed_low: How many modes of the window are above this level at `low`.
        crossed_high: How many are at `high`.
        determinant_low: Determinant of K − cB at `low`.
        determinant_high: Determinant at `high`.
        above: Whether it was above when last looked at.
        next_time: Where to look next.
        stride: How far the last step away from the only known end was.
    """

    low: Float[Array, " r"]
    high: Float[Array, " r"]
    crossed_low: Int[Array, " r"]
    crossed_high: Int[Array, " r"]
    determinant_low: Float[Array, " r"]
    determinant_high: Float[Array, " r"]
    above: Bool[Array, " r"]
    next_time: Float[Array, " r"]
    stride: Float[Array, " r"]


def _unbounded(first: Float[Array, " r"], latest: Float[Array, " r"]) -> _Brackets:
    """Return brackets of which neither end is known."""
    zeros, none = jnp.zeros_like(latest), jnp.zeros(latest.size, int)
    return _Brackets(zeros, latest, none, none, zeros, zeros, none > 0, first, zeros)


def _uncertainty(brackets: _Brackets) -> Float[Array, " r"]:
    """Return about how far the located crossing may be off, in time.

    A bracket with one crossing is good to the geometric mean of its width and of the last move of
    the chord's zero; one that may hold several, to its width.
    """
    last_time = jnp.where(brackets.above, brackets.high, brackets.low)
    move = jnp.abs(brackets.next_time - last_time)
    width = brackets.high - brackets.low
    is_single = brackets.crossed_high == brackets.crossed_low + 1
    return jnp.where(is_single, jnp.sqrt(move * width), width)


def _take(modes: Tree, places: Int[Array, " n"]) -> Tree:
    """Return some of the modes, in every field."""
    return jax.tree.map(lambda array: array[places], modes)


class _Modes(NamedTuple):
    """Some modes: what is around them, their levels, and what is known of their crossings."""

    windows: "_Windows"
    level: Float[Array, " r"]
    brackets: _Brackets


def _all_narrowed(modes: _Modes, log_unit: Float[Array, ""], size: int) -> _Brackets:
    """Narrow all brackets, group by group, then further those of the worst modes, as many again.

    Groups have one size and go through one loop, so that one compiled elimination serves all. Small
    groups also stay in the processor's cache.
    """
    count = modes.level.size
    groups = -(-count // size)

    def narrow_group(group: Int[Array, ""], brackets: _Brackets) -> _Brackets:
        again = group == groups
        worst = jnp.argsort(-_uncertainty(brackets) * modes.windows.rate)[:size]
        # The last group is filled up with copies of the last mode.
        places = jnp.minimum(group * size + jnp.arange(size), count - 1)
        places = jnp.where(again, worst, places)
        members = _take(modes._replace(brackets=brackets), places)
        rounds = jnp.where(again, _MORE_ROUNDS, _ROUNDS)
        narrowed = jax.lax.fori_loop(
            0, rounds, lambda _, now: _look(members, now, log_unit), members.brackets
        )
        return jax.tree.map(lambda field, new: field.at[places].set(new), brackets, narrowed)

    return jax.lax.fori_loop(0, groups + 1, narrow_group, modes.brackets)


def _look(modes: _Modes, brackets: _Brackets, log_unit: Float[Array, ""]) -> _Brackets:
    """Narrow brackets once, by one elimination for each mode."""
    inertia = _inertia(modes.windows, log_unit, modes.level, brackets.next_time)
    return _updated(brackets, inertia, 1 / modes.windows.rate)


def _updated(brackets: _Brackets, inertia: "_Inertia", unit: Float[Array, " r"]) -> _Brackets:
    """Move that end of each bracket on whose side the time was, and choose the next time.

    While only one end is known, the next time is past where s_k² would cross if it grew as
    e^{λ_k t}. Between two ends it is the middle, or in narrow brackets the zero of the chord.
    """
    time, above = brackets.next_time, inertia.crossed >= inertia.place
    moved = brackets._replace(
        low=jnp.where(above, brackets.low, time),
        high=jnp.where(above, time, brackets.high),
        crossed_low=jnp.where(above, brackets.crossed_low, inertia.crossed),
        crossed_high=jnp.where(above, inertia.crossed, brackets.crossed_high),
        determinant_low=jnp.where(above, brackets.determinant_low, inertia.determinant),
        determinant_high=jnp.where(above, inertia.determinant, brackets.determinant_high),
        above=above,
    )
    distance = jnp.where(above, inertia.log_ratio, -inertia.log_ratio)
    stride = jnp.maximum(_OVERSHOOT * distance * unit, _FASTER * brackets.stride)
    stride = jnp.maximum(stride, _LEAST * unit)
    outward = time + jnp.where(above, -stride, stride)
    is_inside = (outward > moved.low) & (outward < moved.high)
    middle = (moved.low + moved.high) / 2
    outward = jnp.where(is_inside, outward, middle)
    width = moved.high - moved.low
    zero = jnp.clip(_chord_zero(moved), moved.low + _EDGE * width, moved.high - _EDGE * width)
    between = jnp.where(width < _STRAIGHT * unit, zero, middle)
    # Determinants are zero until an end has been looked at.
    is_bounded = (moved.determinant_low != 0) & (moved.determinant_high != 0)
    return moved._replace(next_time=jnp.where(is_bounded, between, outward), stride=stride)


def _chord_zero(brackets: _Brackets) -> Float[Array, " r"]:
    """Return where the straight line through both determinants is zero.

    Where other modes cross within the bracket too, the determinant has several zeros, and the
    middle is returned.
    """
    low, high = brackets.determinant_low, brackets.determinant_high
    is_single = (brackets.crossed_high == brackets.crossed_low + 1) & (low * high < 0)
    share = jnp.where(is_single, -low / jnp.where(is_single, high - low, 1.0), 0.5)
    return brackets.low + share * (brackets.high - brackets.low)


class _Windows(eqx.Module):
    """What is around each mode in the spectrum; zeros where R ends.

    Attributes:
        rates: (r, q), eigenvalues of the window's columns.
        rate: (r,), eigenvalue of the mode itself; 1 where it is not positive.
        rows: (r, m, q), the window's rows and columns of R.
        place: (r,), how many positive pivots there are once s_k² is above its level.
    """

    rates: Float[Array, "r q"]
    rate: Float[Array, " r"]
    rows: Float[Array, "r m q"]
    place: Int[Array, " r"]


def _windows(eigenvalues: Float[Array, " k"], triangle: Float[Array, "r k"]) -> _Windows:
    """Cut the window of every mode out of R."""
    count = triangle.shape[0]
    margins = ((_BEFORE, _AFTER), (_BEFORE, COMPETITORS))
    padded = jnp.pad(triangle, margins)
    rates = jnp.pad(eigenvalues, margins[1], mode="edge")
    height, width = (1 + before + after for before, after in margins)

    def window(mode: Int[Array, ""]) -> tuple[Array, Array]:
        return (
            jax.lax.dynamic_slice(rates, (mode,), (width,)),
            jax.lax.dynamic_slice(padded, (mode, mode), (height, width)),
        )

    columns, rows = jax.vmap(window)(jnp.arange(count))
    rate = jnp.where(eigenvalues > 0, eigenvalues, 1.0)[:count]
    # Directions that the start lacks have rows of zeros, and never rise.
    is_present = jnp.any(rows[:, : _BEFORE + 1] != 0, axis=2)
    return _Windows(columns, rate, rows, jnp.sum(is_present, axis=1))


class _Inertia(NamedTuple):
    """What elimination of K − cB says of each mode at a time of its own.

    Attributes:
        crossed: How many modes of the window are above this mode's level.
        place: How many are once this one is.
        determinant: Of K − cB, in units in which its diagonal would be about one.
        log_ratio: ln(s_k²/c), were earlier modes finished and later ones absent; zero where that
            cannot be said.
    """

    crossed: Int[Array, " r"]
    place: Int[Array, " r"]
    determinant: Float[Array, " r"]
    log_ratio: Float[Array, " r"]


def _inertia(
    windows: _Windows,
    log_unit: Float[Array, ""],
    level: Float[Array, " r"],
    time: Float[Array, " r"],
) -> _Inertia:
    """Eliminate K − cB around each mode, in units of the square of R's unit times e^{λ_k t}."""
    rate, level, times = windows.rate[:, None], level[:, None], time[:, None]
    farthest = _FARTHEST * math.log(float(jnp.finfo(times.dtype).max))
    # Each column weighs e^x − c(e^x − 1)/λ, x = λ_j t of either sign; the factor e^{max(x, 0)} is
    # split off, so that what is left is of order one.
    exponent = windows.rates * times
    size = jnp.abs(exponent)
    decayed = -jnp.expm1(-size)
    integral = times * jnp.where(size > 0, decayed / jnp.where(size > 0, size, 1.0), 1.0)
    bounded = jnp.where(exponent < 0, 1 - decayed, 1.0) - level * integral
    lead = jnp.clip(jnp.maximum(exponent, 0) - rate * times, -farthest, farthest)
    weighted = windows.rows * (bounded * jnp.exp(lead))[:, None, :]
    log_level = jnp.log(level) - 2 * log_unit - rate * times
    unit_level = jnp.exp(jnp.clip(log_level, -farthest, farthest))
    matrix = jnp.einsum("riq,rjq->rij", weighted, windows.rows)
    matrix = matrix - unit_level[:, :, None] * jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    sizes = unit_level + jnp.sum(jnp.abs(weighted) * jnp.abs(windows.rows), axis=2)
    pivots = _pivots(matrix)
    # The mode's own pivot is s_k² − c in these units after all earlier modes are eliminated.
    ratio = pivots[:, _BEFORE] / unit_level[:, 0] + 1
    return _Inertia(
        jnp.sum(pivots > 0, axis=1),
        windows.place,
        jnp.prod(pivots / sizes, axis=1),
        jnp.log(jnp.where(ratio > 0, ratio, 1.0)),
    )


def _pivots(matrices: Float[Array, "r m m"]) -> Float[Array, "r m"]:
    """Return the pivots of symmetric matrices: their signs are those of the eigenvalues.

    Elimination goes without interchanges: the matrices are graded, largest rows first, so that
    elimination in order is stable.
    """

    def eliminate(rest: Array, _: None) -> tuple[Array, Array]:
        pivots, column = rest[:, 0, 0], rest[:, 1:, 0]
        multipliers = column / jnp.where(pivots == 0, 1.0, pivots)[:, None]
        smaller = rest[:, 1:, 1:] - multipliers[:, :, None] * column[:, None, :]
        return jnp.pad(smaller, ((0, 0), (0, 1), (0, 1))), pivots

    # Two shapes: one for all rows would do twice the work, one for each would compile for long.
    halves, rest, size = [], matrices, matrices.shape[-1]
    for length in (size // 2, size - size // 2):
        rest, pivots = jax.lax.scan(eliminate, rest, None, length=length)
        rest = rest[:, : size - length, : size - length]
        halves.append(pivots)
    return jnp.concatenate(halves).T
