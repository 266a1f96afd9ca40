"""Tables and figures of when and how far the loss falls."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradflow.experiments._tables import as_text
from gradflow.plotting import TrainingPanel, plot_embeddings, plot_training

CLOSE = {"time": 2.0, "height": 5.0}  # in percent: a step of the loss that agrees with theory


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each step of the loss; errors in percent of what was predicted."""
    columns = {
        "modes": [_span(*ends) for ends in zip(results["first"], results["last"], strict=True)],
        "predicted time": results["predicted_time"].values,
        "predicted height": results["predicted_height"].values,
        "of the staircase": results["stairs"].values,
    }
    for run in results["run"].values:
        for name in CLOSE:
            columns[f"{run}: {name} %"] = errors(results, name).sel(run=run).values
    return pd.DataFrame(columns)


def errors(results: xr.Dataset, name: str) -> xr.DataArray:
    """Return errors of "time" or "height" (run, jump), in percent, signed."""
    return 100 * (results[f"jump_{name}"] / results[f"predicted_{name}"] - 1)


def mode_table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row a mode: when s_k² reaches λ/2, and where it ends; errors in percent."""
    columns = {
        "mode": results["mode"].values,
        "eigenvalue": results["eigenvalue"].values,
        "predicted": results["predicted"].values,
    }
    for run in results["run"].values:
        by_run = results.sel(run=run)
        columns[f"{run}: step"] = by_run["measured"].values
        columns[f"{run}: step off %"] = 100 * (by_run["measured"] / by_run["predicted"] - 1).values
        columns[f"{run}: end off λ %"] = 100 * (by_run["end"] / by_run["eigenvalue"] - 1).values
    return pd.DataFrame(columns)


def report(results: xr.Dataset) -> str:
    """Return the steps of the loss as text, then how many agree, and the modes."""
    lines = [as_text(table(results))]
    for run in results["run"].values:
        time, height = (abs(errors(results, name).sel(run=run)) for name in CLOSE)
        close = int(((time <= CLOSE["time"]) & (height <= CLOSE["height"])).sum())
        by_run = results.sel(run=run)
        moved = 100 * abs(by_run["measured"] / by_run["predicted"] - 1)
        grown = 100 * (by_run["end"] / by_run["eigenvalue"] - 1)
        lines.append(
            f"{run}: {close} of {time.size} steps of the loss within {CLOSE['time']:g} % of their "
            f"time and {CLOSE['height']:g} % of their height; median {float(time.median()):.3g} "
            f"and {float(height.median()):.3g} %. {int(moved.count())} of {moved.size} modes have "
            f"a step, median error {float(moved.median()):.3g} %; they end "
            f"{float(grown.min()):+.3g} to {float(grown.max()):+.3g} % off λ, median "
            f"{float(grown.median()):+.3g} %; {int(by_run['gradients'])} gradients."
        )
    return "\n".join(lines)


def _span(first: xr.DataArray, last: xr.DataArray) -> str:
    return str(int(first)) if int(first) == int(last) else f"{int(first)}–{int(last)}"


_NAMED_AT_EACH_END = 4
_SHOWN_MODES, _NAMED_JUMPS = 12, 7
_FRAME = 1.4  # height of the lower panels, in units of the largest eigenvalue


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Draw one run a column in "training", its words at three times in "qwem", "word2vec"."""
    figures = {"training": _training(results)}
    words = _outermost(results["coordinates"].sel(run="QWEM").isel(slice=-1))
    for run in results["run"].values:
        figures[str(run).lower()] = _words(results.sel(run=run), words)
    return figures


def _training(results: xr.Dataset) -> Figure:
    panels = [_panel(results.sel(run=run)) for run in results["run"].values]
    # One frame for both, which modes of few words leave in the end.
    top = _FRAME * float((results["theory"] ** 2).max())
    figure = plot_training(panels, modes=_SHOWN_MODES, jumps=_NAMED_JUMPS, top=top)
    for axes in figure.axes[:2]:
        axes.set_ylabel(axes.get_ylabel().replace("loss", "loss above that of $W = 0$"))
    figure.axes[3].set_ylabel("")  # as beside it
    return figure


def _panel(by_run: xr.Dataset) -> TrainingPanel:
    return TrainingPanel(
        times=by_run["time"].values,
        loss=by_run["loss"].values,
        singular_values=by_run["singular_values"].values,
        theory=by_run["theory"].values,
        step_times=by_run["predicted"].values,
        plateaus=by_run["eigenvalue"].values if by_run["run"] == "QWEM" else None,
        staircase=by_run["staircase"].values,
        title=f"{by_run['run'].item()}, V = {by_run.attrs['words']:,}, d = {by_run.attrs['dim']}",
    )


def _words(by_run: xr.Dataset, named: list[str]) -> Figure:
    first, second = (int(axis) for axis in by_run["axis"].values)
    captions = ("before the first step", "after the first step", "at a later one")
    times = by_run["slice_time"].values
    return plot_embeddings(
        by_run["coordinates"].values,
        [str(word) for word in by_run["word"].values],
        times,
        highlight=named,
        titles=[f"$t$ = {t:.3g}, {what}" for t, what in zip(times, captions, strict=True)],
        axes_labels=(f"principal axis {first}", f"principal axis {second}"),
    )


def _outermost(points: xr.DataArray) -> list[str]:
    """Return the words at both ends of both axes, each once."""
    ends: list[int] = []
    for axis in range(points.sizes["axis"]):
        order = np.argsort(points.isel(axis=axis).values, kind="stable")
        ends += [*order[:_NAMED_AT_EACH_END], *order[-_NAMED_AT_EACH_END:]]
    return [str(points["word"].values[end]) for end in dict.fromkeys(ends)]
