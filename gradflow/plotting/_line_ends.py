"""Numbers 1, 2, … where lines end, at the right edge of their axes, none on top of another."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy.optimize import isotonic_regression

from gradflow._errors import ArgumentError
from gradflow.plotting._style import INK, SMALL_SIZE, freeze_layout, sequential_colors

# In axes: where a tick begins and ends, where it meets its number, where the number begins.
_EDGE, _STUB, _BEND, _NUMBER = 1.0, 1.01, 1.03, 1.037
_LINE = 0.9  # distance of two numbers, in heights of one


def number_line_ends(figure: Figure, ends: Sequence[tuple[Axes, Float[np.ndarray, " m"]]]) -> None:
    """Number lines at the right edge of their axes, in the colours of `sequential_colors`.

    Call it last: it settles where the axes lie, so that numbers that would touch can move apart.

    Args:
        figure: What the axes belong to.
        ends: Axes, and the heights (m,) in data at which lines 1 to m end; those that are not
            inside the axes get no number.

    Raises:
        ArgumentError: Axes of another figure.
    """
    for axes, _ in ends:
        if axes.figure is not figure:
            raise ArgumentError("ends", "axes of the figure", "others")
    # They must be there when the layout is made, which leaves room for them.
    written = [write_line_ends(axes, heights) for axes, heights in ends]
    freeze_layout(figure)
    for numbers in written:
        spread_line_ends(numbers)


def write_line_ends(axes: Axes, heights: Float[np.ndarray, " m"]) -> list[Text]:
    """Numbers at the very heights; they may touch until `spread_line_ends` has moved them."""
    edge, (low, high) = axes.get_yaxis_transform(), sorted(axes.get_ylim())
    colors, numbers = sequential_colors(len(heights)), []
    for number, (height, color) in enumerate(zip(heights, colors, strict=True), start=1):
        if low <= height <= high:
            xs, ys = (_EDGE, _STUB, _BEND), (height, height, height)
            (tick,) = axes.plot(xs, ys, transform=edge, color=color, linewidth=0.8, clip_on=False)
            tick.set_gid("line-end")
            text = axes.text(_NUMBER, height, str(number), transform=edge, color=INK)
            text.set(fontsize=SMALL_SIZE, va="center_baseline", gid="line-number")
            numbers.append(text)
    return numbers


def spread_line_ends(numbers: Sequence[Text]) -> None:
    """Move numbers of one axes up or down, as little as possible, until none touches another."""
    if not numbers:
        return
    axes = numbers[0].axes
    assert axes is not None, "they were written into axes"
    ticks = [line for line in axes.lines if line.get_gid() == "line-end"]
    heights = np.array([text.get_position()[1] for text in numbers])
    # Equal heights keep the order of their numbers, from the top.
    order = np.lexsort((-np.arange(len(heights)), heights))
    across = np.zeros_like(heights)
    pixels = axes.transData.transform(np.column_stack([across, heights[order]]))[:, 1]
    gap = _LINE * max(text.get_window_extent().height for text in numbers)
    moved = _apart(pixels, gap)
    placed = axes.transData.inverted().transform(np.column_stack([across, moved]))[:, 1]
    for index, height in zip(order, placed, strict=True):
        numbers[index].set_y(height)
        ticks[index].set_ydata((heights[index], heights[index], height))


def _apart(values: Float[np.ndarray, " n"], gap: float) -> Float[np.ndarray, " n"]:
    """Nearest in least squares to rising values, neighbours at least a gap apart.

    Less i gaps, it is a regression onto sequences that do not fall.
    """
    ladder = gap * np.arange(len(values))
    return np.asarray(isotonic_regression(values - ladder).x + ladder)
