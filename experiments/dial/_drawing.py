"""Every combination beside every other, and each dial alone."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.dial._run import SGNS
from experiments.dial._table import turned
from gradflow.plotting import (
    ACCENT,
    FAINT,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)

_NAMES = {"order": "order", "side": "tied or\nuntied", "negatives": "$k$", "weighting": "weighting"}


def draw(results: xr.Dataset) -> Figure:
    """All spaces beside each other; what one dial does to them; orders against SGNS."""
    with style():
        figure = new_figure(TEXT_WIDTH, 3.9)
        grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
        every, dials, orders = (
            figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1])
        )
        _draw_all(figure, every, results)
        _draw_dials(dials, results)
        _draw_orders(orders, results)
    return figure


def _draw_all(figure: Figure, axes: Axes, results: xr.Dataset) -> None:
    """One pixel for two combinations, in the order in which the dials stand."""
    image = axes.imshow(results["shared"], vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
    size = results.sizes["case"]
    starts = _blocks(results["weighting"].values)
    for edge in starts[1:]:
        axes.axhline(edge - 0.5, color="white", linewidth=1.2)
        axes.axvline(edge - 0.5, color="white", linewidth=1.2)
    blocks = list(zip(starts, [*starts[1:], size], strict=True))
    middles = [(first + last - 1) / 2 for first, last in blocks]
    names = [str(results["weighting"].values[first]) for first in starts]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    ks = list(dict.fromkeys(results["negatives"].values.tolist()))
    inside = f"in each block: $k$ = {', '.join(f'{k:g}' for k in ks)}; tied, untied; orders"
    axes.set_xlabel(f"weighting\n({inside})")
    axes.set_ylabel("weighting")
    bar = figure.colorbar(image, ax=axes, location="top", shrink=0.8, aspect=30, pad=0.02)
    bar.set_label("share of the leading space that two runs have in common")


def _blocks(names: np.ndarray) -> list[int]:
    """Where each run of equal names begins."""
    return [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist()]


def _draw_dials(axes: Axes, results: xr.Dataset) -> None:
    """A dot for every two combinations that differ by that dial alone; the median as a bar."""
    found = turned(results)
    random = np.random.default_rng(0)
    for place, dial in enumerate(_NAMES):
        shared = found.loc[found["dial"] == dial, "shared"].to_numpy()
        beside = place + random.uniform(-0.22, 0.22, len(shared))
        axes.plot(beside, shared, ".", color=ACCENT, markersize=4, alpha=0.6, mew=0)
        if len(shared):
            axes.hlines(np.median(shared), place - 0.34, place + 0.34, color=INK, linewidth=1.4)
    axes.axhline(float(results["chance"]), color=FAINT, linewidth=0.8, linestyle="--")
    axes.set_xticks(range(len(_NAMES)), list(_NAMES.values()))
    axes.set(xlabel="the one dial that is turned", ylabel="space in common", ylim=(0, 1.04))
    axes.tick_params(axis="x", length=0)


def _draw_orders(axes: Axes, results: xr.Dataset) -> None:
    """Tied, least k: how far above or below SGNS the first heights end."""
    frame = pd.DataFrame({name: results[name] for name in ("weighting", "negatives", "side")})
    shown = (frame["side"] == "tied") & (frame["negatives"] == frame["negatives"].min())
    names = list(dict.fromkeys(frame["weighting"]))
    orders = list(dict.fromkeys(results["order"].values.tolist()))
    for name, color in zip(names, sequential_colors(len(names)), strict=True):
        rows = np.flatnonzero(shown & (frame["weighting"] == name))
        heights = results["height"].values[rows]
        places = np.arange(len(rows))
        axes.fill_between(places, heights.min(axis=1), heights.max(axis=1), color=color, alpha=0.2)
        axes.plot(places, np.median(heights, axis=1), "o-", color=color, ms=3, lw=1.0)
    labels = ["SGNS" if order == SGNS else order for order in orders]
    axes.set_xticks(range(len(orders)), labels)
    axes.set(xlabel="order of the loss (tied)", ylabel="$s_k^2$ over SGNS's")
    colors = sequential_colors(len(names))
    handles = [
        Line2D([], [], color=color, marker="o", ms=3, lw=1.0, label=name)
        for name, color in zip(names, colors, strict=True)
    ]
    axes.legend(handles=handles, fontsize=SMALL_SIZE, loc="lower right", ncols=2)
