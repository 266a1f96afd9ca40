"""Which arrays of a study go into which figure. The only caller of gradflow.plotting."""

import pathlib
import sys
from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow._errors import ArgumentError
from gradflow.analysis import Study, relative_errors
from gradflow.plotting import (
    StepErrors,
    TrainingPanel,
    plot_embeddings,
    plot_step_times,
    plot_training,
    save_figure,
)

_RULES = ("paper", "row", "qr")
_NAMED_WORDS = 18
_EDGES = (0.1, 0.9)  # quantiles over seeds


def draw_figures(study: Study, folder: pathlib.Path) -> None:
    """Write training, step_times and embeddings, each as PNG and PDF.

    A figure that has nothing to draw, since lanes failed, costs a line on stderr and no results.

    Args:
        study: What to draw.
        folder: Folder to make and fill.

    Raises:
        DataError: The files cannot be written.
    """
    folder.mkdir()
    drawings: dict[str, Callable[[Study], Figure]] = {
        "training": _training,
        "step_times": _step_times,
        "embeddings": _embeddings,
    }
    for name, draw in drawings.items():
        try:
            figure = draw(study)
        except ArgumentError as error:
            print(f"gradflow: warning: figure {name} was not drawn: {error}", file=sys.stderr)
        else:
            save_figure(figure, folder / name)


def _training(study: Study) -> Figure:
    """The quadratic flow at the smallest scale, and SGNS beside it."""
    scale = min(study.settings.scales)
    data = study.sweep.sel(scale=scale).isel(seed=0)
    data = data.isel(time=_until(data["t"].values, data["predicted_qr"].values))
    panels = [
        TrainingPanel(
            times=data["t"].values,
            loss=data["loss"].values,
            singular_values=data["singular_values"].values,
            step_times=data["predicted_qr"].values,
            plateaus=data["eigenvalue"].values,
            staircase=data["staircase"].values,
            labels=_labels(study),
            title=f"quadratic loss, scale {scale:g}",
        )
    ]
    if study.sgns is not None:
        sgns = study.sgns
        panels.append(
            TrainingPanel(
                times=sgns["t"].values,
                loss=sgns["loss"].values,
                singular_values=sgns["singular_values"].values,
                theory=sgns["theory"].values,
                step_times=sgns["predicted_qr"].values,
                plateaus=sgns["plateaus"].values,
                title=f"SGNS, {sgns.attrs['words']} words, scale {sgns.attrs['scale']:g}",
            )
        )
    return plot_training(panels)


def _until(times: np.ndarray, steps: np.ndarray) -> slice:
    """Up to the last predicted step: beyond it, the staircase would be flat for want of theory."""
    last = np.nanmax(steps, initial=0.0)
    return slice(max(2, int(np.searchsorted(times, last))) if last > 0 else None)


def _labels(study: Study) -> list[str] | None:
    """The first word of each mode."""
    if "top_words" not in study.sweep:
        return None
    return [str(words).split(" ")[0] for words in study.sweep["top_words"].values]


def _step_times(study: Study) -> Figure:
    data = study.sweep.sel(mode=slice(1, study.settings.modes))
    errors = {
        rule: StepErrors(
            median=_over_seeds(relative[rule], 0.5),
            low=_over_seeds(relative[rule], _EDGES[0]),
            high=_over_seeds(relative[rule], _EDGES[1]),
        )
        for relative in [relative_errors(data)]
        for rule in _RULES
    }
    predicted = {rule: data[f"predicted_{rule}"].values for rule in _RULES}
    return plot_step_times(data["measured"].values, predicted, data["scale"].values, errors=errors)


def _over_seeds(errors: xr.DataArray, quantile: float) -> np.ndarray:
    """(scale, mode), nan where no seed has the step."""
    values = errors.transpose("seed", "scale", "mode").values
    known = np.isfinite(values).any(axis=0)
    found = np.full(known.shape, np.nan)
    found[known] = np.nanquantile(values[:, known], quantile, axis=0)
    return found


def _embeddings(study: Study) -> Figure:
    data = study.embeddings
    words = [str(word) for word in data["word"].values]
    coordinates = data["coordinates"].values
    axes = [f"principal axis {axis}" for axis in data["axis"].values]
    times = data["t"].values
    return plot_embeddings(
        coordinates,
        words,
        times,
        highlight=[words[index] for index in _outermost(coordinates[-1])],
        titles=[
            f"{state}, $t$ = {time:.3g}"
            for state, time in zip(data["state"].values, times, strict=True)
        ],
        axes_labels=(axes[0], axes[1]),
    )


def _outermost(points: np.ndarray) -> list[int]:
    """The words at both ends of both axes, in turns."""
    order = np.argsort(points, axis=0, kind="stable")
    ends = np.concatenate([order, order[::-1]], axis=1)
    found = dict.fromkeys(ends.ravel().tolist())
    return list(found)[:_NAMED_WORDS]
