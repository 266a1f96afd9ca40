"""Three columns and two starts."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow.plotting import (
    FAINT,
    HAIR,
    STEP_MARK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)

_COLUMNS = ("word2vec", "QWEM", "theory")
_ROWS = ("large start", "small start")
_FIRST, _LAST = 0.1, 1.1  # of the axis, in units of τ₁ and of the last predicted step


def draw(results: xr.Dataset) -> Figure:
    """Singular values against t/τ₁; a row has one axis of time, all have one of heights."""
    with style():
        figure = new_figure(TEXT_WIDTH, 3.9)
        grid = figure.subplots(2, len(_COLUMNS), sharex="row", sharey=True)
        for row, name in enumerate(_ROWS):
            one = results.isel(scale=row)
            for axes, run in zip(grid[row], _COLUMNS, strict=True):
                _draw_panel(axes, one, run)
            exponent = round(np.log10(float(one["scale"])))
            grid[row, 0].set_ylabel(f"{name}, $\\sigma = 10^{{{exponent}}}$\nsingular value $s_k$")
        for axes, title in zip(grid[0], _COLUMNS, strict=True):
            axes.set_title(title)
        for axes in grid[-1]:
            axes.set_xlabel(r"time $t/\tau_1$")
        grid[0, 0].set_ylim(0, 1.05 * _highest(results))
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
    return figure


def _highest(results: xr.Dataset) -> float:
    """Of what is shown."""
    shown = results["t"] <= _LAST * results["step"].sel(run="theory").max("mode")
    return float(results["singular_values"].where(shown).max())


def _draw_panel(axes: Axes, one: xr.Dataset, run: str) -> None:
    modes, unit = one.attrs["modes"], float(one["unit"])
    values = one["singular_values"].sel(run=run).values
    times = one["t"].values / unit
    axes.plot(times, values[:, modes:], color=FAINT, linewidth=0.5, zorder=1)
    for curve, color in zip(values[:, :modes].T, sequential_colors(modes), strict=True):
        axes.plot(times, curve, color=color, linewidth=1.2, zorder=2)
    steps = one["step"].sel(run="theory").values / unit
    for step in steps[:modes]:
        axes.axvline(step, color=HAIR, linewidth=0.5, zorder=0)
    axes.set_xscale("log")
    first, last = _FIRST, _LAST * float(np.nanmax(steps))
    axes.set_xlim(first, last)
    label_decades(axes.xaxis, first, last)


def _handles(results: xr.Dataset) -> list[Line2D]:
    modes = results.attrs["modes"]
    middle = sequential_colors(3)[1]
    return [
        Line2D([], [], color=middle, lw=1.4, label=f"modes 1 (dark) to {modes} (light)"),
        Line2D([], [], color=FAINT, lw=0.8, label=f"modes {modes + 1} to {results.sizes['mode']}"),
        Line2D([], [], color=STEP_MARK, lw=0.6, label=f"predicted steps of modes 1 to {modes}"),
    ]
