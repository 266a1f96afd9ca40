"""Whether boxes and straight lines lie on one another. A box is left, bottom, right, top."""

import numpy as np
from jaxtyping import Bool, Float


def boxes_overlap(
    a: Float[np.ndarray, "*#n 4"], b: Float[np.ndarray, "*#n 4"]
) -> Bool[np.ndarray, "*n"]:
    """Whether boxes share some area."""
    return np.asarray(np.all((a[..., :2] < b[..., 2:]) & (b[..., :2] < a[..., 2:]), axis=-1))


def segments_meet(
    start: Float[np.ndarray, "*#n 2"],
    end: Float[np.ndarray, "*#n 2"],
    box: Float[np.ndarray, "*#n 4"],
) -> Bool[np.ndarray, "*n"]:
    """Whether lines from start to end enter boxes (Liang and Barsky's clipping)."""
    step = end - start
    # A line along an axis divides by a number that stands for zero, with the same outcome.
    step = np.where(np.abs(step) < 1e-12, 1e-12, step)
    to_low, to_high = (box[..., :2] - start) / step, (box[..., 2:] - start) / step
    enter = np.minimum(to_low, to_high).max(axis=-1)
    leave = np.maximum(to_low, to_high).min(axis=-1)
    return np.asarray(np.maximum(enter, 0.0) < np.minimum(leave, 1.0))


def segments_cross(
    a: Float[np.ndarray, "*#n 2"],
    b: Float[np.ndarray, "*#n 2"],
    c: Float[np.ndarray, "*#n 2"],
    d: Float[np.ndarray, "*#n 2"],
) -> Bool[np.ndarray, "*n"]:
    """Whether lines from a to b cross lines from c to d."""
    apart = _left_of(a, b, c) != _left_of(a, b, d)
    return np.asarray(apart & (_left_of(c, d, a) != _left_of(c, d, b)))


def _left_of(
    a: Float[np.ndarray, "*#n 2"], b: Float[np.ndarray, "*#n 2"], c: Float[np.ndarray, "*#n 2"]
) -> Bool[np.ndarray, "*n"]:
    """Whether c lies left of the line from a to b."""
    along, to = b - a, c - a
    return np.asarray(along[..., 0] * to[..., 1] > along[..., 1] * to[..., 0])
