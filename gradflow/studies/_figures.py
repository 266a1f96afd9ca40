"""The three figures of the main job, from the arrays of a study; all of one scale."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow._errors import ArgumentError
from gradflow.plotting import (
    StepErrors,
    TrainingPanel,
    plot_embeddings,
    plot_step_times,
    plot_training,
)
from gradflow.plotting._ticks import scale_text
from gradflow.studies._study import Study

# Rules that are drawn: the paper's, and the two of gradflow's that are better.
_DRAWN_RULES = ("paper", "qr", "clusters")
# Words named in the embeddings: this many at each end of each axis.
_NAMED_AT_EACH_END = 4
# Modes that the training figure shows.
_DRAWN_MODES = 12
# The training figure ends at so many times the last predicted step.
_WATCHED = 1.4
_WHY_LOWER = (
    "Right: the theory keeps the loss to second order in $x_{ij} = w_i\\cdot w_j$. It ends at "
    "$M^*_{ij} = 2\\,\\tanh(x_{ij}/2)$ where SGNS goes\non to $x_{ij}$ itself, so its plateaus lie "
    "lower than those of the flow."
)


def study_figures(study: Study) -> dict[str, Figure]:
    """Draw a study.

    Args:
        study: What `study_rank_increments` returned.

    Returns:
        "training": loss and singular values with theory over them, the SGNS flow beside them;
        "step_times": predicted against measured, by rule; "embeddings": the words at three times.
        Training and embeddings are of the smallest scale, where steps are clearest.

    Raises:
        ArgumentError: A figure has nothing to show, since lanes failed.
    """
    return {name: draw(study) for name, draw in FIGURES.items()}


def _training(study: Study) -> Figure:
    if study.shown is None:
        raise ArgumentError("study", "one that holds the lane to draw", "one without `shown`")
    size, dim = study.shown.attrs["words"], study.shown.sizes["mode"]
    panels = [_panel(study.shown, f"$M^*$ of {size:,} words, $d$ = {dim}")]
    note = ""
    if study.sgns is not None:
        size, dim = study.sgns.attrs["words"], study.sgns.sizes["mode"]
        panels.append(_panel(study.sgns, f"SGNS of the {size:,} most frequent words, $d$ = {dim}"))
        note = _WHY_LOWER
    return plot_training(panels, modes=_DRAWN_MODES, note=note)


def _panel(data: xr.Dataset, what: str) -> TrainingPanel:
    """One lane, with the theory that stands in its dataset."""
    predicted = data["predicted"]
    if "rule" in predicted.dims:
        predicted = predicted.sel(rule="qr")
    groups = data["step_group"].values
    # Only SGNS is watched for much longer than the steps take. Its modes drift on, some of them
    # without end, and what they come to would press the steps together at the foot of the panel.
    last_step = np.max(predicted.values, initial=0.0, where=np.isfinite(predicted.values))
    data = data.isel(time=data["t"].values <= (_WATCHED * last_step or np.inf))
    values = data["singular_values"].values
    return TrainingPanel(
        times=data["t"].values,
        loss=data["loss"].values,
        singular_values=values,
        theory=data["theory"].values,
        step_times=predicted.values,
        plateaus=values[-1] ** 2,  # each number stands where its curve ends
        staircase=data["staircase"].values if "staircase" in data else None,
        labels=_first_words(data),
        groups=groups,
        title=f"{what}, {scale_text(float(data.attrs['scale']))}\n{_told(groups)}",
    )


def _told(groups: np.ndarray) -> str:
    """How many of the first steps stand apart from both neighbours, in words."""
    count = min(groups.size, _DRAWN_MODES)
    drawn = groups[:count]
    alone = int((np.bincount(groups)[drawn] == 1).sum())
    if alone == count:
        return f"all of the first {count} steps stand apart"
    if alone:
        return f"{alone} of the first {count} steps {'stands' if alone == 1 else 'stand'} apart"
    num_groups = len(np.unique(drawn))
    if num_groups > 1:
        return f"the first {count} steps come in {num_groups} groups"
    return f"the first {count} steps run into each other"


def _first_words(data: xr.Dataset) -> list[str] | None:
    """One word a mode: the most extreme entry of its eigenvector."""
    if "top_words" not in data:
        return None
    return [str(ends).partition(" ")[0] for ends in data["top_words"].values]


def _step_times(study: Study) -> Figure:
    data = study.sweep.sel(mode=slice(1, study.settings.modes))
    order = ("scale", "seed", "mode")
    measured = data["measured"].transpose(*order)
    predicted = {
        rule: data["predicted"].sel(rule=rule).transpose(*order).values for rule in _DRAWN_RULES
    }
    return plot_step_times(
        measured.values,
        predicted,
        data["scale"].values,
        errors={
            rule: _over_seeds(np.abs(times / measured.values - 1))
            for rule, times in predicted.items()
        },
    )


def _over_seeds(errors: np.ndarray) -> StepErrors:
    """Median, smallest and largest over seeds, (scale, mode), nan where no seed has the step."""
    has_step = np.isfinite(errors).any(axis=1)
    filled = np.where(has_step[:, None], errors, 0.0)
    quantiles = np.nanquantile(filled, [0.5, 0.0, 1.0], axis=1)
    return StepErrors(*np.where(has_step, quantiles, np.nan))


def _embeddings(study: Study) -> Figure:
    slices = study.embeddings
    words = [str(word) for word in slices["word"].values]
    coordinates = slices["coordinates"].values
    first, second = (int(axis) for axis in slices["axis"].values)
    times = slices["t"].values
    captions = ("before the first step", f"axis {first} is learned", "at the end")
    return plot_embeddings(
        coordinates,
        words,
        times,
        highlight=[words[i] for i in _outermost(coordinates[-1])],
        titles=[
            f"$t$ = {time:.3g}, {caption}" for time, caption in zip(times, captions, strict=True)
        ],
        axes_labels=(f"principal axis {first}", f"principal axis {second}"),
        note=_about_axes(slices, len(words)),
    )


def _about_axes(slices: xr.Dataset, words: int) -> str:
    """Return a remark on the lane that the embeddings are of, and the reason for these axes."""
    first, second = (int(axis) for axis in slices["axis"].values)
    lane = f"{words:,} words, {scale_text(float(slices.attrs['scale']))}"
    steps = slices["step"].values
    if second <= first or not np.isfinite(steps).all():
        return f"{lane}."
    once, later = (f"{step:.3g}" for step in steps)
    told = f"{lane}. Axis {first} is learned at $t$ = {once}, axis {second} at {later}"
    if second == first + 1:
        return f"{told}."
    between = f"axis {first + 1} comes"
    if second > first + 2:
        between = f"axes {first + 1} to {second - 1} come"
    return f"{told}; {between} less than two rise times after axis {first}."


def _outermost(points: np.ndarray) -> list[int]:
    """The words at both ends of both axes, without repetition."""
    ends: list[int] = []
    for axis in range(2):
        order = np.argsort(points[:, axis], kind="stable")
        ends += [*order[:_NAMED_AT_EACH_END], *order[-_NAMED_AT_EACH_END:]]
    return list(dict.fromkeys(int(end) for end in ends))


FIGURES: dict[str, Callable[[Study], Figure]] = {
    "training": _training,
    "step_times": _step_times,
    "embeddings": _embeddings,
}
