"""Spectra by corpus size above, by window below, one column a target."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)

_MADE = {
    "documents": ("o", ACCENT, "part of the documents"),
    "thinned": ("s", CONTRAST, "thinned counts"),
}


def draw(results: xr.Dataset) -> Figure:
    """Eigenvalues as lines, fits dotted; exponents of the first and the last line in each panel."""
    rows = [_sizes(results), _windows(results)]
    rows = [row for row in rows if row.sizes["case"] > 1] or rows[:1]
    with style():
        figure = new_figure(TEXT_WIDTH, 0.6 + 2.1 * len(rows))
        grid = figure.subplots(
            len(rows), results.sizes["target"], sharex=True, sharey=True, squeeze=False
        )
        for panels, row in zip(grid, rows, strict=True):
            for axes, target in zip(panels, results["target"].values, strict=True):
                _draw_panel(axes, row.sel(target=target), results.attrs["fitted"])
            _legend(panels[-1], row, "tokens" if row is rows[0] else "window")
            panels[0].set_ylabel(r"eigenvalue $\lambda_i$")
        for axes, target in zip(grid[0], results["target"].values, strict=True):
            axes.set_title("$M^*$" if target == "M*" else target)
        for axes in grid[-1]:
            axes.set_xlabel("rank $i$")
        least = float(results["eigenvalue"].sel(rank=results.attrs["fitted"][1]).min())
        grid[0, 0].set_ylim(bottom=least / 10)  # some eigenvalue is always next to zero
        label_decades(grid[0, 0].xaxis, *grid[0, 0].get_xlim())
        label_decades(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
    return figure


def draw_exponents(results: xr.Dataset) -> Figure:
    """Against the size of the corpus: parts of the documents, and the counts thinned as much."""
    one = results.isel(case=(results["window"] == results.attrs["window"]).values)
    with style():
        figure = new_figure(TEXT_WIDTH, 2.3)
        panels = figure.subplots(1, results.sizes["target"], sharey=True)
        for axes, target in zip(panels, results["target"].values, strict=True):
            for made, (marker, color, label) in _MADE.items():
                # The whole is neither; both lines begin there.
                kept = one.isel(case=((one["made"] == made) | (one["every"] == 1)).values)
                row = kept.sortby("tokens").sel(target=target)
                if row.sizes["case"] > 1:
                    axes.plot(row["tokens"], row["exponent"], marker + "-", color=color,
                              ms=4, lw=1.0, label=label)  # fmt: skip
            axes.set(xscale="log", xlabel="tokens", ylim=(0, 1.08 * float(one["exponent"].max())))
            axes.set_title("$M^*$" if target == "M*" else target)
            low, high = axes.get_xlim()
            label_decades(axes.xaxis, low, max(high, 1000 * low))  # powers of ten alone
        panels[0].set_ylabel(r"exponent $\alpha$")
        handles, _ = panels[0].get_legend_handles_labels()
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _sizes(results: xr.Dataset) -> xr.Dataset:
    """Corpora of rising size, counted with one window: of documents, if there are such."""
    parts = results["made"] == ("documents" if _has_documents(results) else "thinned")
    kept = (parts | (results["every"] == 1)) & (results["window"] == results.attrs["window"])
    return results.isel(case=kept.values).sortby("tokens")


def _has_documents(results: xr.Dataset) -> bool:
    return bool(((results["made"] == "documents") & (results["every"] > 1)).any())


def _windows(results: xr.Dataset) -> xr.Dataset:
    """Of the whole text."""
    return results.isel(case=(results["every"] == results["every"].min()).values)


def _draw_panel(axes: Axes, row: xr.Dataset, fitted: np.ndarray) -> None:
    ranks, ends = row["rank"].values, np.asarray(fitted, float)
    axes.set(xscale="log", yscale="log")
    for case, color in enumerate(sequential_colors(row.sizes["case"])):
        one = row.isel(case=case)
        values = one["eigenvalue"].values
        axes.plot(ranks, np.where(values > 0, values, np.nan), color=color, linewidth=1.0)
        fit = float(one["factor"]) * ends ** -float(one["exponent"])
        axes.plot(ends, fit, ":", color=INK, linewidth=0.8)
    # The first and the last in the legend.
    shown = [f"{float(row['exponent'][case]):.2f}" for case in (0, -1)]
    said = shown[0] if row.sizes["case"] == 1 else f"{shown[0]} … {shown[1]}"
    axes.text(0.04, 0.04, rf"$\alpha$ = {said}", transform=axes.transAxes, fontsize=SMALL_SIZE)


def _legend(axes: Axes, row: xr.Dataset, what: str) -> None:
    """What the colours of one row are."""
    names = {
        "tokens": [f"{_rounded(int(count))} tokens" for count in row["tokens"]],
        "window": [f"window {int(window)}" for window in row["window"]],
    }[what]
    colors = sequential_colors(len(names))
    handles = [Line2D([], [], color=c, label=n) for c, n in zip(colors, names, strict=True)]
    fit = Line2D([], [], color=INK, ls=":", lw=0.8, label=r"$\propto i^{-\alpha}$")
    axes.legend(handles=[*handles, fit], loc="upper left", bbox_to_anchor=(1.02, 1.0))


def _rounded(count: int) -> str:
    return f"{count / 1e6:.2g} million" if count >= 1e6 else f"{round(count, -3):,}"
