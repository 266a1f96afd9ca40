"""Heatmaps of squared overlaps, shares of directions, and what becomes of them in training."""

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.overlaps._config import MSTAR_NAME
from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    style,
)

_MAP = "magma_r"  # perceptually uniform, pale where nothing is
_STYLES = ((INK, "-"), (FAINT, "--"), (ACCENT, "-"), (CONTRAST, "-"))  # of the other models


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Both figures."""
    return {"overlaps": draw_overlaps(results), "training": draw_training(results)}


def draw_overlaps(results: xr.Dataset) -> Figure:
    """One row a trained model: a heatmap for each other one, then shares of directions."""
    models, others = results["model"].values, results["other"].values
    size = results.sizes["i"]
    with style():
        figure = new_figure(TEXT_WIDTH, 3.6)
        grid = figure.subplots(
            len(models), len(others) + 1, width_ratios=[1] * len(others) + [1.25], squeeze=False
        )
        for row, model in enumerate(models):
            for column, other in enumerate(others):
                axes = grid[row, column]
                squares = results["overlap"].sel(model=model, other=other)
                image = axes.imshow(
                    squares, cmap=_MAP, vmin=0, vmax=1, interpolation="nearest",
                    extent=(0.5, size + 0.5, size + 0.5, 0.5),
                )  # fmt: skip
                for axis in (axes.xaxis, axes.yaxis):
                    axis.set_ticks([1, size // 2, size])
                axes.set_title(str(other))
                if column:
                    axes.set_yticklabels([])
            grid[row, 0].set_ylabel(f"mode $i$ of\n{model}")
            _draw_shares(grid[row, -1], results.sel(model=model))
        for axes in grid[-1, :-1]:
            axes.set_xlabel("mode $j$")
        grid[-1, -1].set_xlabel("first $m$ modes")
        grid[0, -1].legend(loc="center right", bbox_to_anchor=(1.0, 0.35))
        bar = figure.colorbar(
            image, ax=grid[:, :-1], location="bottom", shrink=0.5, aspect=40, pad=0.03
        )
        bar.set_label(r"squared overlap $\langle u_i, v_j\rangle^2$")
    return figure


def _draw_shares(axes: Axes, one: xr.Dataset) -> None:
    """Against the number of directions, named where they end."""
    m = one["i"].values
    for other, (color, line) in zip(one["other"].values, _STYLES, strict=True):
        axes.plot(m, one["shared"].sel(other=other), color=color, ls=line, lw=1.0, label=other)
    axes.plot(m, m / one.attrs["words"], color=FAINT, ls=":", lw=1.0, label="random, $m/V$")
    axes.set(xlim=(0, m[-1]), ylim=(0, 1.02), ylabel="share of directions")
    axes.set_xticks([1, len(m) // 2, len(m)])


def draw_training(results: xr.Dataset) -> Figure:
    """Share with M* of the leading directions while training; how many words modes are made of."""
    steps, modes = results["step"].values, results["i"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 2.4)
        left, right = figure.subplots(1, 2)
        for model, color in zip(results["model"].values, (ACCENT, CONTRAST), strict=True):
            for count, line in zip(results["count"].values, ("-", "--"), strict=True):
                shown = results["way"].sel(model=model, count=count)
                left.plot(steps, shown, color=color, ls=line, marker="o", ms=2, lw=1.0,
                          label=f"{model}, first {count}")  # fmt: skip
            right.plot(modes, results["spread"].sel(features=model), color=color, lw=1.0)
        target = results["spread"].sel(features=MSTAR_NAME)
        right.plot(modes, target, color=INK, lw=1.0, label="eigenvectors of $M^*$")
        left.set(xlabel="steps of full-batch descent", ylabel="directions shared with $M^*$")
        left.set(xlim=(0, steps[-1]), ylim=(0, 1.02))
        right.set(xlabel="mode $i$", ylabel="words it is spread over", yscale="log")
        right.set_xticks([1, len(modes) // 2, len(modes)])
        label_decades(right.yaxis, *right.get_ylim())
        figure.legend(loc="outside lower center", ncols=5)
    return figure
