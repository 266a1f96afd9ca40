"""Where labels go so that none covers another: a local search over offsets around each point.

All lengths are in points of 1/72 in.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from gradflow.plotting._geometry import boxes_overlap, segments_cross, segments_meet

# Distances of a label from its point, and how many directions are tried.
_DISTANCES = (3.0, 7.0, 11.0, 15.0, 20.0, 26.0, 33.0, 41.0, 50.0, 60.0, 72.0)
_DIRECTIONS = 24
# A label further off than this gets a line to its point.
_LEADER_FROM = 5.0
_GAP = 0.8  # kept free around a label
_ALOOF = 2.0  # kept free between a label and the dots of others, beyond that gap
# Moves of the search for each label, what a label left out costs, which distance costs nothing.
_MOVES, _LEFT_OUT, _NEAR = 16, 300.0, 8.0
# What driving a label from its place costs at first, and by how much more each time it happens.
_EVICTION = 25.0


@dataclasses.dataclass(frozen=True)
class Places:
    """Places for the label of one point, nearest first; or, indexed, one of them.

    Attributes:
        point: What is named, (2,).
        boxes: Left, bottom, right and top of the label with a gap around it, (place, 4).
        ends: Where a line from the point to the label ends, (place, 2).
        distances: Length of that line, (place,).
    """

    point: Float[np.ndarray, "2"]
    boxes: Float[np.ndarray, "*place 4"]
    ends: Float[np.ndarray, "*place 2"]
    distances: Float[np.ndarray, "*place"]

    def __getitem__(self, index: int | Int[np.ndarray, " chosen"]) -> "Places":
        chosen = (array[index, ...] for array in (self.boxes, self.ends, self.distances))
        return Places(self.point, *chosen)

    @property
    def leaders(self) -> Bool[np.ndarray, "*place"]:
        """Whether a line joins the label to its point."""
        return np.asarray(self.distances > _LEADER_FROM)

    def disturb(self, other: "Places") -> Bool[np.ndarray, "*place"]:
        """Whether label or line of each place lies on label or line of one other place."""
        return self.disturb_all([other])[0, ...]

    def disturb_all(self, others: Sequence["Places | None"]) -> Bool[np.ndarray, "others ..."]:
        """Whether label or line of each place lies on label or line of each of other places."""

        def stacked(name: str) -> np.ndarray:
            values = np.stack([getattr(other, name) for other in others])
            # Axes in the middle for the places of this label.
            shape = (len(others), *[1] * self.distances.ndim, *values.shape[1:])
            return values.reshape(shape)

        points, boxes, ends = (stacked(name) for name in ("point", "boxes", "ends"))
        leaders = stacked("distances") > _LEADER_FROM
        return np.asarray(
            boxes_overlap(self.boxes, boxes)
            | (self.leaders & segments_meet(self.point, self.ends, boxes))
            | (leaders & segments_meet(points, ends, self.boxes))
            | (self.leaders & leaders & segments_cross(self.point, self.ends, points, ends))
        )


def place_labels(
    points: Float[np.ndarray, "n 2"],
    sizes: Float[np.ndarray, "n 2"],
    bounds: Float[np.ndarray, "4"],
    *,
    dot: float = 2.0,
) -> list[Places | None]:
    """Put a label near each point; no label covers a label, a line to one, or a named point.

    The worst placed label moves to its cheapest place, and those in its way lose theirs; each
    time that happens to a label it becomes dearer to do it again. The best state seen counts.

    Args:
        points: What is named, (n, 2).
        sizes: Width and height of each label (n, 2).
        bounds: Left, bottom, right and top of what the labels must stay inside.
        dot: Radius around each named point that labels keep free.

    Returns:
        One place a label, in the order given; None for a label that fits nowhere.
    """
    dots = np.concatenate([points - dot, points + dot], axis=1)
    choices = [
        _undisturbed(_around(point, *size), bounds, dots)
        for point, size in zip(points, sizes, strict=True)
    ]
    state: list[Places | None] = [None] * len(choices)
    best, best_cost = list(state), math.inf
    dearness, moved = np.full(len(choices), _EVICTION), np.ones(len(choices))
    movable = np.array([len(choice.distances) > 0 for choice in choices], dtype=bool)
    for _ in range(_MOVES * len(choices) + 1):
        costs = np.array([_LEFT_OUT if p is None else _far(p.distances) for p in state])
        if costs.sum() < best_cost:
            best, best_cost = list(state), costs.sum()
        urgency = np.where(movable, costs / moved, 0.0)
        if not urgency.any():
            break
        chosen = int(np.argmax(urgency))
        moved[chosen] += 1
        _move(chosen, choices[chosen], state, dearness)
    return best


def _move(
    chosen: int,
    choice: Places,
    state: list[Places | None],
    dearness: Float[np.ndarray, " n"],
) -> None:
    """Give one label its cheapest place, and take theirs from those in its way."""
    placed = [index for index, place in enumerate(state) if place is not None and index != chosen]
    disturbed = np.zeros((0, len(choice.distances)), dtype=bool)
    if placed:
        disturbed = choice.disturb_all([state[index] for index in placed])
    price = _far(choice.distances) + dearness[placed] @ disturbed
    index = int(np.argmin(price))
    state[chosen] = choice[index]
    for other, loses_its_place in zip(placed, disturbed[:, index], strict=True):
        if loses_its_place:
            state[other] = None
            dearness[other] += _EVICTION


def _far(distances: Float[np.ndarray, "*place"]) -> Float[np.ndarray, "*place"]:
    """What a place costs: a long line is worse than several short ones."""
    return np.asarray(np.maximum(distances - _NEAR, 0.0) ** 2 / 20)


def _around(point: Float[np.ndarray, "2"], width: float, height: float) -> Places:
    """Places around a point, nearest first; at one distance right, above, left, below go first."""
    turns = sorted(range(_DIRECTIONS), key=lambda turn: (turn % 6 != 0, turn % 3 != 0, turn))
    angles = 2 * np.pi * np.array(turns) / _DIRECTIONS
    directions = np.tile(np.column_stack([np.cos(angles), np.sin(angles)]), (len(_DISTANCES), 1))
    distances = np.repeat(_DISTANCES, _DIRECTIONS)
    ends = point + distances[:, None] * directions
    # The box hangs on the end of the line: by its left edge right of the point, by its middle
    # above it.
    size = np.array([width, height])
    low = ends - size * (1 - directions) / 2
    return Places(point, np.concatenate([low - _GAP, low + size + _GAP], axis=1), ends, distances)


def _undisturbed(
    places: Places, bounds: Float[np.ndarray, "4"], dots: Float[np.ndarray, "n 4"]
) -> Places:
    """Those inside the bounds that cover no dot and whose line runs through no foreign dot."""
    inside = (places.boxes[:, :2] >= bounds[:2]) & (places.boxes[:, 2:] <= bounds[2:])
    free = inside.all(axis=1)
    for dot in dots:
        apart = np.abs(places.point - (dot[:2] + dot[2:]) / 2).max()
        # A label right beside a foreign dot would seem to name it.
        margin = 0.0 if apart < 1e-6 else _ALOOF
        free &= ~boxes_overlap(places.boxes, dot + margin * np.array([-1, -1, 1, 1]))
        # A line may leave through dots that lie on its own, not run into others.
        if apart > dot[2] - dot[0]:
            free &= ~(places.leaders & segments_meet(places.point, places.ends, dot))
    return places[np.flatnonzero(free)]
