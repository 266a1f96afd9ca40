"""The loss as a staircase, and names of its first steps, joint ones with one name."""

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from gradflow.plotting._panel import TrainingPanel
from gradflow.plotting._style import CONTRAST, HALO, INK, POINTS_PER_INCH, SMALL_SIZE

# Of modes whose steps run into each other, so many are named.
_MOST_NAMES = 3
# Where a name begins right of its jump, in points.
_OFFSET = 13.0
# From the left end of the name to the curve.
_LEADER = {
    "arrowstyle": "-",
    "lw": 0.4,
    "color": INK,
    "relpos": (0, 0.4),
    "shrinkA": 1,
    "shrinkB": 0,
}


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
        np.concatenate([[first], times, [max([last, *times])]]),
        np.concatenate([levels, levels[-1:]]),
        drawstyle="steps-post",
        color=CONTRAST,
        linewidth=0.8,
        gid="staircase",
    )


def label_jumps(axes: Axes, panel: TrainingPanel, jumps: int) -> None:
    """Number and name the first jumps, right of the curve, where a falling curve leaves room.

    Names go above one another, each at the height of its jump or as much higher as those below
    need. As many of the first jumps are named as fit below the top of the axes. Steps that run into
    each other have one name, at the middle of them.

    Args:
        axes: Where the loss is drawn; its limits and place are settled.
        panel: What is drawn.
        jumps: How many modes at most.
    """
    if panel.step_times is None or (panel.staircase is None and panel.labels is None):
        return
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = POINTS_PER_INCH / figure.dpi
    frame = axes.get_window_extent()
    steps = panel.steps(jumps)
    times = np.array([np.exp(np.log(panel.step_times[modes]).mean()) for modes in steps])
    points = np.column_stack([times, np.interp(times, panel.times, panel.loss)])
    natural = (axes.transData.transform(points)[:, 1] - frame.y0) * scale
    heights = _stacked(natural, frame.height * scale)
    for modes, point, bottom, height in zip(steps, points, natural, heights, strict=False):
        for name in _names(panel, modes):
            if _label_jump(axes, name, point, float(height - bottom)):
                break


def _names(panel: TrainingPanel, modes: list[int]) -> list[str]:
    """Numbers of the modes and names of the first of them; the longest text first."""
    numbers = f"{modes[0] + 1}" if len(modes) == 1 else f"{modes[0] + 1}–{modes[-1] + 1}"
    words = (
        [panel.labels[mode] for mode in modes if mode < len(panel.labels)] if panel.labels else []
    )
    texts = []
    for count in range(min(len(words), _MOST_NAMES), 0, -1):
        more = ", …" if count < len(modes) else ""
        texts.append(f"{numbers}  {', '.join(words[:count])}{more}")
    return [*texts, *(f"{numbers}  {word}" for word in words[:1]), numbers]


def _stacked(
    natural: Float[np.ndarray, " n"], room: float, line: float = 1.2 * SMALL_SIZE
) -> Float[np.ndarray, " fit"]:
    """Heights of the first labels of a falling sequence, a line apart; as many as there is room."""
    for count in range(len(natural), 0, -1):
        heights = natural[:count].copy()
        for above in range(count - 2, -1, -1):
            heights[above] = max(heights[above], heights[above + 1] + line)
        if heights[0] + line <= room:
            return heights
    return natural[:0]


def _label_jump(axes: Axes, name: str, point: Float[np.ndarray, "2"], raised: float) -> bool:
    """One name with a line to the curve; whether it fits into the axes, else it is left out."""
    label = axes.annotate(
        name,
        xy=(point[0], point[1]),
        xytext=(_OFFSET, raised),
        textcoords="offset points",
        va="bottom",
        fontsize=SMALL_SIZE,
        color=INK,
        parse_math=False,
        arrowprops=_LEADER,
        gid="jump",
    )
    label.set_path_effects([HALO])
    fits = bool(label.get_window_extent().x1 <= axes.get_window_extent().x1)
    if not fits:
        label.remove()
    return fits
