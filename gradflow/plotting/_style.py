"""The look that all figures share: style sheet, colours, widths."""

import contextlib
import pathlib
from collections.abc import Iterator

import matplotlib
import matplotlib.patheffects
import matplotlib.style
import numpy as np
from jaxtyping import Float
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

STYLE_SHEET = pathlib.Path(__file__).with_name("gradflow.mplstyle")

# Widths of a column and of the text of a paper, in inches.
COLUMN_WIDTH = 3.4
TEXT_WIDTH = 7.0
SMALL_SIZE = 7  # points, the smallest text
POINTS_PER_INCH = 72
LINE_HEIGHT = 1.3 * SMALL_SIZE / POINTS_PER_INCH  # of a line of small text, in inches

# Okabe and Ito's blue and vermilion, for what stands out; greys for what stands back.
ACCENT, CONTRAST = "#0072B2", "#D55E00"
PALE_ACCENT, PALE_CONTRAST = "#8CBFDD", "#EFB58E"  # their partners in a group of bars
INK, LEADER, FAINT, HAIR = "#202020", "#606060", "#B8B8B8", "#D9D9D9"
JOINT = "#E9E9E9"  # bands of steps that run into each other
STEP_MARK = "#A0A0A0"  # how a legend shows the hair lines of step times, which alone would be lost

# Around text on top of lines or dots.
HALO = matplotlib.patheffects.withStroke(linewidth=1.5, foreground="white")


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The packaged style, whatever the reader's own settings are; they come back at the end."""
    with matplotlib.style.context(STYLE_SHEET, after_reset=True):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches, which can measure its own text. Needs no display."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def add_note(figure: Figure, note: str) -> float:
    """Write a remark at the lower left of a figure and return the share of its height it takes."""
    text = figure.text(0.012, 0.3 * LINE_HEIGHT / figure.get_figheight(), note, gid="note")
    text.set(fontsize=SMALL_SIZE, color=LEADER, va="bottom", in_layout=False)
    return float(LINE_HEIGHT * (note.count("\n") + 1.6) / figure.get_figheight())


def keep_clear(figure: Figure, bottom: float) -> None:
    """Let the layout leave a share of the figure's height free below all axes."""
    engine = figure.get_layout_engine()
    if isinstance(engine, ConstrainedLayoutEngine):
        engine.set(rect=(0, bottom, 1, 1 - bottom))


def freeze_layout(figure: Figure) -> None:
    """Settle where the axes lie, so that what is placed by display coordinates stays in place.

    The layout is then not made anew for each file that the figure is written to.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    for axes in figure.axes:
        axes.apply_aspect()
    figure.set_layout_engine("none")


def sequential_colors(count: int) -> Float[np.ndarray, "count 4"]:
    """Colours of an ordered set, dark to light: viridis without the ends.

    The first tenths would hide a black line drawn on top, the last fade on white paper.
    """
    return matplotlib.colormaps["viridis"](np.linspace(0.2, 0.9, count))
