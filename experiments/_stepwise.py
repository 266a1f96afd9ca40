"""What experiments about stepness share."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

import gradflow as gf
from gradflow.methods import Solution


class RiseTimes(eqx.Module):
    """Rise times of the first modes as a measure of a sweep, nan for the rest.

    Attributes:
        modes: How many are measured.
    """

    modes: int = eqx.field(static=True)

    def __call__(self, solution: Solution, w0: Any) -> Array:
        rises = gf.measure_rise_times(solution, self.modes)
        return jnp.pad(rises, (0, solution.plateaus.size - self.modes), constant_values=jnp.nan)


def crossing(scales: np.ndarray, index: np.ndarray) -> float:
    """The largest scale below which the index is above one, straight in ln σ.

    Infinite where it is above one at every scale, nan where it is not at the smallest.

    Args:
        scales: σ, falling.
        index: Of each.
    """
    below = np.flatnonzero(~(index > 1))
    if below.size == 0:
        return float("inf")
    if below[-1] == len(scales) - 1:
        return float("nan")
    ends = slice(below[-1], below[-1] + 2)
    logs, heights = np.log(scales[ends]), index[ends]
    return float(np.exp(np.interp(1.0, heights, logs)))
