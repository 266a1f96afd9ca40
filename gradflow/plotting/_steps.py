"""Step times: predicted against measured, and how far off by mode."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradflow._errors import ArgumentError
from gradflow.plotting._arrays import shaped
from gradflow.plotting._style import (
    COLUMN_WIDTH,
    FAINT,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades, short_numbers

_HEIGHT = 2.7  # of the upper row, in inches
_TITLES = {
    "paper": r"rule “paper”: $s_0 = \sigma$",
    "row": r"rule “row”: $s_0 = \Vert$row $k$ of $U^\top W_0\Vert$",
    "qr": r"rule “qr”: $s_0 = |R_{kk}|$",
}


@dataclasses.dataclass(frozen=True, eq=False)
class StepErrors:
    """Errors |predicted/measured − 1| over seeds, as fractions, nan where unknown.

    Attributes:
        median: (scale, mode).
        low: Lower edge of the band, (scale, mode): the smallest, or a quantile.
        high: Upper edge of the band, (scale, mode).
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
    """Draw predicted against measured step times, below it the error by mode; one rule a column.

    Args:
        measured: Step times (scale, seed, mode), in the unit of one over an eigenvalue; nan where a
            mode never rose.
        predicted: Rule → predicted step times (scale, seed, mode), nan where there is none.
        scales: Initialisation scales σ (scale,).
        errors: Rule → statistics of its error; the lower row is left out where None.
        titles: Rule → title of its column; those of "paper", "row" and "qr" are known.

    Returns:
        A figure 7 in wide (3.4 in for one rule).

    Raises:
        ArgumentError: Shapes that do not match, no rule, or errors of other rules.
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
    bands = None if errors is None else _checked_errors(errors, times, sizes)
    width = COLUMN_WIDTH if len(times) == 1 else TEXT_WIDTH
    with style():
        ratios = [_HEIGHT] if bands is None else [_HEIGHT, 2.0]
        figure = new_figure(width, sum(ratios))
        grid = figure.subplots(
            len(ratios), len(times), squeeze=False, sharex="row", sharey="row", height_ratios=ratios
        )
        _draw_times(grid[0], measured, times, scales, {**_TITLES, **(titles or {})})
        if bands is not None:
            _draw_errors(grid[1], bands)
    return figure


def _checked_errors(
    errors: Mapping[str, StepErrors], rules: Iterable[str], sizes: dict[str, int]
) -> list[StepErrors]:
    """In the order of the rules."""
    if set(errors) != set(rules):
        raise ArgumentError("errors", f"the rules {sorted(rules)}", sorted(errors))
    fields = [field.name for field in dataclasses.fields(StepErrors)]
    found = []
    for rule in rules:
        arrays = {
            name: shaped(
                f"errors[{rule!r}].{name}", getattr(errors[rule], name), "scale mode", sizes
            )
            for name in fields
        }
        found.append(StepErrors(**arrays))
    return found


def _draw_times(
    row: Sequence[Axes],
    measured: Float[np.ndarray, "scale seed mode"],
    predicted: Mapping[str, Float[np.ndarray, "scale seed mode"]],
    scales: Float[np.ndarray, " scale"],
    titles: Mapping[str, str],
) -> None:
    low, high = _positive_range([measured, *predicted.values()], 1.15)
    for axes, (rule, times) in zip(row, predicted.items(), strict=True):
        axes.axline((low, low), (high, high), color=FAINT, linewidth=0.8, zorder=0, gid="identity")
        _scatter(axes, measured, times, scales)
        axes.set_title(titles.get(rule, rule))
        axes.set_xlabel("measured step time")
    row[0].set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    for axis in (row[0].xaxis, row[0].yaxis):
        label_decades(axis, low, high)
    row[0].set_ylabel("predicted step time")
    row[0].legend(loc="upper left", title="scale $\\sigma$", title_fontsize=7, alignment="left")


def _scatter(
    axes: Axes,
    measured: Float[np.ndarray, "scale seed mode"],
    predicted: Float[np.ndarray, "scale seed mode"],
    scales: Float[np.ndarray, " scale"],
) -> None:
    """One colour a scale; dots are rasterised, there may be thousands."""
    labels, colors = short_numbers(scales.tolist()), sequential_colors(len(scales))
    for label, x, y, color in zip(labels, measured, predicted, colors, strict=True):
        axes.scatter(
            x.ravel(),
            y.ravel(),
            s=7,
            color=color,
            alpha=0.7,
            linewidths=0,
            rasterized=True,
            label=label,
            gid="lanes",
        )


def _draw_errors(row: Sequence[Axes], bands: Sequence[StepErrors]) -> None:
    """Median and band of each scale, in per cent, logarithmic: 0.004 % shows as well as 10 %."""
    for axes, band in zip(row, bands, strict=True):
        colors = sequential_colors(len(band.median))
        modes = np.arange(1, band.median.shape[1] + 1)
        for median, low, high, color in zip(band.median, band.low, band.high, colors, strict=True):
            axes.plot(modes, 100 * median, color=color, linewidth=0.9, gid="median")
            axes.fill_between(
                modes, 100 * low, 100 * high, color=color, alpha=0.2, linewidth=0, gid="band"
            )
        axes.set_xlabel("mode $k$")
    low, high = _positive_range([100 * band.median for band in bands], 2.0)
    row[0].set(yscale="log", ylim=(low, high), xlim=(1, max(2, bands[0].median.shape[1])))
    label_decades(row[0].yaxis, low, high)
    row[0].set_ylabel("|relative error| (%)")


def _positive_range(
    arrays: Iterable[Float[np.ndarray, "..."]], margin: float
) -> tuple[float, float]:
    """Limits of a logarithmic axis on which all positive numbers show."""
    shown = np.concatenate([array[np.isfinite(array) & (array > 0)] for array in arrays])
    if shown.size == 0:
        return 1 / margin, margin
    return float(shown.min()) / margin, float(shown.max()) * margin
