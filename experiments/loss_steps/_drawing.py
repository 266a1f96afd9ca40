"""Losses with their singular values, and the words at three times."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow.plotting import TrainingPanel, plot_embeddings, plot_training

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
