"""Entries, eigenvalues, steps and vectors by k."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)

_SHOWN_STEPS = 20
_SCORES = {
    "google": ("analogies solved", ACCENT),
    "wordsim353": ("WordSim-353, Spearman’s ρ", CONTRAST),
}


def draw(results: xr.Dataset) -> Figure:
    """One colour a k in three panels; what becomes of the vectors against k in the fourth."""
    colors = sequential_colors(results.sizes["negatives"])
    with style():
        figure = new_figure(TEXT_WIDTH, 4.6)
        (entries, modes), (steps, vectors) = figure.subplots(2, 2)
        entries.axvline(0.0, color=FAINT, linewidth=0.8, zorder=0)
        for index, color in enumerate(colors):
            one = results.isel(negatives=index)
            entries.plot(one["bin"], one["density"], color=color, linewidth=1.0)
            modes.plot(one["rank"], one["eigenvalue"], color=color, linewidth=1.0)
            _draw_steps(steps, one, color)
        entries.set(xlabel="entry of $M^*$ (pairs that occur)", ylabel="density")
        entries.set(xlim=(-2, 2), ylim=(0, None), xticks=[-2, -1, 0, 1, 2])
        modes.set(xlabel="mode $i$", ylabel=r"eigenvalue $\lambda_i$ of $M^*$", xscale="log")
        _log_heights(modes)
        label_decades(modes.xaxis, *modes.get_xlim())
        steps.set(xlabel="mode $i$", ylabel="step time $t_i$\n" r"($dW/dt = -\nabla L$)")
        steps.set_xticks([1, *range(5, _SHOWN_STEPS + 1, 5)])
        _log_heights(steps)
        _draw_vectors(vectors, results)
        figure.legend(handles=_handles(results, colors), loc="outside lower center", ncols=4)
    return figure


def _draw_steps(axes: Axes, one: xr.Dataset, color: np.ndarray) -> None:
    """Medians over seeds, of the flow and as predicted."""
    shown = one.isel(mode=slice(_SHOWN_STEPS))
    predicted = shown["predicted"].sel(rule="clusters").median("seed")
    axes.plot(shown["mode"], predicted, color=color, linewidth=1.0)
    found = shown["measured"].median("seed")
    axes.plot(shown["mode"], found, "o", color=color, ms=2.8, mec="white", mew=0.3)


def _draw_vectors(axes: Axes, results: xr.Dataset) -> None:
    ks, sizes = results["negatives"].values, results["size"].values
    for size in {sizes[0], sizes[len(sizes) // 2], sizes[-1]}:
        shared = results["overlap"].sel(size=size)
        axes.plot(ks, shared, color=INK, linewidth=1.0)
        axes.annotate(
            f"first {size}",
            (ks[-1], float(shared[-1])),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=SMALL_SIZE,
            va="center",
        )
    for name, color in _shown_scores(results):
        score = results["score"].sel(benchmark=name).isel(vector_dim=-1)
        axes.plot(ks, score, "o-", color=color, markersize=3, linewidth=1.0)
    axes.set(xscale="log", xlabel="negatives $k$", ylabel="share, or correlation", ylim=(0, 1.03))
    axes.set_xticks(ks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _log_heights(axes: Axes) -> None:
    axes.set_yscale("log")
    label_decades(axes.yaxis, *axes.get_ylim())


def _shown_scores(results: xr.Dataset) -> list[tuple[str, str]]:
    asked = results.sizes["vector_dim"] > 0
    return [(name, color) for name, (_, color) in _SCORES.items() if asked]


def _handles(results: xr.Dataset, colors: np.ndarray) -> list[Line2D]:
    ks = [
        Line2D([], [], color=color, label=f"$k$ = {k:g}")
        for k, color in zip(results["negatives"].values, colors, strict=True)
    ]
    scores = [
        Line2D(
            [], [], color=color, marker="o", ms=3, lw=1.0,
            label=f"{_SCORES[name][0]} ($d$ = {results['vector_dim'].values[-1]})",
        )
        for name, color in _shown_scores(results)
    ]  # fmt: skip
    return [
        *ks,
        Line2D([], [], color=INK, ls="", marker="o", ms=2.8, label="exact flow"),
        Line2D([], [], color=INK, lw=1.0, label="predicted; modes shared with $k$ = 1"),
        *scores,
    ]
