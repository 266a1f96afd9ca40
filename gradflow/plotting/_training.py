"""The main figure: the loss falls in steps while the singular values rise one after the other."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow._checks import positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow.plotting._panel import TrainingPanel
from gradflow.plotting._staircase import draw_staircase, label_jumps
from gradflow.plotting._style import (
    COLUMN_WIDTH,
    CONTRAST,
    HAIR,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    freeze_layout,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades, label_in_units

_EARLY = 3.0  # how far before the first step the axis begins, as a factor


def plot_training(
    panels: TrainingPanel | Sequence[TrainingPanel],
    *,
    modes: int = 12,
    jumps: int = 8,
    width: float | None = None,
) -> Figure:
    """Draw loss (top) and s_k² (bottom) against time on a logarithmic axis, one run a column.

    Args:
        panels: One run, or several to set side by side.
        modes: How many of the first modes to draw.
        jumps: How many of the first jumps of the loss to label, as far as there is room.
        width: Width in inches: 3.4 for one run and 7 for more unless given.

    Returns:
        The figure.

    Raises:
        ArgumentError: No panels, or a number that is not positive.

    Source: figure 1 of karkada2025.
    """
    panels = [panels] if isinstance(panels, TrainingPanel) else list(panels)
    if not panels or not all(isinstance(panel, TrainingPanel) for panel in panels):
        raise ArgumentError("panels", "TrainingPanel objects, at least one", panels)
    modes, jumps = positive_int("modes", modes), positive_int("jumps", jumps)
    if width is None:
        width = COLUMN_WIDTH if len(panels) == 1 else TEXT_WIDTH
    with style():
        figure = new_figure(positive_float("width", width), 3.7)
        grid = figure.subplots(2, len(panels), sharex="col", squeeze=False)
        for column, panel in enumerate(panels):
            _draw_column(grid[0, column], grid[1, column], panel, modes)
        figure.align_ylabels(grid)
        freeze_layout(figure)
        for column, panel in enumerate(panels):
            label_jumps(grid[0, column], panel, min(jumps, modes))
            _number_plateaus(grid[1, column], panel, modes)
    return figure


def _draw_column(top: Axes, bottom: Axes, panel: TrainingPanel, modes: int) -> None:
    _set_time_axis(bottom, panel)
    _draw_loss(top, panel)
    _draw_modes(bottom, panel, modes)
    if panel.step_times is not None:
        for axes in (top, bottom):
            for time in panel.step_times[:modes]:
                axes.axvline(time, color=HAIR, linewidth=0.5, zorder=0, gid="step")
    top.set_title(panel.title)
    top.tick_params(labelbottom=False)
    bottom.set_xlabel("time $t$")
    _add_legends(top, bottom, panel)


def _set_time_axis(axes: Axes, panel: TrainingPanel) -> None:
    """From a little before the first step to the end."""
    times = panel.times[panel.shown]
    first, last = float(times[0]), float(times[-1])
    if panel.step_times is not None and np.isfinite(panel.step_times).any():
        first = max(first, float(np.nanmin(panel.step_times)) / _EARLY)
    if not first < last:
        first = last / 10
    axes.set_xscale("log")
    axes.set_xlim(first, last)
    label_decades(axes.xaxis, first, last)


def _draw_loss(axes: Axes, panel: TrainingPanel) -> None:
    axes.plot(panel.times[panel.shown], panel.loss[panel.shown], color=INK, gid="loss")
    draw_staircase(axes, panel)
    low, high = np.nanmin(panel.loss), np.nanmax(panel.loss)
    axes.set_ylim(low - 0.05 * (high - low), high + 0.1 * (high - low))
    label_in_units(axes, "loss", float(np.nanmax(np.abs(panel.loss))))


def _draw_modes(axes: Axes, panel: TrainingPanel, modes: int) -> None:
    squared = panel.singular_values[panel.shown, :modes] ** 2
    times = panel.times[panel.shown]
    for curve, color in zip(squared.T, sequential_colors(squared.shape[1]), strict=True):
        axes.plot(times, curve, color=color, gid="mode")
    if panel.theory is not None:
        for curve in panel.theory[panel.shown, :modes].T ** 2:
            axes.plot(times, curve, color=INK, linestyle=(0, (1, 1.6)), linewidth=0.8, gid="theory")
    top = float(np.nanmax(squared))
    axes.set_ylim(0, 1.08 * top)
    label_in_units(axes, "squared singular value $s_k^2$", top)


def _add_legends(top: Axes, bottom: Axes, panel: TrainingPanel) -> None:
    """What solid, coloured and dotted mean; in the corners that a rising and a falling curve leave."""
    solid = {"color": INK, "linewidth": 1.2}
    hair = Line2D([], [], color="#A0A0A0", linewidth=0.6)
    if panel.staircase is not None:
        stairs = Line2D([], [], color=CONTRAST, linewidth=0.8)
        top.legend([Line2D([], [], **solid), stairs], ["flow", "theory"], loc="lower left")
    handles, names = [Line2D([], [], **solid)], ["flow"]
    if panel.theory is not None:
        handles.append(Line2D([], [], color=INK, linestyle=(0, (1, 1.6)), linewidth=0.8))
        names.append("theory")
    if panel.step_times is not None:
        handles.append(hair)
        names.append("predicted step")
    if len(names) > 1:
        bottom.legend(handles, names, loc="upper left")


def _number_plateaus(axes: Axes, panel: TrainingPanel, modes: int) -> None:
    """A tick where each mode ends, at the right edge, with the mode's number where it fits."""
    if panel.plateaus is None:
        return
    ends = panel.plateaus[:modes]
    edge = axes.get_yaxis_transform()
    pixels = axes.transData.transform(np.column_stack([np.ones_like(ends), ends]))[:, 1]
    figure = axes.get_figure(root=True)
    assert figure is not None
    line = 1.05 * SMALL_SIZE * figure.dpi / 72
    taken: list[float] = []
    frame = axes.get_window_extent()
    for mode, (end, at, color) in enumerate(
        zip(ends, pixels, sequential_colors(len(ends)), strict=True), start=1
    ):
        if not frame.y0 <= at <= frame.y1:
            continue
        axes.plot(
            [1.0, 1.015], [end, end], transform=edge, color=color, clip_on=False, gid="plateau"
        )
        if all(abs(at - other) >= line for other in taken):
            taken.append(float(at))
            axes.text(
                1.025, end, str(mode), transform=edge, va="center_baseline",
                fontsize=SMALL_SIZE, color=color, gid="plateau-number",
            )  # fmt: skip
