"""The four losses, flow and descent."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow.plotting import (
    FAINT,
    INK,
    TEXT_WIDTH,
    new_figure,
    number_line_ends,
    sequential_colors,
    style,
)

_SHOWN_POINTS = 30  # of each mode in the figure
_LOOKS = ("open", "full")  # of the first and the last rung


def draw(results: xr.Dataset) -> Figure:
    """Singular values against time: flow as lines, both ends of the ladder as points."""
    with style():
        figure = new_figure(TEXT_WIDTH, 4.8)
        grid = figure.subplots(2, 2, sharex="row", sharey="row")
        ends = [
            _draw_loss(axes, results.sel(loss=loss), str(loss))
            for axes, loss in zip(grid.flat, results["loss"].values, strict=True)
        ]
        for axes in grid[:, 0]:
            axes.set_ylabel("singular value $s_k$")
        for axes in grid.flat:
            axes.set_xlabel(r"time $t$ = rate × steps (units of $1/\lambda_1$)")
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
        number_line_ends(figure, list(zip(grid.flat, ends, strict=True)))
    return figure


def _draw_loss(axes: Axes, one: xr.Dataset, title: str) -> np.ndarray:
    """One loss in its own time; where the lines of the compared modes end."""
    times = (one["fastest"] * one["t"]).values
    modes = int(one["flow_step"].count())
    every = max(1, len(times) // _SHOWN_POINTS)
    axes.plot(times, one["flow"].values[:, modes:], color=FAINT, linewidth=0.6, zorder=1)
    for mode, color in enumerate(sequential_colors(modes), start=1):
        axes.plot(times, one["flow"].sel(mode=mode), color=color, zorder=2)
        for rung, look in zip(_ends(one), _LOOKS, strict=True):
            dots = one["descent"].sel(mode=mode, rung=rung).values
            (points,) = axes.plot(times[::every], dots[::every], **_marker(look, color))
            points.set(linestyle="", zorder=3, clip_on=False)
    axes.set_title(f"{title} weighting" if "uniform" in title else f"{title}, no weighting")
    axes.set_xlim(0, times[-1])
    axes.set_ylim(bottom=0)
    return np.asarray(one["flow"].values[-1, :modes])


def _marker(look: str, color: Any) -> dict[str, Any]:
    """The first rung as open circles, the last as dots, both in the colour of the line."""
    if look == "open":
        return {"marker": "o", "markersize": 3.6, "mfc": "none", "mec": color, "mew": 0.6}
    return {"marker": "o", "markersize": 2.2, "mfc": color, "mec": "white", "mew": 0.3}


def _ends(results: xr.Dataset) -> list[int]:
    rungs = results["rung"].values
    return [int(rungs[0]), int(rungs[-1])]


def _handles(results: xr.Dataset) -> list[Line2D]:
    handles = [Line2D([], [], color=INK, linewidth=1.2, label="gradient flow from counts")]
    for rung, look in zip(_ends(results), _LOOKS, strict=True):
        size = int(results["batch"].isel(loss=0).sel(rung=rung))
        rate = "first rate" if rung == 1 else f"1/{2 ** (rung - 1)} of that rate"
        label = f"descent from text, {rate}, batch {size:,}"
        handles.append(Line2D([], [], linestyle="", label=label, **_marker(look, INK)))
    return handles
