"""The index against the scale."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments._stepwise import crossing
from gradflow.plotting import (
    FAINT,
    INK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)


def draw(results: xr.Dataset) -> Figure:
    """Predicted as lines, measured as dots, crossings as marks at one; beside it, eigenvalues."""
    colors = sequential_colors(results.sizes["corpus"])
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        left, right = figure.subplots(1, 2, width_ratios=[1.7, 1.0])
        left.axhline(1.0, color=FAINT, linewidth=0.8, zorder=0)
        for index, color in enumerate(colors):
            one = results.isel(corpus=index)
            scales, seeds = one["scale"].values, one["measured"].values
            left.plot(scales, one["predicted"], color=color, linewidth=1.0)
            left.vlines(scales, seeds.min(axis=1), seeds.max(axis=1), color=color, linewidth=0.8)
            middle = np.median(seeds, axis=1)
            left.plot(scales, middle, "o", color=color, ms=3.2, mec="white", mew=0.3)
            left.plot(one["crossing"], 1.0, "|", color=color, ms=9, mew=1.2)
            found = crossing(scales, middle)
            left.plot(found, 1.0, "D", mfc="white", color=color, ms=3.6, mew=0.9, zorder=3)
            modes = np.arange(1, one.sizes["mode"] + 1)
            right.plot(modes, one["eigenvalue"], "o-", color=color, ms=3, lw=0.9)
        left.set_xscale("log")
        left.invert_xaxis()
        left.set_ylim(bottom=0)
        left.set_xlabel(r"scale $\sigma$")
        left.set_ylabel("separation of neighbouring\nsteps (rise times, median)")
        right.set_yscale("log")
        label_decades(right.yaxis, *right.get_ylim())
        right.set_xticks(range(2, results.sizes["mode"] + 1, 2))
        right.set_xlabel("mode $k$")
        right.set_ylabel(r"eigenvalue $\lambda_k$ of $M^*$")
        figure.legend(handles=_handles(results, colors), loc="outside lower center", ncols=4)
    return figure


def _handles(results: xr.Dataset, colors: np.ndarray) -> list[Line2D]:
    sizes = [
        Line2D([], [], color=color, label=f"{int(documents):,} documents, {int(tokens):,} words")
        for color, documents, tokens in zip(
            colors, results["documents"], results["tokens"], strict=True
        )
    ]
    return [
        *sizes,
        Line2D([], [], color=INK, linewidth=1.0, label="predicted"),
        Line2D([], [], color=INK, linestyle="", marker="o", ms=3.2, label="exact flow, five seeds"),
        Line2D([], [], color=INK, linestyle="", marker="|", ms=9, label="crossing, predicted"),
        Line2D(
            [], [], color=INK, linestyle="", marker="D", ms=3.6, mfc="white",
            label="crossing, measured",
        ),
    ]  # fmt: skip
