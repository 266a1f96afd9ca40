"""Tables and figures of how far descent is from the flow, and where it stops following it."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gradflow.experiments._tables import as_text
from gradflow.experiments.learning_rates._run import late
from gradflow.plotting._style import (
    CONTRAST,
    INK,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades

_DIVERGED = 10.0


def errors(results: xr.Dataset) -> xr.Dataset:
    """Return how far minibatches are from the flow, by (batch, rate).

    `temperature` is η/B. `value` is the largest difference of a singular value at any time,
    relative to the largest singular value; `step` (…, learned) those of step times, relative and
    signed; `floor` the last singular value when the flow learns its second mode, relative to the
    first; `kept` whether every mode is more like the flow's mode of that number than any other;
    `alike` the smallest overlap with that one. All are nan, or False, where a run was left out, or
    diverged: met ten times the flow's largest singular value.
    """
    top = results["flow"].max()
    fine = results["trained"].max(("time", "mode"), skipna=False) < _DIVERGED * top
    off = abs(results["trained"] - results["flow"]).max(("time", "mode"))
    second = int(np.searchsorted(results["t"], results["flow_time"][1]))
    then = results["trained"].isel(time=second)
    alike = results["overlap"].fillna(0).argmax("other") + 1
    same_number = results["overlap"].where(results["learned"] == results["other"]).max("other")
    return xr.Dataset(
        {
            "temperature": results["rate"] / results["batch"],
            "value": (off / top).where(fine),
            "step": (results["trained_time"] / results["flow_time"] - 1).where(fine),
            "floor": then.isel(mode=-1) / then.isel(mode=0).where(fine),
            "kept": (alike == alike["learned"]).all("learned") & fine,
            "alike": same_number.min("learned", skipna=False).where(fine),
        }
    ).transpose("batch", "rate", ...)


def where_crossed(temperature: np.ndarray, error: np.ndarray, level: float) -> float:
    """Return the η/B at which an error passes a level, straight in logarithms.

    nan if it never does, or has done so at the smallest.

    Args:
        temperature: (n,), those of several batches may coincide, and are averaged.
        error: (n,), above zero; nan where not known.
        level: Above zero.
    """
    usable = np.isfinite(error) & (error > 0)
    logs = pd.Series(np.log(error[usable])).groupby(np.round(np.log(temperature[usable]), 6)).mean()
    x, y = logs.index.to_numpy(), logs.to_numpy() - np.log(level)
    above = np.flatnonzero(y >= 0)
    if not len(above) or above[0] == 0:
        return float("nan")
    low, high = above[0] - 1, above[0]
    return float(np.exp(x[low] - y[low] * (x[high] - x[low]) / (y[high] - y[low])))


def thresholds(results: xr.Dataset) -> dict[str, float]:
    """Return by name the η/B at which values, steps, floor and directions are spoilt."""
    off = errors(results)
    hot = off["temperature"].values.ravel()
    measures = {
        "singular values 10 % off": off["value"],
        "step times 10 % off": abs(off["step"]).max("learned", skipna=False),
        "last singular value a tenth of the first": off["floor"],
    }
    limits = {
        name: where_crossed(hot, measure.values.ravel(), 0.1) for name, measure in measures.items()
    }
    half_lost = where_crossed(hot, 1 / off["alike"].values.ravel(), 2)
    return limits | {"a direction half lost": half_lost}


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each rate and batch that was run, by rising η/B."""
    off = errors(results)
    rows = []
    for batch in results["batch"].values:
        for rate in results["rate"].values:
            error = off.sel(batch=batch, rate=rate)
            if np.isnan(results["seconds"].sel(batch=batch, rate=rate)):
                continue
            overlap = results["overlap"].sel(batch=batch, rate=rate)
            row = {
                "rate / batch": float(error["temperature"]),
                "batch": int(batch),
                "rate": float(rate),
                "rate x lambda_1": float(rate * results["fastest"]),
                "max error %": float(100 * error["value"]),
                "floor %": float(100 * error["floor"]),
                "same order": bool(error["kept"]),
            }
            for mode in results["learned"].values:
                row[f"t_{mode} off %"] = float(100 * error["step"].sel(learned=mode))
            for mode in results["learned"].values:
                row[f"overlap {mode}"] = float(overlap.sel(learned=mode, other=mode))
            rows.append(row | {"seconds": float(results["seconds"].sel(batch=batch, rate=rate))})
    return pd.DataFrame(rows).sort_values("rate / batch", kind="stable", ignore_index=True)


