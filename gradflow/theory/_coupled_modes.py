"""Step times of modes that are not alone: each mode with its neighbours in the spectrum.

With U the eigenvectors of M, eigenvalues falling, W₀ᵀU = QR and D_j = (e^{λ_j t} − 1)/λ_j, the
exact flow has as s_k²(t) the eigenvalues of the pencil

    K − s²B,    K = R diag(e^{λ_j t}) Rᵀ,    B = I + R diag(D_j) Rᵀ,

so as many of them lie above c as K − cB = R diag(e^{λ_j t} − cD_j) Rᵀ − cI has positive
eigenvalues. Modes that are learned long before mode k, or long after, have no say in when it is
learned: the rows and columns of R around k are enough. By Sylvester's law the signs of pivots count
positive eigenvalues, which tells before from after; the zero of the determinant tells how far. All
modes are looked at together a few times, and then those few whose crossing is not yet known well.
"""

import math
from typing import NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gradflow.methods._logistic import half_height_time

# Rows before and after, and columns after: the last modes of d need that many (experiments).
_BEFORE, _AFTER, COMPETITORS = 9, 9, 50
# How often K − cB is looked at, the first time where the mode would be alone, and how often after
# that for the least well known. Chosen with the windows: what either leaves is below what the other
# does, at d = 50 and a scale of 1e-4, for each of 50 seeds; with one look less one mode was lost.
_LOOKS, _MORE_LOOKS = 6, 8
# In search of the other side: that much past where a mode alone would cross, that much faster than
# before, and at least so far, in units of 1/λ_k. Across _STRAIGHT such units the determinant is
# nearly a straight line.
_PAST, _FASTER, _LEAST, _STRAIGHT = 1.2, 4.0, 0.1, 2.0
_EDGE = 0.1  # never look nearer than this share of the bracket to one of its ends
# Modes further apart than this share of the largest exponent are as good as infinitely far, and
# products of two such factors do not overflow.
_FARTHEST = 0.4

