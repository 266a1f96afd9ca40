"""The loss on the plateaus between steps."""

import itertools

import numpy as np
from jaxtyping import Array, Bool, Float

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError
from gradflow.methods import Solution


def plateau_losses(
    solution: Solution, steps: Float[np.ndarray, " m"] | Float[Array, " m"]
) -> Float[np.ndarray, " m+1"]:
    """The loss before the first step, between steps, and after the last, where it is flattest.

    On a plateau the loss hardly falls for a time of the order of the time itself, so flattest is
    where it falls least per ln t.

    Args:
        solution: What `solve` or `predict_flow` returned.
        steps: Step times (m,), rising; nan where there was none.

    Returns:
        (m + 1,): the first saved loss, one between each two steps, the last saved loss; nan
        where a step beside it is not known or no saved time lies between the two.

    Raises:
        ArgumentError: steps are not in one row, or do not rise.
    """
    late = real_array("steps", steps)
    if late.ndim != 1:
        raise ArgumentError("steps", "shape (m,)", f"shape {late.shape}")
    if (np.diff(late[np.isfinite(late)]) < 0).any():
        raise ArgumentError("steps", "numbers that rise (sort them)", shown(late.tolist()))
    times, loss = np.asarray(solution.times), np.asarray(solution.loss)
    positive = times > 0
    falls = np.full(times.size, np.inf)
    if positive.sum() >= 2:
        falls[positive] = -np.gradient(loss[positive], np.log(times[positive]))
    between = [
        _flattest(loss, falls, (times > early) & (times < after))
        for early, after in itertools.pairwise(late)
    ]
    if late.size == 0:
        return loss[:1].copy()
    ends = [float(loss[end]) if np.isfinite(late[end]) else float("nan") for end in (0, -1)]
    return np.array([ends[0], *between, ends[1]])


def _flattest(
    loss: Float[np.ndarray, " T"], falls: Float[np.ndarray, " T"], here: Bool[np.ndarray, " T"]
) -> float:
    if not here.any():
        return float("nan")
    return float(loss[here][np.argmin(falls[here])])
