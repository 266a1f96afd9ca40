"""Errors by mode and by scale."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from gradflow.plotting import (
    ACCENT,
    CONTRAST,
    INK,
    PALE_ACCENT,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    style,
)

RULE_COLORS = {"paper": STEP_MARK, "row": PALE_ACCENT, "qr": ACCENT, "clusters": CONTRAST}
_LABELS = {
    "paper": r"“paper”: $s_0 = \sigma$",
    "row": r"“row”: $s_0 = \Vert$row $k$ of $U^\top W_0\Vert$",
    "qr": r"“qr”: $s_0 = |R_{kk}|$",
    "clusters": "“clusters”: with its neighbours",
}
_LINES = ("-", "--")  # of the sources


def draw(results: xr.Dataset) -> Figure:
    """Above, the error by mode at as many scales as d; below, the median by scale for each d."""
    scales, dims = np.atleast_1d(results.attrs["shown_scales"]), results["dim"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 4.9)
        upper, lower = figure.subplots(2, len(scales), sharey="row", squeeze=False)
        for axes, scale in zip(upper, scales, strict=True):
            _draw_modes(axes, results.isel(source=0).sel(scale=scale))
        upper[0].set_ylabel("error of the step time (%)")
        for axes, dim in zip(lower, dims, strict=True):
            _draw_scales(axes, results["median"].sel(dim=dim))
        lower[0].set_ylabel("median error (%)")
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
    return figure


def _draw_modes(axes: Axes, one: xr.Dataset) -> None:
    """Median over seeds, and the 10 to 90 % band."""
    dim = one.attrs["shown_dim"]
    modes = one["mode"].values[:dim]
    for rule, color in RULE_COLORS.items():
        low, middle, high = (
            100 * one["by_mode"].sel(dim=dim, rule=rule, quantile=share).values[:dim]
            for share in one["quantile"].values
        )
        axes.fill_between(modes, low, high, color=color, alpha=0.25, linewidth=0)
        axes.plot(modes, middle, color=color, linewidth=1.0)
    percent_axis(axes)
    axes.set_xlim(1, dim)
    axes.set_xlabel("mode $k$")
    axes.set_title(f"$d$ = {dim}, scale $10^{{{np.log10(one['scale'].item()):.0f}}}$")


def _draw_scales(axes: Axes, medians: xr.DataArray) -> None:
    """One line for each rule and source."""
    for rule, color in RULE_COLORS.items():
        for source, line in zip(medians["source"].values, _LINES, strict=True):
            values = 100 * medians.sel(rule=rule, source=source)
            axes.plot(
                medians["scale"], values, line, color=color, marker="o", markersize=2.5, lw=1.0
            )
    axes.set_xscale("log")
    axes.invert_xaxis()
    percent_axis(axes)
    axes.set_xlabel(r"scale $\sigma$")
    axes.set_title(f"all modes of $d$ = {medians['dim'].item()}")


def percent_axis(axes: Axes) -> None:
    """Logarithmic, with plain numbers where they are short."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_percentage))


def _percentage(value: float, _: int) -> str:
    return f"{value:g}" if value > 5e-4 else f"$10^{{{np.log10(value):.0f}}}$"


def rule_handles() -> list[Line2D]:
    """For a legend."""
    return [Line2D([], [], color=color, label=_LABELS[rule]) for rule, color in RULE_COLORS.items()]


def _handles(results: xr.Dataset) -> list[Line2D]:
    sizes = [f"{words:,} words" for words in results.attrs["words"]]
    names = [f"{name}, {size}" for name, size in zip(results["source"].values, sizes, strict=True)]
    below = [
        Line2D([], [], ls=line, label=name, color=INK, linewidth=1.0)
        for name, line in zip(names, _LINES, strict=True)
    ]
    return [*rule_handles(), *below]