Tree = TypeVar("Tree")


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
        it does not come there within twice the time that half height would take it alone, plus 8/λ.
    """
    rows, count = triangle.shape
    rates = eigenvalues[:rows]
    positive = jnp.where(rates > 0, rates, 1.0)
    log_start = 2 * (jnp.log(jnp.abs(jnp.diagonal(triangle)[:rows])) + log_unit)
    alone = half_height_time(positive, log_start)
    latest = 2 * jnp.nan_to_num(alone) + 8 / positive
    windows = _windows(eigenvalues, triangle)
    level = height * positive
    first = alone + jnp.log(height / (1 - height)) / positive
    first = jnp.where(first > 0, first, latest / 2)  # and where it is nan
    search = _searched(_begun(first, latest), windows, level, log_unit, _LOOKS)
    # Most are found by then; the rest are looked at alone.
    slow = jnp.argsort(-_uncertainty(search) * positive)[: 8 + rows // 6]
    some = _searched(_at(search, slow), _at(windows, slow), level[slow], log_unit, _MORE_LOOKS)
    search = jax.tree.map(lambda whole, part: whole.at[slow].set(part), search, some)
    # An end of the bracket that never moved was not below, or not above.
    rises = (rates > 0) & ~jnp.isneginf(log_start) & (search.low > 0) & (search.high < latest)
    found = jnp.where(rises, _zero(search), jnp.nan)
    return jnp.full(count, jnp.nan, found.dtype).at[:rows].set(found)


class _Search(NamedTuple):
    """Times between which s_k² crosses its level, and where to look next.

    Attributes:
        low: Latest time at which it was below; zero before any was.
        high: Earliest time at which it was above.
        crossed_low: How many modes are above their level at `low`, of those around this one.
        crossed_high: The same at `high`.
        at_low: Determinant of K − cB at `low`.
        at_high: The same at `high`.
        above: Whether it was above when last looked at.
        time: Where to look next.
        stride: How far the last step away from the only known end was.
    """

    low: Float[Array, " r"]
    high: Float[Array, " r"]
    crossed_low: Int[Array, " r"]
    crossed_high: Int[Array, " r"]
    at_low: Float[Array, " r"]
    at_high: Float[Array, " r"]
    above: Bool[Array, " r"]
    time: Float[Array, " r"]
    stride: Float[Array, " r"]


def _begun(first: Float[Array, " r"], latest: Float[Array, " r"]) -> _Search:
    nothing, none = jnp.zeros_like(latest), jnp.zeros(latest.size, int)
    return _Search(nothing, latest, none, none, nothing, nothing, none > 0, first, nothing)


def _uncertainty(search: _Search) -> Float[Array, " r"]:
    """How far the next look is from the last, or the width of what may hold several crossings."""
    move = jnp.abs(search.time - jnp.where(search.above, search.high, search.low))
    one = search.crossed_high == search.crossed_low + 1
    width = search.high - search.low
    return jnp.where(one, jnp.sqrt(move * width), width)


def _at(modes: Tree, places: Int[Array, " n"]) -> Tree:
    return jax.tree.map(lambda array: array[places], modes)


def _searched(
    search: _Search,
    windows: "_Windows",
    level: Float[Array, " r"],
    log_unit: Float[Array, ""],
    looks: int,
) -> _Search:
    def look(_: Array, search: _Search) -> _Search:
        return _narrowed(search, _look(windows, log_unit, level, search.time), 1 / windows.own)

    return jax.lax.fori_loop(0, looks, look, search)


def _narrowed(search: _Search, seen: "_Seen", unit: Float[Array, " r"]) -> _Search:
    """Move the end on whose side the time was, and choose the next time.

    While only one end is known, go past where s_k² would cross if it grew as e^{λ_k t}. Between two
    ends go halfway, or where they are near and no other mode crosses, to the zero of the line
    through both determinants, but not closer than a share of the way to either end, so that a line
    that always falls on one side brings in the other end too.
    """
    above = seen.crossed >= seen.place
    low = jnp.where(above, search.low, search.time)
    high = jnp.where(above, search.time, search.high)
    crossed_low = jnp.where(above, search.crossed_low, seen.crossed)
    crossed_high = jnp.where(above, seen.crossed, search.crossed_high)
    at_low = jnp.where(above, search.at_low, seen.determinant)
    at_high = jnp.where(above, seen.determinant, search.at_high)
    guess = jnp.where(above, seen.log_ratio, -seen.log_ratio)
    stride = jnp.maximum(_PAST * guess * unit, _FASTER * search.stride)
    stride = jnp.maximum(stride, _LEAST * unit)
    away = search.time + jnp.where(above, -stride, stride)
    away = jnp.where((away > low) & (away < high), away, (low + high) / 2)
    found = _Search(low, high, crossed_low, crossed_high, at_low, at_high, above, away, stride)
    width = high - low
    zero = jnp.clip(_zero(found), low + _EDGE * width, high - _EDGE * width)
    between = jnp.where(width < _STRAIGHT * unit, zero, low + width / 2)
    both = (at_low != 0) & (at_high != 0)
    return found._replace(time=jnp.where(both, between, away))


def _zero(search: _Search) -> Float[Array, " r"]:
    """Of the straight line through both ends, or the middle where other modes cross too."""
    one = (search.crossed_high == search.crossed_low + 1) & (search.at_low * search.at_high < 0)
    difference = jnp.where(one, search.at_high - search.at_low, 1.0)
    share = jnp.where(one, -search.at_low / difference, 0.5)
    return search.low + share * (search.high - search.low)


class _Windows(eqx.Module):
    """What is around each mode; zeros where R ends.

    Attributes:
        rates: (r, q), eigenvalues of the columns.
        own: (r,), eigenvalue of the mode itself; one where it is not positive.
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

    columns, rows = jax.vmap(window)(jnp.arange(count))
    own = jnp.where(eigenvalues > 0, eigenvalues, 1.0)[:count]
    # Directions that the start lacks have rows of zeros, and never rise.
    present = jnp.any(rows[:, : _BEFORE + 1] != 0, axis=2)
    return _Windows(columns, own, rows, jnp.sum(present, axis=1))


