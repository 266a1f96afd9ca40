"""The loss as a staircase: one step a mode, the first ones named."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from gradflow.plotting._panel import TrainingPanel
from gradflow.plotting._style import CONTRAST, INK, SMALL_SIZE

# Where a name begins right of its jump, in points.
_OFFSET = 10.0


def draw_staircase(axes: Axes, panel: TrainingPanel) -> None:
    """Draw the predicted loss: flat between steps, falling at each by what its mode takes off."""
    if panel.staircase is None or panel.step_times is None:
        return
    drops = -np.diff(panel.staircase)
    rising = np.isfinite(panel.step_times)
    order = np.argsort(panel.step_times[rising], kind="stable")
    times = panel.step_times[rising][order]
    levels = panel.staircase[0] - np.concatenate([[0.0], np.cumsum(drops[rising][order])])
    first, last = panel.times[panel.shown][[0, -1]]
    axes.plot(
        np.concatenate([[first], times, [max(last, *times)]]),
        np.concatenate([levels, levels[-1:]]),
        drawstyle="steps-post",
        color=CONTRAST,
        linewidth=0.8,
        gid="staircase",
    )


def label_jumps(axes: Axes, panel: TrainingPanel, jumps: int) -> None:
    """Number and name the first jumps, right of the curve, where a falling curve leaves room.

    Args:
        axes: Where the loss is drawn; its limits and place are settled.
        panel: What is drawn.
        jumps: How many at most. A name that would touch the one before is left out.
    """
    if panel.step_times is None or (panel.staircase is None and panel.labels is None):
        return
    figure = axes.get_figure(root=True)
    assert figure is not None
    line = 1.3 * SMALL_SIZE * figure.dpi / 72
    frame = axes.get_window_extent()
    lowest = np.inf
    for mode, time in enumerate(panel.step_times[:jumps]):
        level = float(np.interp(time, panel.times, panel.loss)) if np.isfinite(time) else np.nan
        at = float(axes.transData.transform((time, level))[1]) if np.isfinite(level) else np.nan
        if not frame.y0 <= at <= min(lowest - line, frame.y1 - line):
            continue
        lowest = at
        _label_jump(axes, panel, mode, (float(time), level))


def _label_jump(axes: Axes, panel: TrainingPanel, mode: int, point: tuple[float, float]) -> None:
    words = panel.labels or ()
    name = f"{mode + 1}  {words[mode]}" if mode < len(words) else f"{mode + 1}"
    axes.annotate(
        name,
        xy=point,
        xytext=(_OFFSET, 0),
        textcoords="offset points",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=INK,
        parse_math=False,
        arrowprops={"arrowstyle": "-", "lw": 0.4, "color": INK, "shrinkA": 0, "shrinkB": 0},
        gid="jump",
    )
