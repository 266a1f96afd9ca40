"""When each mode is learned: the times at which s_k² crosses given heights, found on the flow."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from gradflow._checks import positive_int, real_array
from gradflow._errors import ArgumentError
from gradflow.analysis._plateaus import measured_plateaus as measured_plateaus
from gradflow.analysis._plateaus import own_plateaus
from gradflow.methods import AbstractFlow, Solution
from gradflow.training import Training

Plateaus = Float[Array, " p"] | Float[np.ndarray, " p"]

# Shares of the plateau: a step is where s_k² crosses the half, a rise from a tenth to nine tenths.
HALF = (0.5,)
RISE = (0.1, 0.9)

# A crossing is accepted when its estimate moves by less than this share of itself; from a bracket
# of one grid interval that takes about four evaluations (tests/analysis/test_steps.py).
_TOLERANCE = 1e-12
_MOST_ITERATIONS = 60
_CROSSINGS_AT_ONCE = 8


def measure_steps(
    solution: Solution | Training, modes: int | None = None, *, plateaus: Plateaus | None = None
) -> Float[Array, " m"]:
    """Return the half-height times: the first time that each s_k² reaches half of its plateau.

    The saved times only bracket a step; inside the bracket the flow itself is evaluated (closed
    forms) or interpolated (numerical methods), so the result is far finer than the grid.

    Args:
        solution: What `solve` or `train` returned. The function is pure: it may be used inside
            `jit`, `vmap` and as a measure of `sweep`.
        modes: Measure the first this many modes only; all by default.
        plateaus: s² (p,) that steps of the first p modes are measured against, where it is not to
            be their own: to compare runs, or where a run has none. At most p modes are measured.

    Returns:
        Times (m,), in the unit of the solution's times. nan where a mode never rose to half its
        plateau, was above it at the first time, or has no plateau above zero. A mode's own plateau
        is max(λ_k, 0) for quadratic problems; elsewhere it is s_k² at the last time, if the mode
        has settled there: less than 5 % of change over the last tenth of the time.

    Raises:
        ArgumentError: `solution` is of another kind, `modes` is not a positive integer, or
            `plateaus` are not real numbers of shape (p,), 1 ≤ p ≤ d.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=3, scale=1e-3)
        >>> steps = gf.measure_steps(gf.solve(problem, w0, np.linspace(0, 20, 50)))
        >>> bool(steps[0] < steps[1]), bool(jnp.isnan(steps[2]))
        (True, True)
    """
    flow = checked_solution(solution)
    return crossing_times(flow, plateau_heights(flow, modes, plateaus), jnp.asarray(HALF))[0]


def measure_rise_times(
    solution: Solution | Training, modes: int | None = None, *, plateaus: Plateaus | None = None
) -> Float[Array, " m"]:
    """Return how long each step takes (m,): from a tenth to nine tenths of its plateau.

    The arguments, and the places where the answer is nan, are those of `measure_steps`.
    """
    flow = checked_solution(solution)
    begins, ends = crossing_times(flow, plateau_heights(flow, modes, plateaus), jnp.asarray(RISE))
    return ends - begins


def checked_solution(solution: Solution | Training) -> Solution:
    """Return the solution that a run holds, or the solution itself.

    Raises:
        ArgumentError: It is neither.
    """
    if isinstance(solution, Training):
        return solution.solution
    if not isinstance(solution, Solution):
        wanted = "a Solution or a Training, as solve and train return them"
        raise ArgumentError("solution", wanted, type(solution).__name__)
    return solution


def plateau_heights(
    solution: Solution, modes: int | None, plateaus: Plateaus | None
) -> Float[Array, " m"]:
    """Return the plateaus that the first modes are measured against, nan where there is none."""
    dim = solution.plateaus.shape[-1]
    if plateaus is None:
        heights = own_plateaus(solution)
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
def crossing_times(
    solution: Solution, plateaus: Float[Array, " m"], shares: Float[Array, " s"]
) -> Float[Array, "s m"]:
    """Return when each s_k² first reaches each share of its plateau, nan where it never does.

    Shares are traced, so that one program serves all of them, and all crossings are narrowed in one
    loop. A mode that is above the height at the first time has no crossing.
    """
    num_modes = plateaus.size
    shares = shares.astype(plateaus.dtype)
    levels = jnp.log(plateaus * shares[:, None])
    log_squares = 2 * jnp.log(solution.singular_values[:, None, :num_modes])
    reached = log_squares >= levels
    # The first saved time at which the height is reached, and the time before it, are the bracket.
    after = jnp.argmax(reached, axis=0)
    rises = reached.any(axis=0) & ~reached[0]
    left = solution.times[jnp.maximum(after - 1, 0)]
    right = solution.times[after]
    modes = jnp.broadcast_to(jnp.arange(num_modes), levels.shape)
    each_share = jnp.broadcast_to(shares[:, None], levels.shape)
    flat = (array.ravel() for array in (levels, each_share, left, right, modes))
    times = _crossing(solution.flow, *flat).reshape(levels.shape)
    return jnp.where(rises, times, jnp.nan)


def _crossing(
    flow: AbstractFlow,
    log_levels: Float[Array, " n"],
    shares: Float[Array, " n"],
    left: Float[Array, " n"],
    right: Float[Array, " n"],
    modes: Int[Array, " n"],
) -> Float[Array, " n"]:
    """Return where the logit of s²/plateau is that of a share, by regula falsi.

    With Illinois' halving the bracket shrinks from both ends.

    Source: dowell1971 for the halving.
    """

    def height(times: Float[Array, " n"]) -> Float[Array, " n"]:
        def log_square(crossing: tuple[Float[Array, ""], Int[Array, ""]]) -> Float[Array, ""]:
            time, mode = crossing
            return flow.log_squared(time)[mode]

        squares = jax.lax.map(log_square, (times, modes), batch_size=_CROSSINGS_AT_ONCE)
        # r = ln(s²/(share · plateau)). The difference of the logits of s²/plateau and of the share
        # is r − ln((1 − share eʳ)/(1 − share)): a straight line in time for a logistic, so that
        # the secant meets it at once, and zero where r is zero.
        relative = squares - log_levels
        still_to_rise = (1 - shares * jnp.exp(relative)) / (1 - shares)
        return relative - jnp.log(jnp.maximum(still_to_rise, 1e-12))

    def narrow(state: _Search) -> _Search:
        middle, at_middle, bracket = state.estimate, height(state.estimate), state.bracket
        below = at_middle < 0
        # An end that stays for the second time is given half its height, or it stays for ever.
        side = jnp.where(below, 1, -1)
        weight = jnp.where(side == state.side, 0.5, 1.0).astype(at_middle.dtype)
        bracket = (
            jnp.where(below, middle, bracket[0]),
            jnp.where(below, bracket[1], middle),
            jnp.where(below, at_middle, bracket[2] * weight),
            jnp.where(below, bracket[3] * weight, at_middle),
        )
        estimate = _secant(*bracket)
        # A comparison with nan is false: lanes that failed do not keep the others waiting.
        moving = jnp.any(jnp.abs(estimate - middle) > _TOLERANCE * estimate)
        return _Search(estimate, bracket, side, moving, state.iteration + 1)

    def unfinished(state: _Search) -> Bool[Array, ""]:
        return state.moving & (state.iteration < _MOST_ITERATIONS)

    bracket = (left, right, height(left), height(right))
    neither = jnp.zeros(modes.shape, int)
    start = _Search(_secant(*bracket), bracket, neither, jnp.asarray(True), jnp.asarray(0))
    return jax.lax.while_loop(unfinished, narrow, start).estimate


class _Search(NamedTuple):
    """Estimates, brackets (left, right, heights there), the side last moved, whether any moves."""

    estimate: Float[Array, " n"]
    bracket: tuple[Array, Array, Array, Array]
    side: Int[Array, " n"]
    moving: Bool[Array, ""]
    iteration: Int[Array, ""]


def _secant(left: Array, right: Array, at_left: Array, at_right: Array) -> Float[Array, " n"]:
    """Return where the straight line through both ends is zero, never outside of them."""
    slope: Float[Array, " n"] = at_right - at_left
    safe: Bool[Array, " n"] = slope > 0
    share = jnp.where(safe, -at_left / jnp.where(safe, slope, 1.0), 0.5)
    return left + jnp.clip(share, 0.0, 1.0) * (right - left)
