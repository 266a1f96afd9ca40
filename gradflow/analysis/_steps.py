"""When each mode is learned, found by root-finding on the flow."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from gradflow._checks import positive_int, real_array
from gradflow._errors import ArgumentError
from gradflow.methods import AbstractFlow, Solution
from gradflow.methods._batches import map_in_batches

# A step time is found when its estimate moves by less than this share of itself; from a bracket of
# one grid interval that takes about four evaluations (tests/analysis/test_steps.py).
_TOLERANCE = 1e-12
_MOST_ITERATIONS = 60
_MODES_AT_ONCE = 8
# A mode has settled if it changed by less than this share since this share of the last time.
_SETTLED, _SETTLING = 0.05, 0.9


def measure_steps(
    solution: Solution,
    modes: int | None = None,
    *,
    plateaus: Float[Array, " p"] | Float[np.ndarray, " p"] | None = None,
) -> Float[Array, " m"]:
    """Half-height times: the first time s_k² reaches half of its plateau.

    The saved times only bracket a step; inside the bracket the flow itself is evaluated (closed
    forms) or interpolated (numerical methods), so the result is far finer than the grid.

    Args:
        solution: What `solve` returned. Pure: may be used inside `jit`, `vmap` and as a measure of
            `sweep`.
        modes: Measure the first this many modes only; all by default.
        plateaus: s² (p,) that steps of the first p modes are measured against, where it is not to
            be their own: to compare runs, or where a run has none. At most p modes are measured.

    Returns:
        Times (m,). nan where a mode never rose to half its plateau, was above it at the first time,
        or has no plateau above zero. Its own plateau is max(λ_k, 0) for quadratic problems and
        `measured_plateaus` elsewhere.

    Raises:
        ArgumentError: modes is not a positive integer, or plateaus are not real numbers of shape
            (p,), 1 ≤ p ≤ d.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=3, scale=1e-3)
        >>> steps = gf.measure_steps(gf.solve(problem, w0, np.linspace(0, 20, 50)))
        >>> bool(steps[0] < steps[1]), bool(jnp.isnan(steps[2]))
        (True, True)
    """
    return _first_times(solution, _heights(solution, modes, plateaus), 0.5)


def measure_rise_times(
    solution: Solution,
    modes: int | None = None,
    *,
    plateaus: Float[Array, " p"] | Float[np.ndarray, " p"] | None = None,
) -> Float[Array, " m"]:
    """How long each step takes: from a tenth to nine tenths of its plateau.

    Args:
        solution: As for `measure_steps`.
        modes: As for `measure_steps`.
        plateaus: As for `measure_steps`.

    Returns:
        Durations (m,), ln 81/λ_k where a mode is alone; nan as for `measure_steps`, and where one
        of the two heights is not crossed.

    Raises:
        ArgumentError: As for `measure_steps`.
    """
    heights = _heights(solution, modes, plateaus)
    return _first_times(solution, heights, 0.9) - _first_times(solution, heights, 0.1)


def _heights(
    solution: Solution,
    modes: int | None,
    plateaus: Float[Array, " p"] | Float[np.ndarray, " p"] | None,
) -> Float[Array, " m"]:
    """Plateaus of the modes that are measured, nan where there is none."""
    dim = solution.plateaus.size
    if plateaus is None:
        heights = measured_plateaus(solution)
    else:
        traced = isinstance(plateaus, jax.core.Tracer)
        given = jnp.asarray(plateaus if traced else real_array("plateaus", plateaus))
        given = given.astype(solution.singular_values.dtype)
        if given.ndim != 1 or not 1 <= given.size <= dim:
            wanted = f"shape (p,) with 1 ≤ p ≤ d = {dim}"
            raise ArgumentError("plateaus", wanted, f"shape {given.shape}")
        heights = jnp.where(given > 0, given, jnp.nan)
    return heights if modes is None else heights[: positive_int("modes", modes)]


@eqx.filter_jit
def _first_times(
    solution: Solution, plateaus: Float[Array, " m"], share: float
) -> Float[Array, " m"]:
    """When s_k² first reaches a share of its plateau."""
    count, level = plateaus.size, jnp.log(plateaus * share)
    log_squares = 2 * jnp.log(solution.singular_values[:, :count])
    reached = log_squares >= level
    after = jnp.argmax(reached, axis=0)
    rises = reached.any(axis=0) & ~reached[0]
    left = solution.times[jnp.maximum(after - 1, 0)]
    right = solution.times[after]
    ends = [
        jnp.take_along_axis(log_squares, index[None], axis=0)[0] - level
        for index in (jnp.maximum(after - 1, 0), after)
    ]
    times = _crossing(solution.flow, level, share, (left, right), ends)
    return jnp.where(rises, times, jnp.nan)


@eqx.filter_jit
def measured_plateaus(solution: Solution) -> Float[Array, " d"]:
    """Where each s_k² ends: as the problem says, or else as the run itself shows.

    Elsewhere than in quadratic problems a mode goes on drifting while others are learned. Its own
    plateau is s_k² at the last saved time, if it has settled there: less than 5 % of change over
    the last tenth of the time.

    Args:
        solution: What `solve` returned.

    Returns:
        s_k² at the plateaus (d,); nan where a mode has none above zero, or has not settled.
    """
    own = solution.singular_values[-1] ** 2
    before = jnp.searchsorted(solution.times, _SETTLING * solution.times[-1], side="right") - 1
    earlier = solution.singular_values[jnp.maximum(before, 0)] ** 2
    own = jnp.where(jnp.abs(own - earlier) <= _SETTLED * own, own, jnp.nan)
    plateaus = jnp.where(jnp.isnan(solution.plateaus), own, solution.plateaus)
    return jnp.where(plateaus > 0, plateaus, jnp.nan)


def _crossing(
    flow: AbstractFlow,
    log_level: Float[Array, " m"],
    share: float | Float[Array, ""],
    between: tuple[Float[Array, " m"], Float[Array, " m"]],
    relative_ends: list[Float[Array, " m"]],
) -> Float[Array, " m"]:
    """Return where the logit of s²/plateau is that of a share, by regula falsi.

    Ends that stay are given half their height (Illinois). The flow is evaluated at one place in
    this function alone, since each evaluation is a large part of a sweep's compilation.

    Args:
        flow: The singular values between the times.
        log_level: ln of share · plateau.
        share: Of the plateau.
        between: Times on both sides of each crossing.
        relative_ends: ln s² there, less log_level.

    Source: dowell1971 for the halving.
    """
    modes = jnp.arange(log_level.size)

    def height(relative: Float[Array, " m"]) -> Float[Array, " m"]:
        # The difference of the logits: straight for a logistic, zero where relative is zero.
        left = (1 - share * jnp.exp(relative)) / (1 - share)
        return relative - jnp.log(jnp.maximum(left, 1e-12))

    def log_square(entry: tuple[Float[Array, ""], Int[Array, ""]]) -> Float[Array, ""]:
        time, mode = entry
        return flow.log_squared(time)[mode]

    def narrow(state: _Search) -> _Search:
        middle, bracket = state.estimate, state.bracket
        log_squares = map_in_batches(log_square, (middle, modes), _MODES_AT_ONCE)
        at_middle = height(log_squares - log_level)
        below = at_middle < 0
        # An end that stays for the second time is given half its height, or it stays for ever.
        side = jnp.where(below, 1, -1)
        weight = jnp.where(side == state.side, 0.5, 1.0)
        bracket = (
            jnp.where(below, middle, bracket[0]),
            jnp.where(below, bracket[1], middle),
            jnp.where(below, at_middle, bracket[2] * weight),
            jnp.where(below, bracket[3] * weight, at_middle),
        )
        estimate = _between(*bracket)
        # A comparison with nan is false: lanes that failed do not keep the others waiting.
        moving = jnp.any(jnp.abs(estimate - middle) > _TOLERANCE * estimate)
        return _Search(estimate, bracket, side, moving, state.iteration + 1)

    bracket = (*between, *map(height, relative_ends))
    neither = jnp.zeros(modes.shape, int)
    start = _Search(_between(*bracket), bracket, neither, jnp.asarray(True), jnp.asarray(0))
    unfinished = lambda state: state.moving & (state.iteration < _MOST_ITERATIONS)  # noqa: E731
    return jax.lax.while_loop(unfinished, narrow, start).estimate


class _Search(NamedTuple):
    """Estimates, brackets (left, right, heights there), the side last moved, whether any moves."""

    estimate: Float[Array, " m"]
    bracket: tuple[Array, Array, Array, Array]
    side: Int[Array, " m"]
    moving: Bool[Array, ""]
    iteration: Int[Array, ""]


def _between(left: Array, right: Array, at_left: Array, at_right: Array) -> Float[Array, " m"]:
    """Where the straight line through both ends is zero; never outside of them."""
    slope: Float[Array, " m"] = at_right - at_left
    safe: Bool[Array, " m"] = slope > 0
    share = jnp.where(safe, -at_left / jnp.where(safe, slope, 1.0), 0.5)
    return left + jnp.clip(share, 0.0, 1.0) * (right - left)
