"""When each mode is learned, found by root-finding on the flow."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from gradflow.dynamics import AbstractFlow, Solution

# From a bracket of one grid interval, in a coordinate where a logistic is a straight line.
_ITERATIONS = 5
_MODES_AT_ONCE = 8


def measure_steps(solution: Solution, modes: int | None = None) -> Float[Array, " m"]:
    """Half-height times: the first time s_k² reaches half of its plateau.

    The saved times only bracket a step; inside the bracket the flow itself is evaluated (closed
    forms) or interpolated (numerical methods), so the result is far finer than the grid.

    Args:
        solution: What `solve` returned. Pure: may be used inside `jit`, `vmap` and as a measure of
            `sweep`.
        modes: Measure the first this many modes only; all by default.

    Returns:
        Times (m,). nan where a mode never rose to half its plateau, was above it at the first time,
        or has no plateau above zero. The plateau is max(λ_k, 0) for quadratic problems and
        `measured_plateaus` elsewhere.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=3, scale=1e-3)
        >>> steps = gf.measure_steps(gf.solve(problem, w0, np.linspace(0, 20, 50)))
        >>> bool(steps[0] < steps[1]), bool(jnp.isnan(steps[2]))
        (True, True)
    """
    count = solution.plateaus.size if modes is None else min(modes, solution.plateaus.size)
    half = jnp.log(measured_plateaus(solution)[:count] / 2)
    log_squares = 2 * jnp.log(solution.singular_values[:, :count])
    reached = log_squares >= half
    after = jnp.argmax(reached, axis=0)
    rises = reached.any(axis=0) & ~reached[0]
    left = solution.times[jnp.maximum(after - 1, 0)]
    right = solution.times[after]
    times = _half_height(solution.flow, half, left, right, jnp.arange(count))
    return jnp.where(rises, times, jnp.nan)


def measured_plateaus(solution: Solution) -> Float[Array, " d"]:
    """Where each s_k² ends: as the problem says, or else as the run itself shows.

    Elsewhere than in quadratic problems a mode goes on drifting while others are learned. Its own
    plateau is s_k² at the last saved time.

    Args:
        solution: What `solve` returned.

    Returns:
        s_k² at the plateaus (d,); nan where a mode has none above zero.
    """
    own = solution.singular_values[-1] ** 2
    plateaus = jnp.where(jnp.isnan(solution.plateaus), own, solution.plateaus)
    return jnp.where(plateaus > 0, plateaus, jnp.nan)


def _half_height(
    flow: AbstractFlow,
    log_half: Float[Array, " m"],
    left: Float[Array, " m"],
    right: Float[Array, " m"],
    modes: Int[Array, " m"],
) -> Float[Array, " m"]:
    """Zeros of ln s² − ln(plateau − s²) in brackets, by regula falsi with Illinois' halving."""

    def height(times: Float[Array, " m"]) -> Float[Array, " m"]:
        def one(at: tuple[Float[Array, ""], Int[Array, ""]]) -> Float[Array, ""]:
            return flow.log_squared(at[0])[at[1]]

        relative = jax.lax.map(one, (times, modes), batch_size=_MODES_AT_ONCE) - log_half
        # ln of s² / (plateau − s²): straight for a logistic, and zero where relative is zero.
        return relative - jnp.log(jnp.maximum(2 - jnp.exp(relative), 1e-12))

    def narrow(_: int, bracket: tuple[Array, Array, Array, Array]) -> tuple:
        left, right, at_left, at_right = bracket
        middle = _between(left, right, at_left, at_right)
        at_middle = height(middle)
        below = at_middle < 0
        # The end that stays is given half its height, or it would stay for ever.
        return (
            jnp.where(below, middle, left),
            jnp.where(below, right, middle),
            jnp.where(below, at_middle, at_left / 2),
            jnp.where(below, at_right / 2, at_middle),
        )

    start = (left, right, height(left), height(right))
    return _between(*jax.lax.fori_loop(0, _ITERATIONS, narrow, start))


def _between(left: Array, right: Array, at_left: Array, at_right: Array) -> Float[Array, " m"]:
    """Where the straight line through both ends is zero; never outside of them."""
    slope: Float[Array, " m"] = at_right - at_left
    safe: Bool[Array, " m"] = slope > 0
    share = jnp.where(safe, -at_left / jnp.where(safe, slope, 1.0), 0.5)
    return left + jnp.clip(share, 0.0, 1.0) * (right - left)
