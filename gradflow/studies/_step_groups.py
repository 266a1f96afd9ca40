"""Which steps of one run stand apart, and which run into each other."""

import numpy as np
from jaxtyping import Float, Int

from gradflow.methods._logistic import LOG_81
from gradflow.theory import stepness


def separations(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m-1"]:
    """Return the time between neighbouring steps, in units of the mean of their rise times.

    Args:
        steps: Predicted half-height times of the modes, in their order; nan for one without a step.
        rates: λ (m,): mode k rises from a tenth to nine tenths of its plateau in ln 81/λ_k.

    Returns:
        (m − 1,), zero where one of both has no step.
    """
    has_step = np.isfinite(steps) & (rates > 0)
    rises = LOG_81 / np.where(has_step, rates, 1.0)
    apart = np.abs(stepness(np.where(has_step, steps, 0.0), rises).separations)
    return np.where(has_step[1:] & has_step[:-1], apart, 0.0)


def step_groups(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"]
) -> Int[np.ndarray, " m"]:
    """Return labels 0, 1, ...: neighbours have the same label if their steps run into each other.

    Two steps stand apart if their half-height times are more than one rise time apart.

    Args:
        steps: As for `separations`.
        rates: As for `separations`.
    """
    return np.concatenate([[0], np.cumsum(separations(steps, rates) > 1)])


def next_axis_apart(
    steps: Float[np.ndarray, " m"], rates: Float[np.ndarray, " m"], least: float = 2.0
) -> int:
    """Return the first mode, counted from 1, that is learned so many rise times after mode 1.

    Where there is none, it is the mode that is farthest from mode 1; 1 where there is no other.

    Args:
        steps: As for `separations`.
        rates: As for `separations`.
        least: That distance. At two rise times, mode 1 is at 99 % of its plateau halfway between
            both steps, and the other mode at 1 %.
    """
    distances = [
        float(separations(steps[[0, mode]], rates[[0, mode]])[0]) for mode in range(1, len(steps))
    ]
    enough = [mode for mode, distance in enumerate(distances, start=2) if distance >= least]
    if enough:
        return enough[0]
    return 2 + int(np.argmax(distances)) if distances else 1
