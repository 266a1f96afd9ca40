"""Steps of a loss curve: where they begin and end, when they come, how high they are."""

import numpy as np
import scipy.interpolate
from jaxtyping import Float

import gradflow as gf


def stretches(
    steps: Float[np.ndarray, " m"], rises: Float[np.ndarray, " m"], start: float
) -> tuple[Float[np.ndarray, " n+1"], list[tuple[int, int]]]:
    """Modes that take the loss down one step together, and the times between such steps.

    Neighbours belong to one step of the loss unless more than a rise time lies between them.

    Args:
        steps: Predicted step times, one a mode, rising in the main.
        rises: Predicted rise times.
        start: A time before the first.

    Returns:
        Edges (n + 1,), the first of them the start; and of each stretch between two edges its
        first and last mode, from 1. What comes after the last edge has no end, and is left out.
    """
    apart = gf.stepness(steps, rises).separations > 1
    edges, modes, first = [start], [], 1
    for mode in np.flatnonzero(apart):
        ends, begins = steps[mode] + rises[mode] / 2, steps[mode + 1] - rises[mode + 1] / 2
        edges.append(float(ends + begins) / 2)
        modes.append((first, int(mode) + 1))
        first = int(mode) + 2
    return np.array(edges), modes


def jumps(
    times: Float[np.ndarray, " T"], loss: Float[np.ndarray, " T"], edges: Float[np.ndarray, " n+1"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """When the loss is half way down from one edge to the next, and how far that is.

    Args:
        times: Rising, above zero.
        loss: At these times.
        edges: Rising, within the times.
    """
    curve = scipy.interpolate.PchipInterpolator(np.log(times), loss)
    ends = curve(np.log(edges))
    middle = (ends[1:] + ends[:-1]) / 2
    found = np.full(len(middle), np.nan)
    for at, (low, high) in enumerate(zip(np.log(edges[:-1]), np.log(edges[1:]), strict=True)):
        roots = curve.solve(middle[at], extrapolate=False)
        inside = roots[(roots > low) & (roots < high)]
        if inside.size:
            found[at] = np.exp(inside[0])
    return found, ends[:-1] - ends[1:]
