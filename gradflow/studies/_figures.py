"""The three figures of the main job, from the arrays of a study."""

from collections.abc import Callable

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow.analysis import relative_errors
from gradflow.initialisation import gaussian_init
from gradflow.plotting import (
    StepErrors,
    TrainingPanel,
    plot_embeddings,
    plot_step_times,
    plot_training,
)
from gradflow.studies._study import Study
from gradflow.theory import predict_singular_values, predict_steps

# Rules that are drawn: what the paper says and what gradflow says.
_DRAWN_RULES = ("paper", "qr")
# Words named in the embeddings: this many at each end of each axis.
_NAMED_AT_EACH_END = 4


def study_figures(study: Study) -> dict[str, Figure]:
    """Draw what a study found.

    Args:
        study: What `study_rank_increments` returned.

    Returns:
        "training": loss and singular values with theory over them, the SGNS flow beside them;
        "step_times": predicted against measured, both rules; "embeddings": the words at three
        times.

    Raises:
        ArgumentError: A figure has nothing to show, since lanes failed.
    """
    return {name: draw(study) for name, draw in FIGURES.items()}


def shown_scale(study: Study) -> float:
    """The scale that tables and figures show: the middle one, the larger of two."""
    scales = sorted(study.settings.scales, reverse=True)
    return scales[(len(scales) - 1) // 2]


def _training(study: Study) -> Figure:
    panels = [_quadratic_panel(study)]
    if study.sgns is not None:
        panels.append(_sgns_panel(study.sgns))
    return plot_training(panels)


def _quadratic_panel(study: Study) -> TrainingPanel:
    """One lane, the first seed at the shown scale."""
    scale = shown_scale(study)
    lane = study.sweep.sel(scale=scale).isel(seed=0)
    size, dim = study.spectrum.eigenvectors.shape
    w0 = gaussian_init(jax.random.key(int(lane["seed"])), size, dim, scale)
    theory = predict_singular_values(study.spectrum, w0, lane["t"].values)
    return TrainingPanel(
        times=lane["t"].values,
        loss=lane["loss"].values,
        singular_values=lane["singular_values"].values,
        theory=np.asarray(theory),
        step_times=np.asarray(predict_steps(study.spectrum, w0)),
        plateaus=np.maximum(study.spectrum.eigenvalues, 0.0),
        staircase=lane["staircase"].values,
        labels=_first_words(study),
        title=f"$M^*$, V = {size:,}, d = {dim}, scale {_power_of_ten(scale)}",
    )


def _sgns_panel(sgns: xr.Dataset) -> TrainingPanel:
    scale = _power_of_ten(float(sgns.attrs["scale"]))
    return TrainingPanel(
        times=sgns["t"].values,
        loss=sgns["loss"].values,
        singular_values=sgns["singular_values"].values,
        theory=sgns["theory"].values,
        step_times=sgns["predicted_qr"].values,
        plateaus=sgns["plateaus"].values,
        title=f"SGNS, V = {sgns.attrs['words']:,}, d = {sgns.sizes['mode']}, scale {scale}",
    )


def _first_words(study: Study) -> list[str] | None:
    """One word a mode: the most extreme entry of its eigenvector."""
    spec = study.spectrum
    if spec.words is None:
        return None
    extremes = np.abs(spec.eigenvectors).argmax(axis=0)
    return [spec.words[i] for i in extremes]


def _step_times(study: Study) -> Figure:
    data = study.sweep.sel(mode=slice(1, study.settings.modes))
    errors = relative_errors(data)
    return plot_step_times(
        data["measured"].values,
        {rule: data[f"predicted_{rule}"].values for rule in _DRAWN_RULES},
        data["scale"].values,
        errors={rule: _over_seeds(errors[rule]) for rule in _DRAWN_RULES},
    )


def _over_seeds(error: xr.DataArray) -> StepErrors:
    return StepErrors(*(_quantile_over_seeds(error, share) for share in (0.5, 0.0, 1.0)))


def _quantile_over_seeds(error: xr.DataArray, share: float) -> np.ndarray:
    """(scale, mode), nan where no seed has the step."""
    values = error.transpose("seed", "scale", "mode").values
    known = np.isfinite(values).any(axis=0)
    found = np.full(known.shape, np.nan)
    found[known] = np.nanquantile(values[:, known], share, axis=0)
    return found


def _embeddings(study: Study) -> Figure:
    slices = study.embeddings
    words = [str(word) for word in slices["word"].values]
    coordinates = slices["coordinates"].values
    captions = ("before the first step", "after the first step", "at the end")
    first, second = (int(axis) for axis in slices["axis"].values)
    return plot_embeddings(
        coordinates,
        words,
        slices["t"].values,
        highlight=[words[i] for i in _outermost(coordinates[-1])],
        titles=[
            f"$t$ = {time:.3g}, {caption}"
            for time, caption in zip(slices["t"].values, captions, strict=True)
        ],
        axes_labels=(f"principal axis {first}", f"principal axis {second}"),
    )


def _outermost(points: np.ndarray) -> list[int]:
    """The words at both ends of both axes, without repetition."""
    ends: list[int] = []
    for axis in range(2):
        order = np.argsort(points[:, axis], kind="stable")
        ends += [*order[:_NAMED_AT_EACH_END], *order[-_NAMED_AT_EACH_END:]]
    return list(dict.fromkeys(int(end) for end in ends))


def _power_of_ten(value: float) -> str:
    """1e-4 as a power of ten in mathematical type; other numbers as they are."""
    exponent = np.log10(value)
    if abs(exponent - round(exponent)) < 1e-9:
        return f"$10^{{{round(exponent)}}}$"
    return f"{value:.3g}"


FIGURES: dict[str, Callable[[Study], Figure]] = {
    "training": _training,
    "step_times": _step_times,
    "embeddings": _embeddings,
}
