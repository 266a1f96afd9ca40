"""How late descent is on the full batch, and what Adam does."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.learning_rates._full_batch import late
from gradflow.plotting import (
    INK,
    STEP_MARK,
    TEXT_WIDTH,
    label_decades,
    new_figure,
    sequential_colors,
    style,
)


def draw_descent(results: xr.Dataset) -> Figure:
    """Delays of step times against the rate; singular values of the flow and of Adam."""
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        plain, flow, adam = figure.subplots(1, 3)
        flow.sharey(adam)
        _draw_delays(plain, results)
        unit = float(results["eigenvalue"][0])
        _draw_values(flow, unit * results["exact_t"].values, results["exact_values"])
        middle = results.sizes["adam"] // 2
        _draw_values(adam, results["adam_travel"].values, results["adam_values"][middle])
        rate = float(results["adam"][middle])
        last = unit * float(results["flow_step"].max())
        flow.set(xlim=(0, min(1.15 * last, unit * float(results["exact_t"][-1]))), ylim=(0, None))
        flow.set(xlabel=r"time $\lambda_1 t$", ylabel="singular value $s_k$", title="gradient flow")
        steps = float(results["adam_step"][middle].max())
        adam.set(xlim=(0, min(1.5 * steps, float(results["adam_travel"][-1]))))
        adam.set(xlabel="rate × steps", title=f"Adam, rate {rate:g}")
        adam.tick_params(labelleft=False)
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=4)
    return figure


def _draw_delays(axes: Axes, results: xr.Dataset) -> None:
    """One dot a mode and run, at the mode's own ηλ_k."""
    runs = results.isel(descent=np.flatnonzero(results["beta"] == 0))
    heavy = results.isel(descent=np.flatnonzero(results["beta"] > 0))
    colors = sequential_colors(results.sizes["compared"])
    unit = results["eigenvalue"] / results["eigenvalue"][0]
    for one, marker, filled in ((runs, "o", True), (heavy, "s", False)):
        off = 100 * (one["descent_step"] / one["flow_step"] - 1)
        for mode, color in enumerate(colors):
            x = one["pace"] * float(unit[mode])
            (dots,) = axes.plot(x, off[:, mode], marker, color=color, ms=3.0, zorder=3)
            dots.set(mfc=color if filled else "none", mew=0.6)
    low, high = float(runs["pace"].min() * unit[-1]), float(runs["pace"].max())
    alone = np.geomspace(low, high, 100)
    for beta in (0.0, float(heavy["beta"].max())):
        axes.plot(alone, 100 * (late(beta, alone) - 1), color=INK, linewidth=0.8, zorder=2)
    limit = float(results["limit"].sel(beta_kind="plain"))
    axes.axvline(limit, color=STEP_MARK, linewidth=0.8, linestyle="--", zorder=1)
    axes.set(xscale="log", yscale="log", xlim=(0.8 * low, 1.3 * limit))
    axes.set(xlabel=r"$\eta\lambda_k$, of momentum $\eta\lambda_k/(1-\beta)$")
    axes.set(ylabel="step later than the flow’s (%)", title="descent in steps of $\\eta$")
    label_decades(axes.xaxis, *axes.get_xlim())
    label_decades(axes.yaxis, *axes.get_ylim())


def _draw_values(axes: Axes, x: np.ndarray, values: xr.DataArray) -> None:
    for mode, color in enumerate(sequential_colors(values.sizes["compared"])):
        axes.plot(x, values[:, mode], color=color, linewidth=1.0)


def _handles(results: xr.Dataset) -> list[Line2D]:
    momentum = float(results["beta"].max())
    colors = sequential_colors(results.sizes["compared"])[[0, -1]]
    return [
        Line2D([], [], color=INK, ls="", marker="o", ms=3, label="plain descent"),
        Line2D([], [], color=INK, ls="", marker="s", ms=3, mfc="none", mew=0.6,
               label=f"momentum $\\beta$ = {momentum:g}"),
        Line2D([], [], color=INK, lw=0.8, label="one mode alone"),
        Line2D([], [], color=STEP_MARK, lw=0.8, ls="--", label="plain: mode 1 unstable beyond"),
        Line2D([], [], color=colors[0], label="mode 1"),
        Line2D([], [], color=colors[1], label=f"mode {results.sizes['compared']}"),
    ]  # fmt: skip
