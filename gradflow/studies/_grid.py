"""The grid of the command line, as it was before `sweep` took problems of several kinds."""

import functools

import xarray as xr

from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics._lanes import Progress
from gradflow.initialisation import balanced_init, independent_init, word2vec_init
from gradflow.methods import AbstractMethod, Adaptive, Exact, Stabilised
from gradflow.problems import AbstractProblem
from gradflow.studies._grid_settings import GridSettings
from gradflow.studies._problem_grid import problem_grid
from gradflow.studies._sweep import sweep

_AXES = ("loss_function", "weighting", "negatives", "side", "dim")
# Orders without a lower bound run away in finite time: no use in following them for long.
_MOST_STEPS = 20_000
_INITS = {"gaussian": independent_init, "balanced": balanced_init, "word2vec": word2vec_init}


def sweep_grid(
    stats: CooccurrenceStatistics,
    settings: GridSettings | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return `sweep` over `problem_grid`, with all axes and the loss called `objective`."""
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    settings = GridSettings() if settings is None else settings
    if not isinstance(settings, GridSettings):
        raise ArgumentError("settings", "GridSettings", type(settings).__name__)
    stats = stats.top(min(settings.words, stats.vocab_size))
    for dim in settings.dim:
        if dim > stats.vocab_size:
            raise ArgumentError("dim", f"at most the vocabulary size {stats.vocab_size}", dim)
    problems = problem_grid(
        stats,
        loss=settings.loss,
        order=settings.order,
        weighting=settings.weighting,
        negatives=settings.negatives,
        tied=[side == "tied" for side in settings.sides],
    )
    if settings.method == "exact":
        _check_closed(problems)
    data = sweep(
        problems,
        settings.scale,
        settings.seeds,
        settings.dim,
        method=functools.partial(_method, settings=settings),
        init={"untied": _INITS[settings.init]},
        num_times=settings.num_times,
        stretch=settings.stretch,
        modes=settings.modes,
        progress=progress,
    )
    predicted = data["predicted"].sel(rule="qr", drop=True)
    data = data.drop_vars(["predicted", "rule"]).assign(predicted_qr=predicted).reset_coords("t")
    data = data.expand_dims([name for name in _AXES if name not in data.dims])
    exact = (data["evaluations"] == 0).all(["scale", "seed"])
    data = data.assign(exact=exact).rename(loss="objective").rename(loss_function="loss")
    return data.transpose("loss", *_AXES[1:], "scale", "seed", "time", "mode")


def _method(problem: AbstractProblem, settings: GridSettings) -> AbstractMethod:
    """As asked for; else the closed form, where the problem has one from such starts."""
    if settings.method == "stabilised":
        return Stabilised(rtol=settings.rtol, max_steps=_MOST_STEPS)
    balanced = problem.tied or settings.init == "balanced"
    closed = balanced and problem.quadratic_constant is not None
    if settings.method == "exact" or (settings.method == "auto" and closed):
        return Exact()
    return Adaptive(rtol=settings.rtol, max_steps=_MOST_STEPS)


def _check_closed(problems: dict) -> None:
    """Before any work, as the one without a closed form may come last."""
    for label, problem in problems.items():
        if problem.quadratic_constant is None:
            case = f"{label.loss_function} with {label.weighting} weighting has no closed form"
            raise ArgumentError("method", f"auto, adaptive or stabilised, as {case}", "exact")
