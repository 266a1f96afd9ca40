"""Step times by mode, measured and predicted, and how far off each rule is."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow._errors import ArgumentError
from gradflow.plotting._arrays import shaped
from gradflow.plotting._style import (
    HALO,
    INK,
    LINE_HEIGHT,
    SMALL_SIZE,
    TEXT_WIDTH,
    add_note,
    freeze_layout,
    keep_clear,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades, scale_text

_UPPER, _LOWER = 2.5, 1.9  # heights of the rows, in inches
_TITLES = {
    "paper": r"rule “paper”: $s_0 = \sigma$",
    "row": r"rule “row”: $s_0 = \Vert$row $k$ of $U^\top W_0\Vert$",
    "qr": r"rule “qr”: $s_0 = |R_{kk}|$",
    "clusters": "rule “clusters”: with its neighbours",
}
# Errors below so many per cent are rounding, and would squeeze all others together.
_LEAST_ERROR = 1e-7
# Of more scales the curves would hide one another, and nobody tells their colours apart.
_MOST_SCALES = 4


@dataclasses.dataclass(frozen=True, eq=False)
class StepErrors:
    """Errors |predicted/measured − 1| over seeds, as fractions, nan where unknown.

    Attributes:
        median: (scale, mode).
        low: Lower edge of the band, (scale, mode): the smallest, or a quantile.
        high: Upper edge of the band, (scale, mode).

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import StepErrors
        >>> median = np.array([[0.01, 0.02]])
        >>> StepErrors(median, 0.5 * median, 2.0 * median).high
        array([[0.02, 0.04]])
    """

    median: Float[np.ndarray, "scale mode"]
    low: Float[np.ndarray, "scale mode"]
    high: Float[np.ndarray, "scale mode"]


def plot_step_times(
    measured: Float[np.ndarray, "scale seed mode"],
    predicted: Mapping[str, Float[np.ndarray, "scale seed mode"]],
    scales: Float[np.ndarray, " scale"],
    *,
    errors: Mapping[str, StepErrors] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Figure:
    """Draw step times by mode, and below them the error of each rule by mode, one rule a column.

    Dots are measured, one a seed; lines are the predictions of the last rule. At most four scales
    are drawn, the largest and the smallest among them.

    Args:
        measured: Step times (scale, seed, mode), in the unit of one over an eigenvalue; nan where a
            mode never rose.
        predicted: Rule → predicted step times (scale, seed, mode), nan where there is none.
        scales: Initialisation scales σ (scale,).
        errors: Rule → statistics of its error; the lower row is left out where None.
        titles: Rule → title of its column; those of gradflow's own rules are known.

    Returns:
        A figure 7 in wide.

    Raises:
        ArgumentError: Shapes that do not match, no rule, or errors of other rules.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import plot_step_times
        >>> times = np.array([[[5.0, 9.0]]])  # one scale, one seed, two modes
        >>> figure = plot_step_times(times, {"qr": 1.01 * times}, np.array([1e-3]))
        >>> figure.axes[0].get_ylabel()
        'step time $t$'
    """
    sizes: dict[str, int] = {}
    measured = shaped("measured", measured, "scale seed mode", sizes)
    scales = shaped("scales", scales, "scale", sizes)
    if not predicted:
        raise ArgumentError("predicted", "at least one rule", "none")
    times = {
        rule: shaped(f"predicted[{rule!r}]", value, "scale seed mode", sizes)
        for rule, value in predicted.items()
    }
    bands = {} if errors is None else _checked_errors(errors, times, sizes)
    drawn = _drawn_scales(scales)
    note = _note(
        len(drawn), len(scales), sizes["seed"], [band.median[drawn] for band in bands.values()]
    )
    with style():
        height = _UPPER + (_LOWER if bands else 0.0) + LINE_HEIGHT * bool(note)
        figure = new_figure(TEXT_WIDTH, height)
        rows: list[Any] = [["times"] * len(times), [f"errors {rule}" for rule in times]]
        ratios = [_UPPER, _LOWER] if bands else [1.0]
        panels = figure.subplot_mosaic(rows[: len(ratios)], height_ratios=ratios)
        rule, last = list(times.items())[-1]
        _draw_times(panels["times"], measured[drawn], last[drawn], scales[drawn], rule)
        if bands:
            lower = [panels[f"errors {rule}"] for rule in times]
            named = {**_TITLES, **(titles or {})}
            for axes, rule in zip(lower, times, strict=True):
                axes.set_title(named.get(rule, rule))
            _draw_errors(lower, list(bands.values()), drawn)
        if note:
            keep_clear(figure, add_note(figure, note))
        freeze_layout(figure)
    return figure


def _drawn_scales(scales: Float[np.ndarray, " scale"]) -> Int[np.ndarray, " drawn"]:
    """Which scales are drawn, from the largest to the smallest, evenly spaced among all."""
    order = np.argsort(-scales, kind="stable")
    chosen = np.linspace(0, len(scales) - 1, min(len(scales), _MOST_SCALES))
    return order[np.unique(chosen.round().astype(int))]


def _note(
    drawn: int, scales: int, seeds: int, medians: Sequence[Float[np.ndarray, "drawn mode"]]
) -> str:
    """What a reader of the figure alone cannot know."""
    told = [f"{drawn} of {scales} scales are drawn."] if drawn < scales else []
    if medians and seeds > 1:
        told.append(f"Below: medians over {seeds} seeds, in bands from the best seed to the worst.")
    if any((100 * median < _LEAST_ERROR).any() for median in medians):
        told.append("Errors below 10⁻⁷ % are not shown.")
    return " ".join(told)


def _checked_errors(
    errors: Mapping[str, StepErrors],
    times: Mapping[str, Float[np.ndarray, "scale seed mode"]],
    sizes: dict[str, int],
) -> dict[str, StepErrors]:
    """Statistics of every rule, in the order of the rules."""
    if set(errors) != set(times):
        raise ArgumentError("errors", f"the rules {sorted(times)}", sorted(errors))
    names = ("median", "low", "high")
    return {
        rule: StepErrors(
            *(
                shaped(f"errors[{rule!r}].{name}", getattr(errors[rule], name), "scale mode", sizes)
                for name in names
            )
        )
        for rule in times
    }


def _draw_times(
    axes: Axes,
    measured: Float[np.ndarray, "scale seed mode"],
    predicted: Float[np.ndarray, "scale seed mode"],
    scales: Float[np.ndarray, " scale"],
    rule: str,
) -> None:
    """Dots and lines of each scale, which is named where its line ends."""
    modes = np.arange(1, measured.shape[2] + 1)
    for dots, times, scale, color in zip(
        measured, predicted, scales.tolist(), sequential_colors(len(scales)), strict=True
    ):
        middle = _median(times)
        axes.plot(modes, middle, color=color, linewidth=0.6, zorder=1, gid="predicted")
        for values in dots:
            axes.plot(modes, values, ".", color=color, ms=4.5, mew=0, zorder=2, gid="measured")
        _name_line(axes, modes, middle, scale_text(scale), color)
    low, high = _positive_range([measured, predicted], 1.15)
    axes.set(yscale="log", ylim=(low, high), xlim=_mode_limits(len(modes)))
    label_decades(axes.yaxis, low, high)
    axes.set(ylabel="step time $t$", xlabel="mode $k$")
    seeds = "measured" if measured.shape[1] == 1 else "measured, each seed"
    handles = [
        Line2D([], [], color=INK, marker=".", ms=4.5, mew=0, lw=0, label=seeds),
        Line2D([], [], color=INK, linewidth=0.6, label=f"predicted by rule “{rule}”"),
    ]
    axes.legend(handles=handles, loc="upper left", ncols=2)


def _name_line(
    axes: Axes,
    modes: Int[np.ndarray, " mode"],
    heights: Float[np.ndarray, " mode"],
    name: str,
    color: Float[np.ndarray, "4"],
) -> None:
    """The scale of a line, right of its last point."""
    finite = np.flatnonzero(np.isfinite(heights))
    if finite.size == 0:
        return
    end = finite[-1]
    text = axes.annotate(
        name,
        (float(modes[end]), float(heights[end])),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=SMALL_SIZE,
        color=0.8 * color[:3],  # a little darker than the line: thin strokes look paler
        annotation_clip=False,
        gid="scale",
    )
    text.set_path_effects([HALO])


def _draw_errors(
    row: Sequence[Axes], bands: Sequence[StepErrors], drawn: Int[np.ndarray, " drawn"]
) -> None:
    """Median and band of each scale, in per cent, logarithmic: 0.004 % shows as well as 10 %."""
    shown = [StepErrors(band.median[drawn], band.low[drawn], band.high[drawn]) for band in bands]
    low, high = _positive_range([100 * band.median for band in shown], 2.0)
    low = max(low, min(_LEAST_ERROR, high / 10))
    colors = sequential_colors(len(drawn))
    for axes, band in zip(row, shown, strict=True):
        modes = np.arange(1, band.median.shape[1] + 1)
        for middle, least, most, color in zip(
            band.median, band.low, band.high, colors, strict=True
        ):
            axes.plot(modes, 100 * middle, color=color, linewidth=0.9, gid="median")
            area = axes.fill_between(modes, 100 * least, 100 * most, color=color, alpha=0.2)
            area.set(linewidth=0, gid="band")
        axes.set(xlabel="mode $k$", yscale="log", ylim=(low, high), xlim=_mode_limits(len(modes)))
        label_decades(axes.yaxis, low, high)
        axes.tick_params(labelleft=axes is row[0])
    row[0].set_ylabel("error of $t$ (%)")


def _mode_limits(modes: int) -> tuple[float, float]:
    """A little room around the first and the last mode."""
    return 0.5, modes + 0.5


def _median(times: Float[np.ndarray, "seed mode"]) -> Float[np.ndarray, " mode"]:
    """Over the seeds that have the step, nan where none has."""
    has_step = np.isfinite(times).any(axis=0)
    return np.where(has_step, np.nanmedian(np.where(has_step, times, 0.0), axis=0), np.nan)


def _positive_range(
    arrays: Iterable[Float[np.ndarray, "..."]], margin: float
) -> tuple[float, float]:
    """Limits of a logarithmic axis on which all positive numbers show."""
    positive = np.concatenate([array[np.isfinite(array) & (array > 0)] for array in arrays])
    if positive.size == 0:
        return 1 / margin, margin
    return float(positive.min()) / margin, float(positive.max()) * margin
