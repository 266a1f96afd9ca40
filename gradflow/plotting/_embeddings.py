"""Embeddings at a few times, on one pair of axes: a point, a line, a plane."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Real
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gradflow._errors import ArgumentError
from gradflow.plotting._arrays import shaped
from gradflow.plotting._placement import Places, place_labels
from gradflow.plotting._style import (
    ACCENT,
    FAINT,
    HALO,
    INK,
    LEADER,
    LINE_HEIGHT,
    POINTS_PER_INCH,
    SMALL_SIZE,
    TEXT_WIDTH,
    add_note,
    freeze_layout,
    keep_clear,
    new_figure,
    style,
)
from gradflow.plotting._ticks import short_number

# Words that all lie within so many points of 1/72 in are one point to the eye.
_ONE_POINT = 14.0
_BETWEEN = 2.0  # points between two names in one line
_MARGIN = 1.12  # of the largest coordinate, so that labels of outer words find room


def plot_embeddings(
    coordinates: Real[np.ndarray, "panel V 2"],
    words: Sequence[str],
    times: Real[np.ndarray, " panel"] | Sequence[float],
    *,
    highlight: Sequence[str],
    titles: Sequence[str] | None = None,
    axes_labels: tuple[str, str] = ("principal axis 1", "principal axis 2"),
    note: str = "",
) -> Figure:
    """Draw embeddings at a few times, side by side, with the same limits and the same words named.

    Where all words lie on one spot, the spot gets one caption in place of names. A
    name for which there is no room is left out of that panel; its dot stays.

    Args:
        coordinates: Two chosen coordinates of every word at every time, (panel, V, 2).
        words: The V words.
        times: Time of each panel, in the unit of one over an eigenvalue.
        highlight: The words to name, some 15 to 20 of them.
        titles: Title of each panel; "t = ..." unless given.
        axes_labels: Names of the two coordinates.
        note: A remark below the figure.

    Returns:
        A figure 7 in wide with one panel a time.

    Raises:
        ArgumentError: Shapes that do not match, coordinates that are not finite, or a word to
            name that is not there.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import plot_embeddings
        >>> points = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]])  # one time, three words
        >>> words, times = ["sun", "moon", "bread"], np.array([2.0])
        >>> figure = plot_embeddings(points, words, times, highlight=["sun"], titles=["end"])
        >>> figure.axes[0].get_title()
        'end'
    """
    sizes: dict[str, int] = {"2": 2}
    coordinates = shaped("coordinates", coordinates, "panel V 2", sizes)
    times = shaped("times", times, "panel", sizes)
    if not np.isfinite(coordinates).all():
        raise ArgumentError("coordinates", "finite numbers", "nan or infinity")
    if len(words) != sizes["V"]:
        raise ArgumentError("words", f"{sizes['V']} words", len(words))
    if titles is None:
        titles = [f"$t$ = {short_number(float(f'{time:.2g}'))}" for time in times]
    if len(titles) != sizes["panel"]:
        raise ArgumentError("titles", f"{sizes['panel']} titles", len(titles))
    named = _indices(words, highlight)
    with style():
        height = TEXT_WIDTH / sizes["panel"] + 0.28 + 1.8 * LINE_HEIGHT * bool(note)
        figure = new_figure(TEXT_WIDTH, height)
        panels = figure.subplots(1, sizes["panel"], sharex=True, sharey=True, squeeze=False)[0]
        for axes, points, title in zip(panels, coordinates, titles, strict=True):
            _draw_dots(axes, points, named, title)
        _set_limits(panels[0], coordinates)
        for axes in panels:
            axes.set_xlabel(axes_labels[0])
        panels[0].set_ylabel(axes_labels[1])
        if note:
            keep_clear(figure, add_note(figure, note))
        freeze_layout(figure)
        for axes, points in zip(panels, coordinates, strict=True):
            if not _caption_if_one_point(axes, points):
                _name_words(axes, points[named], [words[index] for index in named])
    return figure


def _indices(words: Sequence[str], highlight: Sequence[str]) -> list[int]:
    """Where the words to name are, each once."""
    place = {word: index for index, word in enumerate(words)}
    for word in highlight:
        if word not in place:
            raise ArgumentError("highlight", "words of the vocabulary", repr(word))
    return list(dict.fromkeys(place[word] for word in highlight))


def _draw_dots(axes: Axes, points: Float[np.ndarray, "V 2"], named: list[int], title: str) -> None:
    # Thousands of dots would make the vector file slow to open.
    axes.scatter(
        points[:, 0], points[:, 1], s=2.5, color=FAINT, linewidths=0, rasterized=True, gid="words"
    )
    chosen = points[named]
    axes.scatter(chosen[:, 0], chosen[:, 1], s=9, color=ACCENT, linewidths=0, zorder=3, gid="named")
    axes.set_title(title)
    axes.set_box_aspect(1)


def _set_limits(axes: Axes, coordinates: Float[np.ndarray, "panel V 2"]) -> None:
    """One square for all panels, centred on the origin of neither: what is drawn fills it."""
    low, high = coordinates.min(axis=(0, 1)), coordinates.max(axis=(0, 1))
    half = _MARGIN * float((high - low).max()) / 2 or 1.0
    x, y = (low + high) / 2
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))


def _name_words(axes: Axes, points: Float[np.ndarray, "n 2"], words: list[str]) -> None:
    """Names by their dots, with a line where the name is further off."""
    scale = _points_per_pixel(axes)
    shown = axes.transData.transform(points).reshape(-1, 2) * scale
    frame = axes.get_window_extent()
    bounds = np.array(frame.extents) * scale
    sizes = np.array([_text_size(axes, word) for word in words]).reshape(-1, 2) * scale
    sizes[:, 0] += _BETWEEN
    places = place_labels(shown, sizes, bounds)
    for word, point, position, place in zip(words, points, shown, places, strict=True):
        if place is not None:
            _draw_name(axes, word, point, position, place)


def _text_size(axes: Axes, word: str) -> tuple[float, float]:
    """Width and height in pixels; all words get the height of a whole line."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    assert isinstance(figure.canvas, FigureCanvasAgg)
    text = axes.text(0, 0, word, fontsize=SMALL_SIZE, parse_math=False)
    extent = text.get_window_extent(figure.canvas.get_renderer())
    text.remove()
    return extent.width, extent.height


