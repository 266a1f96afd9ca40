"""Lanes that a method could not follow, and another can."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Int

from gradflow.methods import AbstractMethod, Status

# Arrays by name, each with the lanes in front.
Lanes = dict[str, np.ndarray]
# Follows some lanes, given by their numbers, by a method; returns their results in that order.
Follow = Callable[[AbstractMethod[Any], Int[np.ndarray, " n"]], Lanes]


def repair_lanes(method: AbstractMethod[Any], results: Lanes, follow: Follow) -> Lanes:
    """Run the lanes again that `method` names another method for, and put them in place.

    Lanes of one status are repeated together; what a repair leaves unfinished is repaired in turn,
    until no method is named. Nothing runs where nothing failed.

    Args:
        method: The method that made the results.
        results: What all lanes returned, each array with the lanes in front; `status` among them.
        follow: Called as follow(method, lanes) with numbers (n,) of lanes in `results`. It returns
            the same names and shapes, with these n lanes in front.

    Returns:
        The results with repaired lanes in place of failed ones; `results` itself is not changed.
    """
    merged = results
    for status in np.unique(results["status"]).tolist():
        better = method.repair(Status(status))
        if better is not None:
            lanes = np.flatnonzero(results["status"] == status)
            these = functools.partial(_follow_among, follow, lanes)
            repeated = repair_lanes(better, follow(better, lanes), these)
            merged = {name: _replaced(merged[name], lanes, repeated[name]) for name in merged}
    return merged


def _follow_among(
    follow: Follow,
    lanes: Int[np.ndarray, " n"],
    method: AbstractMethod[Any],
    chosen: Int[np.ndarray, " m"],
) -> Lanes:
    """Follow lanes that are numbered among `lanes`."""
    return follow(method, lanes[chosen])


def _replaced(array: np.ndarray, lanes: Int[np.ndarray, " n"], repeated: np.ndarray) -> np.ndarray:
    """Return a copy with other values in some lanes."""
    copy = array.copy()
    copy[lanes] = repeated
    return copy