def descent_table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each full-batch run, with how late the first and last mode are."""
    ratio = results["descent_step"] / results["flow_step"] - 1
    apart = abs((1 + ratio) / results["late"] - 1).max("compared")
    ends = [int(results["compared"][0]), int(results["compared"][-1])]
    rows = []
    for number in range(results.sizes["descent"]):
        momentum = float(results["beta"][number])
        row = {
            "optimiser": f"momentum {momentum:g}" if momentum else "plain",
            "rate x lambda_1": float(results["pace"][number]),
        }
        for mode in ends:
            row[f"t_{mode} late %"] = float(100 * ratio.isel(descent=number).sel(compared=mode))
            delay = results["late"].isel(descent=number).sel(compared=mode) - 1
            row[f"t_{mode} in theory %"] = float(100 * delay)
        rows.append(row | {"largest difference of all %": float(100 * apart[number])})
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return both tables as text, limits and thresholds."""
    limits = ", ".join(
        f"{kind} {float(results['limit'].sel(beta_kind=kind)):.4g} in theory and "
        f"{float(results['limit_found'].sel(beta_kind=kind)):.4g} found"
        for kind in results["beta_kind"].values
    )
    lines = [
        as_text(descent_table(results)),
        f"Largest stable rate x lambda_1: {limits}.",
        "Spread of step times, last over first: flow "
        f"{_spread(results['flow_step']):.3g}, Adam "
        + ", ".join(
            f"{_spread(by_rate):.3g} at {float(by_rate['adam']):g}"
            for by_rate in results["adam_step"]
        ),
        "Squared overlaps with eigenvectors: flow " + _listed(results["flow_overlap"]),
        *(
            f"  Adam {float(by_rate['adam']):g}: {_listed(by_rate)}"
            for by_rate in results["adam_overlap"]
        ),
        as_text(table(results)),
        *(f"{name} at rate / batch = {limit:.3g}" for name, limit in thresholds(results).items()),
    ]
    return "\n".join(lines)


def _spread(steps: xr.DataArray) -> float:
    return float(steps.isel(compared=-1) / steps.isel(compared=0))


def _listed(values: xr.DataArray) -> str:
    return ", ".join(f"{value:.2f}" for value in values.values)


def draw_descent(results: xr.Dataset) -> Figure:
    """Draw delays of steps against the rate, and singular values of the flow and of Adam."""
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
        figure.legend(handles=_descent_handles(results), loc="outside lower center", ncols=4)
    return figure


def _draw_delays(axes: Axes, results: xr.Dataset) -> None:
    """Draw one dot a mode and run, at the mode's own ηλ_k."""
    runs = results.isel(descent=np.flatnonzero(results["beta"] == 0))
    heavy = results.isel(descent=np.flatnonzero(results["beta"] > 0))
    colors = sequential_colors(results.sizes["compared"])
    unit = results["eigenvalue"] / results["eigenvalue"][0]
    for kind, marker, filled in ((runs, "o", True), (heavy, "s", False)):
        off = 100 * (kind["descent_step"] / kind["flow_step"] - 1)
        for mode, color in enumerate(colors):
            x = kind["pace"] * float(unit[mode])
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


def _descent_handles(results: xr.Dataset) -> list[Line2D]:
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


_MARKERS = ("o", "s", "^", "D", "v", "P")
_SIZES = (7.0, 5.8, 5.0, 3.6, 3.0, 2.5)  # where several meet, all are seen
_PEOPLE = 0.025  # the rate of a pair that word2vec.c and gensim begin with


def draw_minibatches(results: xr.Dataset) -> Figure:
    """Draw singular values, step times and the floor: a marker a batch, a colour a rate."""
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
        figure.legend(handles=_minibatch_handles(results), loc="outside lower center", ncols=4)
    return figure


def _draw_points(axes: Axes, off: xr.Dataset, shown: xr.DataArray) -> None:
    colors = sequential_colors(off.sizes["rate"])
    markers = _MARKERS[: off.sizes["batch"]]
    for number, (batch, marker) in enumerate(zip(off["batch"].values, markers, strict=True)):
        for rate, color in zip(off["rate"].values, colors, strict=True):
            where = {"batch": batch, "rate": rate}
            axes.plot(
                off["temperature"].sel(where), shown.sel(where), marker, color=color,
                ms=_SIZES[number], mec="white", mew=0.4, zorder=3,
            )  # fmt: skip


def _finish(axes: Axes) -> None:
    axes.set(xscale="log", yscale="log", xlabel=r"$\eta/B$")
    axes.axvline(_PEOPLE, color=STEP_MARK, linewidth=0.8, linestyle="--", zorder=1)
    low, high = axes.get_xlim()
    label_decades(axes.xaxis, low, max(high, 1000 * low))  # powers of ten alone
    label_decades(axes.yaxis, *axes.get_ylim())


def _minibatch_handles(results: xr.Dataset) -> list[Line2D]:
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