def _draw_name(
    axes: Axes,
    word: str,
    point: Float[np.ndarray, "2"],
    shown: Float[np.ndarray, "2"],
    label: Places,
) -> None:
    if label.leaders:
        axes.annotate(
            "",
            xy=(point[0], point[1]),
            xytext=tuple(label.ends - shown),
            textcoords="offset points",
            arrowprops={"arrowstyle": "-", "lw": 0.4, "color": LEADER, "shrinkA": 0, "shrinkB": 0},
            zorder=2,
        )
    name = axes.annotate(
        word,
        xy=(point[0], point[1]),
        xytext=tuple((label.boxes[:2] + label.boxes[2:]) / 2 - shown),
        textcoords="offset points",
        fontsize=SMALL_SIZE,
        color=INK,
        ha="center",
        va="center",
        parse_math=False,
        zorder=4,
        gid="name",
    )
    name.set_path_effects([HALO])


def _caption_if_one_point(axes: Axes, points: Float[np.ndarray, "V 2"]) -> bool:
    """One caption for all words where they are one point to the eye; whether it was drawn."""
    shown = axes.transData.transform(points) * _points_per_pixel(axes)
    if len(points) == 1 or np.ptp(shown, axis=0).max() > _ONE_POINT:
        return False
    x, y = points.mean(axis=0)
    text = f"all {len(points):,} words"
    caption = axes.annotate(text, xy=(x, y), xytext=(0, -9), textcoords="offset points")
    caption.set(ha="center", va="top", fontsize=SMALL_SIZE, gid="caption")
    return True


def _points_per_pixel(axes: Axes) -> float:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return POINTS_PER_INCH / figure.dpi
