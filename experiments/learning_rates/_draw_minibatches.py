"""Errors of minibatches against η/B."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.learning_rates._table import errors
from gradflow.plotting import (
    CONTRAST,
    INK,
    STEP_MARK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)

_MARKERS = ("o", "s", "^", "D", "v", "P")
_SIZES = (7.0, 5.8, 5.0, 3.6, 3.0, 2.5)  # where several meet, all are seen
_PEOPLE = 0.025  # the rate of a pair that word2vec.c and gensim begin with


def draw_minibatches(results: xr.Dataset) -> Figure:
    """One marker a batch, one colour a rate; singular values, step times, the floor."""
    off = errors(results)
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        left, middle, right = figure.subplots(1, 3)
        _draw_points(left, off, 100 * off["value"])
        left.set(title="singular values", ylabel="largest error (% of $s_1$)")
        steps = 100 * abs(off["step"]).max("learned", skipna=False)
        _draw_points(middle, off, steps)
        lost = off["alike"] < 0.5
        middle.plot(
            off["temperature"].where(lost).values.ravel(), steps.where(lost).values.ravel(),
            "x", color=CONTRAST, ms=8, mew=1.0, zorder=4,
        )  # fmt: skip
        count = results.sizes["learned"]
        middle.set(title=f"steps of the first {count} modes", ylabel="largest error (%)")
        _draw_points(right, off, 100 * off["floor"])
        then = int(np.searchsorted(results["t"], results["flow_time"][1]))
        flow = results["flow"][then]
        right.axhline(100 * float(flow[-1] / flow[0]), color=INK, linewidth=0.8, zorder=1)
        right.set(title="floor of singular values", ylabel="$s_d$ when mode 2 comes (% of $s_1$)")
        for axes in (left, middle, right):
            _finish(axes)
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=4)
    return figure


def _draw_points(axes: Axes, off: xr.Dataset, shown: xr.DataArray) -> None:
    colors = sequential_colors(off.sizes["rate"])
    markers = _MARKERS[: off.sizes["batch"]]
    for at, (batch, marker) in enumerate(zip(off["batch"].values, markers, strict=True)):
        for rate, color in zip(off["rate"].values, colors, strict=True):
            one = {"batch": batch, "rate": rate}
            axes.plot(
                off["temperature"].sel(one), shown.sel(one), marker, color=color, ms=_SIZES[at],
                mec="white", mew=0.4, zorder=3,
            )  # fmt: skip


def _finish(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlabel=r"$\eta/B$")
    axes.axvline(_PEOPLE, color=STEP_MARK, linewidth=0.8, linestyle="--", zorder=1)
    low, high = axes.get_xlim()
    label_decades(axes.xaxis, low, max(high, 1000 * low))  # powers of ten alone
    label_decades(axes.yaxis, *axes.get_ylim())


def _handles(results: xr.Dataset) -> list[Line2D]:
    batches = [
        Line2D([], [], color=INK, ls="", marker=marker, ms=4, label=f"$B$ = {batch:,}")
        for batch, marker in zip(
            results["batch"].values, _MARKERS[: results.sizes["batch"]], strict=True
        )
    ]
    colors = sequential_colors(results.sizes["rate"])
    rates = [
        Line2D([], [], color=color, ls="", marker="o", ms=4, label=rf"$\eta$ = {rate:g}")
        for rate, color in zip(results["rate"].values, colors, strict=True)
    ]
    return [
        *batches,
        *rates,
        Line2D([], [], color=CONTRAST, ls="", marker="x", ms=5, label="a direction lost"),
        Line2D([], [], color=INK, lw=0.8, label="flow"),
        Line2D([], [], color=STEP_MARK, lw=0.8, ls="--", label="word2vec.c, gensim"),
    ]
