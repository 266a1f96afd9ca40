"""Where labels go so that none covers another: a greedy choice over offsets around each point."""

import dataclasses
import math

import numpy as np
from jaxtyping import Float

# Distances of a label from its point, in points of 1/72 in, and how many directions are tried.
_DISTANCES = (3.0, 8.0, 14.0, 20.0, 27.0, 35.0, 44.0, 54.0, 66.0)
_DIRECTIONS = 16
# A label further off than this gets a line to its point.
LEADER_FROM = 5.0
_GAP = 1.0  # points kept free around a label


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangle; any unit, the same for all."""

    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share some area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def inside(self, other: "Box") -> bool:
        """Whether this one lies wholly in the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )

    def grown(self, by: float) -> "Box":
        """The box with a margin on all sides."""
        return Box(self.left - by, self.bottom - by, self.right + by, self.top + by)

    def meets(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a straight line from start to end enters the box (Liang and Barsky's clip)."""
        first, last = 0.0, 1.0
        for origin, target, low, high in (
            (start[0], end[0], self.left, self.right),
            (start[1], end[1], self.bottom, self.top),
        ):
            step = target - origin
            if step == 0:
                if not low < origin < high:
                    return False
                continue
            enter, leave = sorted(((low - origin) / step, (high - origin) / step))
            first, last = max(first, enter), min(last, leave)
        return first < last


@dataclasses.dataclass(frozen=True)
class Placed:
    """One label: where its box lies, and the point of the box nearest to what it names."""

    box: Box
    nearest: tuple[float, float]
    distance: float


def place_labels(
    points: Float[np.ndarray, "n 2"],
    sizes: Float[np.ndarray, "n 2"],
    bounds: Box,
    *,
    dot: float = 2.0,
) -> list[Placed | None]:
    """Put a label near each point; no label covers a label, a line to one, or a named point.

    Args:
        points: What is named, (n, 2), in points of 1/72 in.
        sizes: Width and height of each label, in the same unit.
        bounds: What the labels must stay inside.
        dot: Radius around each named point that labels keep free.

    Returns:
        One placement a label, in the order given; None for a label that fits nowhere.
    """
    dots = [Box(x - dot, y - dot, x + dot, y + dot) for x, y in points]
    placed: list[Placed | None] = [None] * len(points)
    # Crowded points first, while there is still room around them.
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).T)
    crowding = np.sort(apart, axis=0)[: min(4, len(points))].sum(axis=0)
    for index in np.argsort(crowding, kind="stable"):
        x, y = map(float, points[index])
        for candidate in _candidates((x, y), *map(float, sizes[index])):
            if _free((x, y), candidate, int(index), bounds, dots, placed, points):
                placed[index] = candidate
                break
    return placed


def _candidates(point: tuple[float, float], width: float, height: float) -> list[Placed]:
    """Boxes around a point, nearest first; at one distance right, left, above, below go first."""
    found = []
    for distance in _DISTANCES:
        turns = sorted(range(_DIRECTIONS), key=lambda turn: (turn % 4 != 0, turn % 2 != 0, turn))
        for turn in turns:
            angle = 2 * math.pi * turn / _DIRECTIONS
            across, up = math.cos(angle), math.sin(angle)
            nearest = (point[0] + distance * across, point[1] + distance * up)
            # The box hangs on its nearest point: by its left edge to the right of the point, by
            # its middle above it.
            left = nearest[0] - width * (1 - across) / 2
            bottom = nearest[1] - height * (1 - up) / 2
            box = Box(left, bottom, left + width, bottom + height)
            found.append(Placed(box, nearest, distance))
    return found


def _free(
    point: tuple[float, float],
    candidate: Placed,
    index: int,
    bounds: Box,
    dots: list[Box],
    placed: list[Placed | None],
    points: Float[np.ndarray, "n 2"],
) -> bool:
    box = candidate.box.grown(_GAP)
    if not box.inside(bounds) or any(box.overlaps(dot) for dot in dots):
        return False
    leader = candidate.distance > LEADER_FROM
    if leader and any(
        dot.meets(point, candidate.nearest) for other, dot in enumerate(dots) if other != index
    ):
        return False
    for other, label in enumerate(placed):
        if label is None:
            continue
        if box.overlaps(label.box) or (leader and label.box.meets(point, candidate.nearest)):
            return False
        if label.distance > LEADER_FROM:
            start = (float(points[other][0]), float(points[other][1]))
            if box.meets(start, label.nearest):
                return False
    return True
