"""Scores against time, predicted as lines and trained as dots; and against d."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    STEP_MARK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    style,
)

_SHOWN_STEPS = 10
_COLORS = {"analogies solved": ACCENT, "WordSim-353, Spearman’s ρ": CONTRAST}


def draw(results: xr.Dataset) -> Figure:
    """One panel for each d that is shown against time, and one against d."""
    shown = np.atleast_1d(results.attrs["shown"]).tolist()
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        *panels, last = figure.subplots(1, len(shown) + 1, sharey=True)
        for axes, dim in zip(panels, shown, strict=True):
            _draw_times(axes, results.sel(dim=dim))
            axes.set_title(f"$d$ = {dim}")
        panels[0].set(ylabel="share, or correlation", ylim=(0, None))
        _draw_dims(last, results)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=5)
    return figure


def _scores(results: xr.Dataset, before: str = "") -> list[xr.DataArray]:
    similar = results[f"{before}spearman"].sel(benchmark="wordsim353")
    return [results[f"{before}accuracy"], similar]


def _draw_times(axes: Axes, one: xr.Dataset) -> None:
    """From the first predicted step on: before it W is what it was at the start."""
    unit = float(one["fastest"])
    for step in one["predicted_step"].values[:_SHOWN_STEPS]:
        axes.axvline(unit * step, color=HAIR, linewidth=0.6, zorder=0)
    first = float(one["first_step"].min())
    late = np.flatnonzero(one["t"].values >= first)
    times = unit * one["t"].values[late]
    for score, color in zip(_scores(one), _COLORS.values(), strict=True):
        kept = score.isel(time=late)
        axes.plot(times, kept.sel(source="predicted").isel(seed=0), color=color, linewidth=1.0)
        dots = kept.sel(source="trained").isel(seed=0)
        axes.plot(times, dots, "o", color=color, ms=2.6, mec="white", mew=0.3)
    axes.set(xscale="log", xlim=(0.9 * times[0], times[-1]), xlabel=r"time $\lambda_1 t$")
    label_decades(axes.xaxis, *axes.get_xlim())


def _draw_dims(axes: Axes, results: xr.Dataset) -> None:
    """In closed form, and at the last time."""
    dims = results["dim"].values
    ends = _scores(results.isel(time=-1).sel(source="trained"))
    for closed, end, color in zip(_scores(results, "final_"), ends, _COLORS.values(), strict=True):
        axes.plot(dims, closed, color=color, linewidth=1.0)
        for seed in range(results.sizes["seed"]):
            axes.plot(dims, end.isel(seed=seed), "o", color=color, ms=2.6, mec="white", mew=0.3)
    axes.set(xscale="log", xlabel="dimension $d$", title="at the end")
    axes.set_xticks(dims)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _handles() -> list[Line2D]:
    return [
        *(Line2D([], [], color=color, label=name) for name, color in _COLORS.items()),
        Line2D([], [], color=INK, lw=1.0, label="predicted"),
        Line2D([], [], color=INK, ls="", marker="o", ms=2.6, label="trained"),
        Line2D([], [], color=STEP_MARK, lw=0.6, label=f"first {_SHOWN_STEPS} steps"),
    ]
