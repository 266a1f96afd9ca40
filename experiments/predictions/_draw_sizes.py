"""Steps and errors against the number of words, and against the length of the text."""

from typing import Any

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from experiments.predictions._drawing import RULE_COLORS, percent_axis, rule_handles
from gradflow.plotting import (
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)

_MODES = (1, 5, 10, 20, 50)  # drawn, as far as there are so many
_TEN = 10  # from here on numbers have no decimals
_COLUMNS = (
    ("vocabulary", "vocab_size", "vocabulary $V$ (words)"),
    ("corpus", "corpus_tokens", "text, in words of the vocabulary"),
)


def draw_sizes(results: xr.Dataset) -> Figure:
    """Above, step times as measured and as predicted; below, errors of the rules."""
    fixed = results.attrs["fixed_words"]
    with style():
        figure = new_figure(TEXT_WIDTH, 4.6)
        panels = figure.subplots(2, 2, sharex="col", sharey="row")
        for column, (prefix, axis, label) in enumerate(_COLUMNS):
            upper, lower = panels[:, column]
            _draw_steps(upper, results[f"{prefix}_step"], results[axis], shown_modes(results))
            _draw_errors(lower, results[f"{prefix}_error"], results[axis])
            _size_axis(lower, results[axis])
            lower.set_xlabel(label)
        panels[0, 0].set_title("the most frequent words of the whole text")
        panels[0, 1].set_title(f"more and more documents, $V$ = {fixed:,}")
        panels[0, 0].set_yscale("log")
        label_decades(panels[0, 0].yaxis, *panels[0, 0].get_ylim())
        panels[0, 0].set_ylabel(r"step time $t_k$ ($\dot W = -\nabla L$)")
        percent_axis(panels[1, 0])
        panels[1, 0].set_ylabel("median error of a run's\nstep times (%)")
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
    return figure


def shown_modes(results: xr.Dataset) -> list[int]:
    """Which modes are drawn."""
    return [mode for mode in _MODES if mode <= results.attrs["shown_dim"]]


def _draw_steps(axes: Axes, steps: xr.DataArray, sizes: xr.DataArray, modes: list[int]) -> None:
    """Measured: dots with 10 to 90 % of seeds; predicted: a line of medians."""
    for mode, color in zip(modes, sequential_colors(len(modes)), strict=True):
        one = steps.sel(mode=mode)
        axes.plot(sizes, one.sel(run="clusters", quantile=0.5), color=color, linewidth=1.0)
        _bars(axes, sizes, one.sel(run="measured"), color)
    last = steps.isel({sizes.dims[0]: -1}).sel(run="clusters", quantile=0.5)
    for mode in modes:
        axes.annotate(
            f"{mode}", (1.01, float(last.sel(mode=mode))), xycoords=("axes fraction", "data"),
            va="center", fontsize=SMALL_SIZE,
        )  # fmt: skip


def _draw_errors(axes: Axes, errors: xr.DataArray, sizes: xr.DataArray) -> None:
    """Medians over modes: of a typical seed, with 10 to 90 % of seeds."""
    medians = 100 * errors.sel(statistic="median")
    for rule, color in RULE_COLORS.items():
        one = medians.sel(rule=rule)
        axes.plot(sizes, one.sel(quantile=0.5), color=color, linewidth=0.8)
        _bars(axes, sizes, one, color)


def _bars(axes: Axes, sizes: xr.DataArray, values: xr.DataArray, color: object) -> None:
    low, middle, high = (values.sel(quantile=share).values for share in (0.1, 0.5, 0.9))
    axes.errorbar(
        sizes, middle, (middle - low, high - middle), fmt="o", color=color, ms=3.0, mec="white",
        mew=0.3, elinewidth=0.8, capsize=1.5, capthick=0.8,
    )  # fmt: skip


def _size_axis(axes: Axes, sizes: xr.DataArray) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes.values)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_short))


def _short(size: float, _: int) -> str:
    """500, 1k, 63k, 5.7M."""
    unit, name = (1e6, "M") if size >= 1e6 else (1e3, "k") if size >= 1e3 else (1.0, "")
    many = size / unit
    return (f"{many:.0f}" if many >= _TEN else f"{many:.1f}".removesuffix(".0")) + name


def _handles() -> list[Line2D]:
    dots: dict[str, Any] = {"linestyle": "", "marker": "o", "ms": 3.0}
    return [
        *rule_handles(),
        Line2D([], [], color=INK, label="measured, 10 to 90 % of seeds", **dots),
        Line2D([], [], color=INK, linewidth=1.0, label="predicted (“clusters”)"),
    ]
