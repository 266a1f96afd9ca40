"""Intervals against what was measured, and how many steps they hold."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.spreads._table import RESOLVED, inside
from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    PALE_ACCENT,
    TEXT_WIDTH,
    new_figure,
    style,
)

_GOAL = (87, 93)
_COLORS = {"closed": ACCENT, "draws": CONTRAST}


def draw(results: xr.Dataset) -> Figure:
    """Above, both intervals and the measured quantiles; below, the share of steps inside."""
    scales, held = results["scale"].values, inside(results).mean("seed")
    with style():
        figure = new_figure(TEXT_WIDTH, 4.4)
        grid = figure.subplots(
            2, len(scales), sharex=True, sharey="row", squeeze=False, height_ratios=[1.5, 1.0]
        )
        for (upper, lower), scale in zip(grid.T, scales, strict=True):
            _draw_intervals(upper, results.sel(scale=scale))
            _draw_coverage(lower, results.sel(scale=scale), held.sel(scale=scale))
        grid[0, 0].set_ylabel("step time over its\nmedian in closed form, − 1 (%)")
        grid[1, 0].set_ylabel("steps inside (%)")
        figure.legend(handles=_handles(), loc="outside lower center", ncols=3)
    return figure


def _draw_intervals(axes: Axes, one: xr.Dataset) -> None:
    modes, middle = one["mode"].values, one["closed"].values[1]
    low, _, high = 100 * (one["closed"].values / middle - 1)
    axes.fill_between(modes, low, high, color=PALE_ACCENT, alpha=0.6, linewidth=0)
    for line in 100 * (one["draws"].values / middle - 1):
        axes.plot(modes, line, color=CONTRAST, linewidth=0.9)
    shares = one["quantile"].values
    found = np.nanquantile(one["measured"].values.astype(float), shares, axis=0)
    for dots in 100 * (found / middle - 1):
        axes.plot(modes, dots, "o", color=INK, markersize=2.0, markeredgewidth=0)
    axes.set_xlim(0, modes[-1] + 1)
    axes.set_title(f"scale $10^{{{np.log10(one['scale'].item()):.0f}}}$")


def _draw_coverage(axes: Axes, one: xr.Dataset, held: xr.Dataset) -> None:
    modes, resolved = one["mode"].values, one["separation"].values >= RESOLVED
    axes.axhspan(*_GOAL, color=HAIR, alpha=0.6, linewidth=0)
    for kind, color in _COLORS.items():
        share = 100 * held[kind].values
        axes.plot(modes, share, color=color, linewidth=0.8)
        axes.plot(modes[~resolved], share[~resolved], "o", color=color, mfc="white", ms=2.8)
        axes.plot(modes[resolved], share[resolved], "o", color=color, ms=3.2)
    axes.set_xlabel("mode $k$")


def _handles() -> list[Line2D | Patch]:
    plain: dict[str, Any] = {"linestyle": "", "marker": "o", "color": INK}
    return [
        Patch(color=PALE_ACCENT, alpha=0.6, label="90 % interval, closed form"),
        Line2D([], [], color=CONTRAST, lw=0.9, label="5, 50, 95 % of draws with neighbours"),
        Line2D([], [], markersize=2.5, label="5, 50, 95 % of exact runs", **plain),
        Line2D([], [], markersize=3.2, label="both neighbours over ¼ rise time away", **plain),
        Line2D([], [], markersize=2.8, mfc="white", label="one of them nearer", **plain),
        Patch(color=HAIR, alpha=0.6, label="87 to 93 %"),
    ]
