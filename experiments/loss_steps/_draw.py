"""When and how far the loss falls, in numbers."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from gradflow.experiments._tables import as_text
from gradflow.plotting import TrainingPanel, plot_embeddings, plot_training

CLOSE = {"time": 2.0, "height": 5.0}  # in percent: a step of the loss that agrees with theory


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each step of the loss; errors in percent of what was predicted."""
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
    """Of "time" or "height" (run, jump), in percent, signed."""
    return 100 * (results[f"jump_{name}"] / results[f"predicted_{name}"] - 1)


def mode_table(results: xr.Dataset) -> pd.DataFrame:
    """One row a mode: when s_k² reaches λ/2, and where it ends; errors in percent."""
    columns = {
        "mode": results["mode"].values,
        "eigenvalue": results["eigenvalue"].values,
        "predicted": results["predicted"].values,
    }
    for run in results["run"].values:
        one = results.sel(run=run)
        columns[f"{run}: step"] = one["measured"].values
        columns[f"{run}: step off %"] = 100 * (one["measured"] / one["predicted"] - 1).values
        columns[f"{run}: end off λ %"] = 100 * (one["end"] / one["eigenvalue"] - 1).values
    return pd.DataFrame(columns)


def report(results: xr.Dataset) -> str:
    """The steps of the loss, then how many agree, and the modes."""
    lines = [as_text(table(results))]
    for run in results["run"].values:
        time, height = (abs(errors(results, name).sel(run=run)) for name in CLOSE)
        both = int(((time <= CLOSE["time"]) & (height <= CLOSE["height"])).sum())
        one = results.sel(run=run)
        moved = 100 * abs(one["measured"] / one["predicted"] - 1)
        grown = 100 * (one["end"] / one["eigenvalue"] - 1)
        lines.append(
            f"{run}: {both} of {time.size} steps of the loss within {CLOSE['time']:g} % of their "
            f"time and {CLOSE['height']:g} % of their height; median {float(time.median()):.3g} "
            f"and {float(height.median()):.3g} %. {int(moved.count())} of {moved.size} modes have "
            f"a step, median error {float(moved.median()):.3g} %; they end "
            f"{float(grown.min()):+.3g} to {float(grown.max()):+.3g} % off λ, median "
            f"{float(grown.median()):+.3g} %; {int(one['gradients'])} gradients."
        )
    return "\n".join(lines)


def _span(first: xr.DataArray, last: xr.DataArray) -> str:
    return str(int(first)) if int(first) == int(last) else f"{int(first)}–{int(last)}"


_NAMED_AT_EACH_END = 4
_SHOWN_MODES, _NAMED_JUMPS = 12, 7
_FRAME = 1.4  # height of the lower panels, in units of the largest eigenvalue


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """One run a column in "training"; the words of each at three times in "qwem", "word2vec"."""
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


def _panel(one: xr.Dataset) -> TrainingPanel:
    return TrainingPanel(
        times=one["time"].values,
        loss=one["loss"].values,
        singular_values=one["singular_values"].values,
        theory=one["theory"].values,
        step_times=one["predicted"].values,
        plateaus=one["eigenvalue"].values if one["run"] == "QWEM" else None,
        staircase=one["staircase"].values,
        title=f"{one['run'].item()}, V = {one.attrs['words']:,}, d = {one.attrs['dim']}",
    )


def _words(one: xr.Dataset, named: list[str]) -> Figure:
    first, second = (int(axis) for axis in one["axis"].values)
    captions = ("before the first step", "after the first step", "at a later one")
    times = one["slice_time"].values
    return plot_embeddings(
        one["coordinates"].values,
        [str(word) for word in one["word"].values],
        times,
        highlight=named,
        titles=[f"$t$ = {t:.3g}, {what}" for t, what in zip(times, captions, strict=True)],
        axes_labels=(f"principal axis {first}", f"principal axis {second}"),
    )


def _outermost(points: xr.DataArray) -> list[str]:
    """The words at both ends of both axes, each once."""
    ends: list[int] = []
    for axis in range(points.sizes["axis"]):
        order = np.argsort(points.isel(axis=axis).values, kind="stable")
        ends += [*order[:_NAMED_AT_EACH_END], *order[-_NAMED_AT_EACH_END:]]
    return [str(points["word"].values[end]) for end in dict.fromkeys(ends)]
