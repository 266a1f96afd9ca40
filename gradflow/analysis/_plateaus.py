"""Where modes end, and the loss on the plateaus between their steps."""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Real

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError
from gradflow.methods import Solution

# A mode has settled if it changed by less than this share since this share of the last time.
_SETTLED, _SETTLING = 0.05, 0.9


@eqx.filter_jit
def own_plateaus(solution: Solution) -> Float[Array, " d"]:
    """Return where each s_k² ends (d,): as the problem says, or else as the run itself shows.

    Outside of quadratic problems a mode goes on drifting while others are learned. Its own plateau
    is s_k² at the last saved time, if it has settled there: less than 5 % of change over the last
    tenth of the time. nan where a mode has no plateau above zero, or has not settled.
    """
    last = solution.singular_values[-1] ** 2
    before = jnp.searchsorted(solution.times, _SETTLING * solution.times[-1], side="right") - 1
    earlier = solution.singular_values[jnp.maximum(before, 0)] ** 2
    settled = jnp.where(jnp.abs(last - earlier) <= _SETTLED * last, last, jnp.nan)
    plateaus = jnp.where(jnp.isnan(solution.plateaus), settled, solution.plateaus)
    return jnp.where(plateaus > 0, plateaus, jnp.nan)


@eqx.filter_jit
def flattest_losses(
    times: Float[Array, " T"], loss: Float[Array, " T"], steps: Float[Array, " m"]
) -> Float[Array, " m+1"]:
    """Return the loss before the first step, between steps, and after the last.

    On a plateau the loss hardly falls for a time of the order of the time itself, so between two
    steps it is taken where it falls least per ln t. Before the first step it is the first saved
    loss, after the last step the last one.

    Args:
        times: t (T,), rising, none below zero.
        loss: L(t) (T,).
        steps: Step times (m,), m ≥ 1, rising; nan where there was none.

    Returns:
        (m + 1,); nan where a step beside the plateau is nan, or no saved time lies between the two.
    """
    falls = -_slope_per_log_time(times, loss)
    between = (times > steps[:-1, None]) & (times < steps[1:, None])
    flattest = jnp.argmin(jnp.where(between, falls, jnp.inf), axis=1)
    plateaus = jnp.where(between.any(axis=1), loss[flattest], jnp.nan)
    first, last = (jnp.where(jnp.isfinite(steps[end]), loss[end], jnp.nan) for end in (0, -1))
    return jnp.concatenate([first[None], plateaus, last[None]])


def _slope_per_log_time(times: Float[Array, " T"], loss: Float[Array, " T"]) -> Float[Array, " T"]:
    """Return dL/d ln t (T,), by central differences of second order; −∞ at t = 0.

    t = 0 has no logarithm, so the difference that would reach it is left out, as at both ends.
    """
    log_times = jnp.log(times)
    widths = jnp.diff(log_times)
    slopes = jnp.diff(loss) / widths
    usable = jnp.isfinite(widths)
    # The slope on one side weighs as much as the interval on the other side is wide: that is the
    # parabola through three points. Where only one side is usable it has all the weight.
    nowhere = jnp.zeros(1, bool)
    left, right = jnp.concatenate([nowhere, usable]), jnp.concatenate([usable, nowhere])
    zero = jnp.zeros(1, slopes.dtype)
    slopes, widths = (jnp.where(usable, array, 0) for array in (slopes, widths))
    left_slope, left_width = (jnp.concatenate([zero, array]) for array in (slopes, widths))
    right_slope, right_width = (jnp.concatenate([array, zero]) for array in (slopes, widths))
    left_weight = jnp.where(left, jnp.where(right, right_width, 1), 0)
    right_weight = jnp.where(right, jnp.where(left, left_width, 1), 0)
    total = left_weight + right_weight
    slope = left_weight * left_slope + right_weight * right_slope
    return jnp.where(total > 0, slope / jnp.where(total > 0, total, 1), -jnp.inf)


def plateau_losses(
    solution: Solution, steps: Real[ArrayLike, " m"] | Sequence[float]
) -> Float[np.ndarray, " losses"]:
    """Return what `measure(solution).losses` is (m + 1,), for steps that come from elsewhere.

    Raises:
        ArgumentError: Steps are not in one row, or do not rise.
    """
    values = real_array("steps", steps)
    if values.ndim != 1:
        raise ArgumentError("steps", "shape (m,)", f"shape {values.shape}")
    if (np.diff(values[np.isfinite(values)]) < 0).any():
        raise ArgumentError("steps", "numbers that rise (sort them)", shown(values.tolist()))
    if values.size == 0:
        return np.asarray(solution.loss[:1])
    return np.asarray(flattest_losses(solution.times, solution.loss, jnp.asarray(values)))