class _Seen(NamedTuple):
    """What is known of s_k² at a time of its own.

    Attributes:
        crossed: How many modes are above this share of λ_k, of those around.
        place: How many are once this one is.
        determinant: Of K − cB, in units in which its diagonal would be one.
        log_ratio: Logarithm of how far above, were earlier modes finished and later ones absent;
            zero where they are not.
    """

    crossed: Int[Array, " r"]
    place: Int[Array, " r"]
    determinant: Float[Array, " r"]
    log_ratio: Float[Array, " r"]


def _look(
    windows: _Windows,
    log_unit: Float[Array, ""],
    level: Float[Array, " r"],
    time: Float[Array, " r"],
) -> _Seen:
    """K − cB around each mode, in units of the square of R's unit times e^{λ_k t}."""
    own, level, times = windows.own[:, None], level[:, None], time[:, None]
    farthest = _FARTHEST * math.log(float(jnp.finfo(times.dtype).max))
    exponent = windows.rates * times
    size = jnp.abs(exponent)
    missing = -jnp.expm1(-size)
    # e^{min(x, 0)} − c(e^x − 1)/λ e^{−max(x, 0)}, for x = λt of either sign.
    integral = times * jnp.where(size > 0, missing / jnp.where(size > 0, size, 1.0), 1.0)
    risen = jnp.where(exponent < 0, 1 - missing, 1.0) - level * integral
    weights = risen * jnp.exp(jnp.clip(jnp.maximum(exponent, 0) - own * times, -farthest, farthest))
    log_level = jnp.log(level) - 2 * log_unit - own * times
    bare = jnp.exp(jnp.clip(log_level, -farthest, farthest))
    weighted = windows.rows * weights[:, None, :]
    matrix = jnp.einsum("riq,rjq->rij", weighted, windows.rows)
    matrix = matrix - bare[:, :, None] * jnp.eye(matrix.shape[-1], dtype=matrix.dtype)
    sizes = bare + jnp.sum(jnp.abs(weighted) * jnp.abs(windows.rows), axis=2)
    pivots = _pivots(matrix)
    ratio = pivots[:, _BEFORE] / bare[:, 0] + 1
    return _Seen(
        jnp.sum(pivots > 0, axis=1),
        windows.place,
        jnp.prod(pivots / sizes, axis=1),
        jnp.log(jnp.where(ratio > 0, ratio, 1.0)),
    )


def _pivots(matrices: Float[Array, "r m m"]) -> Float[Array, "r m"]:
    """Of symmetric matrices, one after the other: their signs are those of the eigenvalues.

    Without interchanges: the matrices are graded, largest rows first, so that elimination in order
    is stable.
    """

    def eliminate(left: Array, _: None) -> tuple[Array, Array]:
        pivots, column = left[:, 0, 0], left[:, 1:, 0]
        shares = column / jnp.where(pivots == 0, 1.0, pivots)[:, None]
        rest = left[:, 1:, 1:] - shares[:, :, None] * column[:, None, :]
        return jnp.pad(rest, ((0, 0), (0, 1), (0, 1))), pivots

    # Two shapes: one for all steps would do twice the work, one for each would compile for long.
    found, left, size = [], matrices, matrices.shape[-1]
    for steps in (size // 2, size - size // 2):
        left, pivots = jax.lax.scan(eliminate, left, None, length=steps)
        left = left[:, : size - steps, : size - steps]
        found.append(pivots)
    return jnp.concatenate(found).T
