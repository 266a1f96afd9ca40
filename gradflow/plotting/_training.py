"""The main figure: the loss falls while the singular values rise one after the other."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gradflow._checks import positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow.plotting._line_ends import spread_line_ends, write_line_ends
from gradflow.plotting._panel import TrainingPanel
from gradflow.plotting._staircase import draw_staircase, label_jumps
from gradflow.plotting._style import (
    COLUMN_WIDTH,
    CONTRAST,
    HAIR,
    INK,
    JOINT,
    LINE_HEIGHT,
    STEP_MARK,
    TEXT_WIDTH,
    add_note,
    freeze_layout,
    keep_clear,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades, label_in_units

_DOTS = (0, (1, 1.8))
_EARLY = 3.0  # how far before the first step the axis begins, as a factor


def plot_training(
    panels: TrainingPanel | Sequence[TrainingPanel],
    *,
    modes: int = 12,
    jumps: int = 8,
    top: float | None = None,
    width: float | None = None,
    note: str = "",
) -> Figure:
    """Draw loss (top) and s_k² (bottom) against time on a logarithmic axis, one run a column.

    Modes are numbered at the right edge where their plateaus are given. A thin line marks a step
    that stands apart, a shaded band steps that run into each other.

    Args:
        panels: One run, or several to set side by side.
        modes: How many of the first modes to draw.
        jumps: How many of the first modes to name beside the loss, as far as there is room.
        top: Highest s_k² shown, the same in all columns; unless given, each shows all of its own.
        width: Width in inches: 3.4 for one run and 7 for more unless given.
        note: A remark below the figure; may have several lines.

    Returns:
        The figure.

    Raises:
        ArgumentError: No panels, or a number that is not positive.

    Source: figure 1 of karkada2025.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import TrainingPanel, plot_training
        >>> times = np.linspace(1.0, 9.0, 5)
        >>> panel = TrainingPanel(times, 1 / times, np.sqrt(times)[:, None])
        >>> len(plot_training(panel).axes)  # loss above, modes below
        2
    """
    panels = [panels] if isinstance(panels, TrainingPanel) else panels
    fine = isinstance(panels, Sequence) and all(isinstance(p, TrainingPanel) for p in panels)
    if not fine or not panels:
        got = "none" if fine else f"something else in a {type(panels).__name__}"
        raise ArgumentError("panels", "TrainingPanel objects, at least one", got)
    modes, jumps = positive_int("modes", modes), positive_int("jumps", jumps)
    top = None if top is None else positive_float("top", top)
    if width is None:
        width = COLUMN_WIDTH if len(panels) == 1 else TEXT_WIDTH
    with style():
        # Titles and remarks of several lines take nothing from the axes.
        lines = max(panel.title.count("\n") for panel in panels) + (note.count("\n") + 1) * bool(
            note
        )
        figure = new_figure(positive_float("width", width), 4.2 + LINE_HEIGHT * lines)
        grid = figure.subplots(2, len(panels), sharex="col", squeeze=False)
        for column, panel in enumerate(panels):
            _draw_column(grid[0, column], grid[1, column], panel, modes, top)
        numbers = [
            [] if panel.plateaus is None else write_line_ends(axes, _ends(panel, modes))
            for axes, panel in zip(grid[1], panels, strict=True)
        ]
        bottom = add_note(figure, note) if note else 0.0
        keep_clear(figure, _add_legend(figure, panels, modes, bottom))
        figure.align_ylabels(grid)
        freeze_layout(figure)
        for axes, panel, written in zip(grid[0], panels, numbers, strict=True):
            label_jumps(axes, panel, jumps)
            spread_line_ends(written)
    return figure


def _draw_column(
    upper: Axes, lower: Axes, panel: TrainingPanel, modes: int, top: float | None
) -> None:
    _set_time_axis(lower, panel)
    _draw_loss(upper, panel)
    _draw_modes(lower, panel, modes, top)
    for axes in (upper, lower):
        _mark_steps(axes, panel, modes)
    upper.set_title(panel.title)
    upper.tick_params(labelbottom=False)
    lower.set_xlabel(r"time $t$ of $dW/dt = -\nabla L$")


def _mark_steps(axes: Axes, panel: TrainingPanel, modes: int) -> None:
    """A hair line at a step alone, a band from the first to the last of joint ones."""
    for group in panel.steps(modes):
        assert panel.step_times is not None
        times = panel.step_times[group]
        if len(group) == 1:
            axes.axvline(times[0], color=HAIR, linewidth=0.5, zorder=0, gid="step")
        else:
            axes.axvspan(times.min(), times.max(), color=JOINT, lw=0, zorder=0, gid="joint-steps")


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
    fall = (high - low) or 1.0
    axes.set_ylim(low - 0.05 * fall, high + 0.1 * fall)
    label_in_units(axes, "loss", float(np.nanmax(np.abs(panel.loss))))


def _draw_modes(axes: Axes, panel: TrainingPanel, modes: int, top: float | None) -> None:
    squared = panel.singular_values[panel.shown, :modes] ** 2
    times = panel.times[panel.shown]
    for curve, color in zip(squared.T, sequential_colors(squared.shape[1]), strict=True):
        axes.plot(times, curve, color=color, linewidth=1.8, gid="mode")
    if panel.theory is not None:
        for curve in panel.theory[panel.shown, :modes].T ** 2:
            axes.plot(times, curve, color=INK, linestyle=_DOTS, linewidth=0.9, gid="theory")
    highest = float(np.nanmax(squared)) if top is None else top
    if top is None and panel.plateaus is not None:
        highest = max(highest, float(np.nanmax(_ends(panel, modes), initial=0.0)))
    axes.set_ylim(0, (1.08 * highest or 1.0) if top is None else top)
    label_in_units(axes, "squared singular value $s_k^2$", highest)


def _ends(panel: TrainingPanel, modes: int) -> Float[np.ndarray, " modes"]:
    """Where each curve ends: at its plateau, or on the way there."""
    assert panel.plateaus is not None
    plateaus, last = panel.plateaus[:modes], panel.singular_values[-1, :modes] ** 2
    return np.where(np.isfinite(plateaus), plateaus, last[: len(plateaus)])


def _add_legend(
    figure: Figure, panels: Sequence[TrainingPanel], modes: int, bottom: float
) -> float:
    """Say below all columns what each kind of line means.

    Args:
        figure: The figure.
        panels: What is drawn in it.
        modes: How many modes are drawn.
        bottom: Share of its height that is taken already.

    Returns:
        The share that is taken then.
    """
    handles: list[Line2D | Patch] = [Line2D([], [], color=INK, linewidth=1.6, label="flow")]
    if any(panel.theory is not None for panel in panels):
        handles.append(Line2D([], [], color=INK, linestyle=_DOTS, linewidth=0.9, label="theory"))
    if any(panel.staircase is not None for panel in panels):
        handles.append(Line2D([], [], color=CONTRAST, linewidth=0.8, label="predicted plateaus"))
    sizes = {min(len(group), 2) for panel in panels for group in panel.steps(modes)}
    if 1 in sizes:
        handles.append(Line2D([], [], color=STEP_MARK, linewidth=0.6, label="predicted step"))
    if 2 in sizes:
        handles.append(Patch(color=JOINT, label="predicted steps that run into each other"))
    if len(handles) == 1:
        return bottom
    columns = len(handles) if figure.get_figwidth() > COLUMN_WIDTH else 2
    anchor = (0.5, bottom)
    legend = figure.legend(
        handles=handles, ncols=columns, loc="lower center", bbox_to_anchor=anchor
    )
    legend.set_in_layout(False)
    height = legend.get_window_extent().height / (figure.dpi * figure.get_figheight())
    return bottom + float(height) + 0.5 * LINE_HEIGHT / figure.get_figheight()
