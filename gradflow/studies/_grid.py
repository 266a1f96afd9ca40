"""A grid of problems, one labelled result: every loss, weighting, k, side, d, scale and seed."""

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.initialisation import (
    balanced_init,
    gaussian_init,
    independent_init,
    word2vec_init,
)
from gradflow.methods import AbstractMethod, Adaptive, Exact, Stabilised
from gradflow.problems import NCE, AbstractProblem, Contrastive, Taylor
from gradflow.studies._grid_settings import GridSettings, SideName
from gradflow.studies._sweep import sweep
from gradflow.targets import WeightingName

_AXES = ("loss", "weighting", "negatives", "side", "dim")

# Orders without a lower bound run away in finite time: no use in following them for long.
_MOST_STEPS = 20_000

# Called with lanes done and lanes in all.
Progress = Callable[[int, int], None]


def sweep_grid(
    stats: CooccurrenceStatistics,
    settings: GridSettings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow every combination, measure its steps, and put all into one labelled result.

    Problems of one kind and size are compiled once. Unless told otherwise, what has a closed form
    is not integrated: Taylor order 2 with uniform weighting, tied or from balanced starts.

    Args:
        stats: Co-occurrence counts.
        settings: What the axes hold.
        progress: Called with lanes done and lanes in all.

    Returns:
        Dataset with dimensions loss, weighting, negatives, side, dim, scale, seed, time and mode:
        `t`, `singular_values`, `objective` (the loss along the run), `status`, `evaluations`,
        `plateaus`, `measured` and `predicted_qr` (from the linearisation at the origin, which is
        exact in the limit of small scales for the closed form alone); the same of contexts under
        names that begin with `context_`, nan where they are tied; `exact`, whether a closed form
        was used. Modes beyond the smaller of several d are nan.

    Raises:
        ArgumentError: Settings that these counts cannot serve.
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    settings = GridSettings() if settings is None else settings
    if not isinstance(settings, GridSettings):
        raise ArgumentError("settings", "GridSettings", type(settings).__name__)
    stats = stats.top(min(settings.words, stats.vocab_size))
    for dim in settings.dim:
        if dim > stats.vocab_size:
            raise ArgumentError("dim", f"at most the vocabulary size {stats.vocab_size}", dim)
    if settings.method == "exact":
        _check_closed(stats, settings)
    combinations = list(
        itertools.product(
            settings.losses, settings.weighting, settings.negatives, settings.sides, settings.dim
        )
    )
    lanes = len(settings.scale) * settings.seeds
    report = progress or (lambda done, total: None)
    found = []
    for index, combination in enumerate(combinations):
        report(index * lanes, len(combinations) * lanes)
        found.append(_follow(stats, settings, *combination))
    report(len(combinations) * lanes, len(combinations) * lanes)
    return _one_result(found, combinations)


def _one_result(found: list[xr.Dataset], combinations: list[tuple]) -> xr.Dataset:
    """Combinations as axes; modes and contexts that some do not have are nan."""
    names = {name for data in found for name in data.data_vars}
    context = [data for data in found if len(data.data_vars) == len(names)][:1]
    for index, data in enumerate(found):
        for name in names - set(data.data_vars):
            found[index] = found[index].assign({name: context[0][name] * np.nan})
    cases = xr.concat(found, dim="case", data_vars="all", join="outer", combine_attrs="override")
    labels = pd.MultiIndex.from_tuples(combinations, names=_AXES)
    axes = xr.Coordinates.from_pandas_multiindex(labels, "case")
    order = [*_AXES, "scale", "seed", "time", "mode"]
    return cases.assign_coords(axes).unstack("case").transpose(*order)


def _follow(
    stats: CooccurrenceStatistics,
    settings: GridSettings,
    loss: str,
    weighting: WeightingName,
    negatives: float,
    side: SideName,
    dim: int,
) -> xr.Dataset:
    """One combination, all its scales and seeds."""
    problem = _problem(stats, loss, weighting, negatives, side)
    method = _method(problem, settings)
    init = gaussian_init if problem.tied else _INITS[settings.init]
    data = sweep(
        problem, settings.scale, settings.seeds, dim, method=method, init=init,
        num_times=settings.num_times, stretch=settings.stretch, modes=settings.modes,
    )  # fmt: skip
    data = data.rename(loss="objective").reset_coords("t").drop_vars("dim")
    predicted = data["predicted"].sel(rule="qr", drop=True)
    data = data.drop_vars(["predicted", "rule"]).assign(predicted_qr=predicted)
    return data.assign(exact=isinstance(method, Exact)).drop_attrs(deep=False)


_INITS: dict[str, Any] = {
    "gaussian": independent_init,
    "balanced": balanced_init,
    "word2vec": word2vec_init,
}


def _problem(
    stats: CooccurrenceStatistics,
    loss: str,
    weighting: WeightingName,
    negatives: float,
    side: SideName,
) -> AbstractProblem:
    """The problem of one combination."""
    kinds: dict[str, Any] = {
        "sgns": Contrastive,
        "nce": functools.partial(NCE, log_partition=float(np.log(stats.vocab_size))),
    }
    make = kinds.get(loss) or functools.partial(Taylor, order=int(loss.split()[-1]))
    return make(stats, weighting=weighting, negatives=negatives, tied=side == "tied")


def _method(problem: AbstractProblem, settings: GridSettings) -> AbstractMethod:
    """As asked for; else the closed form, where the problem has one from such starts."""
    if settings.method == "stabilised":
        return Stabilised(rtol=settings.rtol, max_steps=_MOST_STEPS)
    balanced = problem.tied or settings.init == "balanced"
    closed = balanced and problem.quadratic_constant is not None
    if settings.method == "exact" or (settings.method == "auto" and closed):
        return Exact()
    return Adaptive(rtol=settings.rtol, max_steps=_MOST_STEPS)


def _check_closed(stats: CooccurrenceStatistics, settings: GridSettings) -> None:
    """Before any work, as the one without a closed form may come last."""
    for loss, weighting in itertools.product(settings.losses, settings.weighting):
        problem = _problem(stats, loss, weighting, settings.negatives[0], settings.sides[0])
        if problem.quadratic_constant is None:
            case = f"{loss} with {weighting} weighting has no closed form"
            raise ArgumentError("method", f"auto, adaptive or stabilised, as {case}", "exact")
