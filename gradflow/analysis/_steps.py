"""When each mode is learned: the times at which s_k² crosses given heights, found on the flow."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from gradflow._checks import positive_int, real_array
from gradflow._errors import ArgumentError
from gradflow.analysis._plateaus import own_plateaus
from gradflow.methods import Solution
from gradflow.methods._batches import map_where
from gradflow.methods._solution import AbstractFlow
from gradflow.training import Training

Plateaus = Float[Array, " p"] | Float[np.ndarray, " p"]

# Shares of the plateau: a step is where s_k² crosses the half, a rise from a tenth to nine tenths.
HALF = (0.5,)
RISE = (0.1, 0.9)

# A crossing is accepted when its estimated error is below this share of it: after one or two
# evaluations of the flow, for a bracket of one interval of the usual grid.
_TOLERANCE = 1e-12
_MOST_ITERATIONS = 60
_AT_ONCE = 8
# Saved times that the first estimate of a crossing is read off.
_POINTS = 8


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


def rise_times(
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
    log_squares = 2 * jnp.log(solution.singular_values[:, :num_modes])
    reached = log_squares[:, None] >= levels
    # The first saved time at which the height is reached, and the time before it, are the bracket.
    after = jnp.argmax(reached, axis=0)
    rises = reached.any(axis=0) & ~reached[0]
    modes = jnp.broadcast_to(jnp.arange(num_modes), levels.shape).ravel()
    crossings = _Crossings(levels.ravel(), jnp.repeat(shares, num_modes), modes)
    times = _narrowed(solution, crossings, log_squares, after.ravel(), rises.ravel())
    return jnp.where(rises, times.reshape(levels.shape), jnp.nan)


class _Crossings(NamedTuple):
    """What is looked for: ln(share · plateau), the share and the mode of each crossing."""

    log_levels: Float[Array, " n"]
    shares: Float[Array, " n"]
    modes: Int[Array, " n"]

    def heights(self, log_squares: Float[Array, "... n"]) -> Float[Array, "... n"]:
        """Return the logits of s²/plateau less those of the shares: zero at the crossings.

        With r = ln(s²/(share · plateau)) the difference is r − ln((1 − share eʳ)/(1 − share)). For
        a logistic it is a straight line in time, so that a secant meets it at once.
        """
        relative = log_squares - self.log_levels
        still_to_rise = (1 - self.shares * jnp.exp(relative)) / (1 - self.shares)
        return relative - jnp.log(jnp.maximum(still_to_rise, 1e-12))

    def measured(
        self, flow: AbstractFlow, times: Float[Array, " n"], wanted: Bool[Array, " n"]
    ) -> Float[Array, " n"]:
        """Return the heights at a time for each crossing, from the flow itself, where wanted."""

        def log_square(crossing: tuple[Float[Array, ""], Int[Array, ""]]) -> Float[Array, ""]:
            time, mode = crossing
            return flow.log_squared(time)[mode]

        inputs, nothing = (times, self.modes), jnp.zeros_like(times)
        return self.heights(map_where(log_square, inputs, wanted, nothing, _AT_ONCE))


class _Search(NamedTuple):
    """What is known of all crossings after some evaluations.

    Attributes:
        estimate: Where to evaluate the flow next; in the end, the crossing.
        last: Where the flow was evaluated last, and the height there.
        move: How far the last estimate was from the one before it, nan at first.
        bracket: Times before and after the crossing, and the heights there.
        side: Which end of the bracket was moved last: 1 the left one, −1 the right one.
        moving: Which crossings are not yet known well: only these are evaluated.
        iteration: How many evaluations there were.
    """

    estimate: Float[Array, " n"]
    last: tuple[Array, Array]
    move: Float[Array, " n"]
    bracket: tuple[Array, Array, Array, Array]
    side: Int[Array, " n"]
    moving: Bool[Array, " n"]
    iteration: Int[Array, ""]


class _Saved(NamedTuple):
    """Saved times around each crossing, and the heights there."""

    times: Float[Array, "p n"]
    heights: Float[Array, "p n"]

    def crossing(self) -> Float[Array, " n"]:
        """Return where the polynomial t(height) through these points is at height zero."""
        return _inverse_interpolation(self.times, self.heights)

    def and_also(self, time: Float[Array, " n"], height: Float[Array, " n"]) -> "_Saved":
        """Return these points and one more for each crossing."""
        return _Saved(*(jnp.vstack(pair) for pair in zip(self, (time, height), strict=True)))


def _narrowed(
    solution: Solution,
    crossings: _Crossings,
    log_squares: Float[Array, "T m"],
    after: Int[Array, " n"],
    rises: Bool[Array, " n"],
) -> Float[Array, " n"]:
    """Return the crossings by inverse interpolation, then secants, kept inside a bracket.

    Where an estimate leaves the bracket, regula falsi takes its place, with Illinois' halving so
    that the bracket shrinks from both ends.

    Source: dowell1971 for the halving.
    """
    saved, start = _first_search(solution.times, crossings, log_squares, after, rises)
    width = start.bracket[1] - start.bracket[0]
    # How near the first estimate is to a saved time: see `narrow`.
    nearest = jnp.minimum(start.estimate - start.bracket[0], start.bracket[1] - start.estimate)

    def narrow(state: _Search) -> _Search:
        time = state.estimate
        height = crossings.measured(solution.flow, time, state.moving)
        bracket, side = _shrunk(state, height)
        time_before, height_before = state.last
        slope = (time - time_before) / (height - height_before)
        # The first time there is no evaluation before; the polynomial has one point more instead.
        is_first = state.iteration == 0
        estimate = jnp.where(
            is_first, saved.and_also(time, height).crossing(), time - slope * height
        )
        inside = (estimate >= bracket[0]) & (estimate <= bracket[1])
        estimate = jnp.where(inside, estimate, _secant(*bracket))
        # A polynomial that was wrong by `move` at the first estimate has a slope that is wrong by
        # move/nearest; the error of a secant is the product of the two errors before it, times the
        # curvature, which over one interval of the grid is at most of order one.
        move = jnp.abs(estimate - time)
        relative = jnp.where(is_first, move / nearest, state.move / width)
        error = jnp.where(inside, move * jnp.minimum(relative, 1.0), move)
        # A comparison with nan is false: lanes that failed do not keep the others waiting.
        searched = _Search(
            estimate,
            (time, height),
            move,
            bracket,
            side,
            state.moving & (error > _TOLERANCE * estimate),
            state.iteration + 1,
        )
        return searched._replace(estimate=jnp.where(state.moving, estimate, state.estimate))

    def unfinished(state: _Search) -> Bool[Array, ""]:
        return jnp.any(state.moving) & (state.iteration < _MOST_ITERATIONS)

    return jax.lax.while_loop(unfinished, narrow, start).estimate


def _first_search(
    times: Float[Array, " T"],
    crossings: _Crossings,
    log_squares: Float[Array, "T m"],
    after: Int[Array, " n"],
    rises: Bool[Array, " n"],
) -> tuple[_Saved, _Search]:
    """Return saved times around the crossings, and brackets and first estimates from them alone.

    The estimate is the polynomial through the saved times, as a function of the height, at height
    zero. Where the heights do not rise it falls outside of the bracket, and the secant serves.
    """
    num_times = times.size
    points = min(_POINTS, num_times)
    first = jnp.clip(after - points // 2, 0, num_times - points)
    places = first + jnp.arange(points)[:, None]
    saved = _Saved(times[places], crossings.heights(log_squares[places, crossings.modes]))
    ends = jnp.stack([jnp.maximum(after - 1, 0), after])
    bracket = (*times[ends], *crossings.heights(log_squares[ends, crossings.modes]))
    estimate = saved.crossing()
    inside = (estimate >= bracket[0]) & (estimate <= bracket[1])
    estimate = jnp.where(inside, estimate, _secant(*bracket))
    unknown = jnp.full_like(estimate, jnp.nan)
    neither = jnp.zeros(crossings.modes.shape, int)
    search = _Search(estimate, (unknown, unknown), unknown, bracket, neither, rises, jnp.asarray(0))
    return saved, search


def _inverse_interpolation(
    times: Float[Array, "p n"], heights: Float[Array, "p n"]
) -> Float[Array, " n"]:
    """Return where the polynomial t(height) through p points is at height zero (Lagrange)."""
    same = jnp.eye(len(times), dtype=bool)[:, :, None]
    apart = jnp.where(same, 1.0, heights[None, :] - heights[:, None])
    weights = jnp.prod(jnp.where(same, 1.0, heights[None, :]) / apart, axis=1)
    return jnp.sum(weights * times, axis=0)


def _shrunk(
    state: _Search, height: Float[Array, " n"]
) -> tuple[tuple[Array, Array, Array, Array], Int[Array, " n"]]:
    """Return the bracket with one end at the last evaluation, and which end that is."""
    left, right, at_left, at_right = state.bracket
    below = height < 0
    side = jnp.where(below, 1, -1)
    # An end that stays for the second time is given half its height, or it stays for ever.
    weight = jnp.where(side == state.side, 0.5, 1.0).astype(height.dtype)
    bracket = (
        jnp.where(below, state.estimate, left),
        jnp.where(below, right, state.estimate),
        jnp.where(below, height, at_left * weight),
        jnp.where(below, at_right * weight, height),
    )
    return bracket, side


def _secant(left: Array, right: Array, at_left: Array, at_right: Array) -> Float[Array, " n"]:
    """Return where the straight line through both ends is zero, never outside of them."""
    slope: Float[Array, " n"] = at_right - at_left
    # A mode that starts at zero has a height of −∞ there, and then the middle serves.
    safe: Bool[Array, " n"] = (slope > 0) & jnp.isfinite(slope)
    share = jnp.where(safe, -at_left / jnp.where(safe, slope, 1.0), 0.5)
    return left + jnp.clip(share, 0.0, 1.0) * (right - left)
