"""The one sweep: problems × dimensions × scales × seeds in one labelled result."""

import functools
import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import xarray as xr
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Float, Int, Real

from gradflow._checks import positive_int
from gradflow.dynamics import time_grid
from gradflow.dynamics._lanes import Initialiser, Lane, Measure, Progress, follow_lanes
from gradflow.dynamics._to_dataset import lanes_to_dataset
from gradflow.initialisation import balanced_init, gaussian_init
from gradflow.io._environment import environment
from gradflow.methods import AbstractMethod, Auto, Snapshots
from gradflow.problems import AbstractProblem
from gradflow.studies._sweep_arguments import Arguments, checked_arguments, checked_grid
from gradflow.studies._sweep_axes import combined
from gradflow.studies._sweep_measures import MeasuredSteps, PredictedSteps
from gradflow.targets import Spectrum, spectrum
from gradflow.theory import PredictionRule
from gradflow.theory._coupled_modes import COMPETITORS

# Axes, after (scale, seed), of what a sweep itself measures or keeps.
_AXES = {
    "measured": ("mode",),
    "context_measured": ("mode",),
    "predicted": ("rule", "mode"),
    "embeddings": ("time", "word", "column"),
    "context_embeddings": ("time", "word", "column"),
}


_AUTO = Auto()


def sweep(
    problems: AbstractProblem | Mapping[Any, AbstractProblem],
    scales: Real[ArrayLike, "..."] | Sequence[float],
    seeds: int | Sequence[int] | Int[np.ndarray, " seeds"],
    dims: int | Sequence[int] | Int[np.ndarray, " dims"],
    *,
    method: AbstractMethod[Any] | Callable[[AbstractProblem], AbstractMethod[Any]] = _AUTO,
    times: Real[ArrayLike, "..."] | Sequence[float] | Sequence[Sequence[float]] | None = None,
    num_times: int = 400,
    stretch: float = 1.0,
    rules: Sequence[PredictionRule] = ("qr",),
    modes: int | None = None,
    measure: Mapping[str, Measure] | None = None,
    snapshots: Snapshots | None = None,
    embeddings: bool | np.bool_ = False,
    init: Initialiser | Mapping[str, Initialiser] | None = None,
    dtype: DTypeLike | None = None,
    memory_limit: int = 2 * 2**30,
    lanes_at_once: int | None = None,
    devices: Sequence[jax.Device] | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Follow every combination of problem, d, scale and seed; measure and predict its steps.

    Lanes run in chunks on all devices. Problems of one kind and size share a compilation, whatever
    their numbers. The same seed gives the same random numbers at every scale, so scales are
    compared in pairs. No lane raises: one that failed has a `status` above zero, after whatever
    repair its method knows.

    There is an axis for each thing that varies. Labels of problems that are named tuples or
    dataclasses, such as those of `gradflow.studies.problem_grid`, give an axis to each of their
    fields, where all combinations are there; a field with one value becomes a scalar coordinate.
    Other labels make an axis "problem".

    Args:
        problems: One problem, or a mapping from labels to problems of any kinds with the same V.
        scales: Initialisation scales σ, each above zero.
        seeds: How many seeds (0, 1, ...), or the seeds themselves.
        dims: d, or several of them, each at most V.
        method: How flows are followed, or a function that names the method for a problem. `Auto()`
            chooses for each problem.
        times: When to look, (T,) for all scales or (scale, T); by default `time_grid` of each
            problem, scale and d.
        num_times: T of that default.
        stretch: Its stretch, for losses that bend.
        rules: By which steps are predicted, from the spectrum of each problem at the origin; none
            where empty. "clusters" takes some fifty eigenpairs more than d.
        modes: How many steps are measured, predicted and covered by the default times; all d unless
            told otherwise.
        measure: Further results by name, each a function of (solution, W₀) returning an array of
            shape (), (d,), (T,) or (T, d); run inside the compiled lane, so neither is held. Give
            the same functions, or equal `equinox.Module`s, and equal sweeps compile once. One that
            is called "measured" takes the place of the sweep's own step times; other names of the
            sweep's variables and dimensions are refused.
        snapshots: Functions of the state, kept at times of their own, the same for all lanes.
        embeddings: Keep W, and C where untied, at every time: T · V · d numbers a lane.
        init: Initialiser, called with (key, V, d, scale, dtype); returns an array (V, d) of dtype,
            or a pair of them where the problem is untied. A mapping with "tied" and "untied" where
            problems are of both sides. `gaussian_init` unless told otherwise, `balanced_init` where
            untied: a closed form begins there.
        dtype: float32 or float64; float64 unless told otherwise.
        memory_limit: Bytes that the lanes of one chunk may take, about. Problem and plan come on
            top of it.
        lanes_at_once: Size of a chunk, in place of the one that memory_limit gives.
        devices: Devices to spread lanes over; all of this process by default.
        progress: Called with (lanes done, lanes in all).

    Returns:
        Dataset with dimensions (problem axes,) (dim,) scale, seed, time, mode and rule: coordinates
        `t` (..., scale, time), `scale`, `seed`, `mode` from 1; variables `singular_values`, `loss`,
        `status` (a `Status` value each), `evaluations`, `plateaus`, `measured` (..., scale, seed,
        mode: half-height times), `predicted` (rule, ..., scale, seed, mode) and whatever else was
        measured; where untied also `context_singular_values`, `context_plateaus` and
        `context_measured`, nan for tied problems. Modes beyond a smaller d, or beyond `modes`, are
        nan. Snapshots have a dimension "snapshot" after the seed, with `snapshot_t`, and dimensions
        of their own after that. Attributes say settings, versions and dtype.

    Raises:
        ArgumentError: An argument has the wrong type, shape or value.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, 1.0, -1.0])))
        >>> data = gf.sweep(problem, scales=[1e-2, 1e-4], seeds=3, dims=2, num_times=50)
        >>> dict(data.singular_values.sizes)
        {'scale': 2, 'seed': 3, 'time': 50, 'mode': 2}
        >>> error = abs(data.predicted.sel(rule="qr", mode=1) / data.measured.sel(mode=1) - 1)
        >>> bool(error.max() < 1e-3)
        True
    """
    given = checked_arguments(
        problems=problems,
        scales=scales,
        seeds=seeds,
        dims=dims,
        method=method,
        rules=rules,
        modes=modes,
        measure=measure,
        snapshots=snapshots,
        embeddings=embeddings,
        init=init,
        dtype=dtype,
        memory_limit=memory_limit,
        lanes_at_once=lanes_at_once,
        devices=devices,
        progress=progress,
    )
    cases = list(_cases(given, times, num_times, stretch))
    lanes = len(given.scales) * len(given.seeds)
    results = {}
    for index, case in enumerate(cases):
        results[case.label, case.dim] = _follow(given, case, cases, index * lanes)
    settings = {
        "scales": list(given.scales),
        "seeds": list(given.seeds),
        "dims": list(given.dims),
        "modes": modes,
        "rules": list(given.rules),
        "times": "default" if times is None else "given",
        "num_times": cases[0].grid.shape[1],
        "stretch": stretch,
    }
    return combined(results, single=not isinstance(problems, Mapping)).assign_attrs(
        _attributes(given, settings)
    )


class _Case(NamedTuple):
    """One problem with one d: its label, its spectrum as wide as is needed, its times by scale."""

    label: Hashable
    problem: AbstractProblem
    dim: int
    modes: int
    spectrum: Spectrum
    grid: Float[np.ndarray, "scale T"]


def _cases(given: Arguments, times: Any, num_times: int, stretch: float) -> Iterator[_Case]:
    """All problems with all d, in the order of the axes."""
    fixed = None if times is None else checked_grid(times, len(given.scales), given.dtype)
    num_times = positive_int("num_times", num_times, least=8)
    for label, problem in given.problems.items():
        for dim in given.dims:
            modes = min(dim, given.modes or dim)
            coupled = dim + COMPETITORS if "clusters" in given.rules else modes
            spec = spectrum(problem.linearisation, min(problem.rows, coupled))
            grid = fixed
            if grid is None:
                first = spec if coupled == modes else spectrum(problem.linearisation, modes)
                make = functools.partial(time_grid, first, dim=dim, num=num_times, stretch=stretch)
                grid = np.stack([make(scale) for scale in given.scales])
            yield _Case(label, problem, dim, modes, spec, grid)


def _follow(given: Arguments, case: _Case, cases: list[_Case], done_before: int) -> xr.Dataset:
    """All scales and seeds of one problem with one d."""
    problem, grid = case.problem, case.grid
    init = given.init.get(_side(problem), gaussian_init if problem.tied else balanced_init)
    lane = Lane(
        given.method(problem),
        init,
        problem.vocab_size,
        case.dim,
        _measures(given, case),
        given.dtype,
        given.embeddings,
    )
    snapshots = given.snapshots(min(case.grid[:, -1].min() for case in cases))
    results = follow_lanes(
        lane,
        problem,
        snapshots,
        _lane_inputs(given.scales, given.seeds, grid),
        memory_limit=given.memory_limit,
        lanes_at_once=given.lanes_at_once,
        devices=given.devices,
        progress=_part_of(given, done_before, len(cases)),
    )
    data = lanes_to_dataset(
        results,
        given.scales,
        given.seeds,
        grid,
        case.dim,
        snapshots=snapshots,
        axes={name: axes for name, axes in _AXES.items() if name not in given.measure},
    )
    if given.rules:
        data = data.assign_coords(rule=list(given.rules))
    words = problem.linearisation.words
    if given.embeddings and words is not None:
        data = data.assign_coords(word=list(words[: problem.vocab_size]))
    return data


def _measures(given: Arguments, case: _Case) -> dict[str, Measure]:
    """What each lane of a case measures: the sweep's own steps, then whatever was asked for."""
    measure: dict[str, Measure] = {"measured": MeasuredSteps(case.modes)}
    if not case.problem.tied:
        measure["context_measured"] = MeasuredSteps(case.modes, context=True)
    if given.rules:
        measure["predicted"] = PredictedSteps(case.spectrum, case.modes, tuple(given.rules))
    return {**measure, **given.measure}


def _side(problem: AbstractProblem) -> str:
    return "tied" if problem.tied else "untied"


def _lane_inputs(
    scales: Sequence[float], seeds: Sequence[int], grid: Float[np.ndarray, "scale T"]
) -> dict[str, np.ndarray]:
    """Lanes in the order (scale, seed)."""
    return {
        "scale": np.repeat(np.array(scales), len(seeds)),
        "seed": np.tile(np.array(seeds), len(scales)),
        "times": np.repeat(grid, len(seeds), axis=0),
    }


def _part_of(given: Arguments, done_before: int, cases: int) -> Progress | None:
    """Progress over all cases, told by one of them."""
    report, lanes = given.progress, len(given.scales) * len(given.seeds)
    if report is None:
        return None
    return lambda done, _: report(done_before + done, cases * lanes)


def _attributes(given: Arguments, settings: Mapping[str, Any]) -> dict[str, str]:
    """Where the data come from, as texts that every netCDF reader shows."""
    where = environment()
    methods = {repr(given.method(problem)): None for problem in given.problems.values()}
    return {
        "title": "Gradient flows of word embeddings, with measured and predicted step times",
        "problems": json.dumps([_described(problem) for problem in given.problems.values()]),
        # Functions of a method are written with their addresses, which change from run to run.
        "method": re.sub(r" at 0x[0-9a-f]+", "", ", ".join(methods)),
        "settings": json.dumps(settings),
        "dtype": str(given.dtype),
        "gradflow_version": where["versions"]["gradflow"],
        "versions": json.dumps(where["versions"]),
        "device": json.dumps(where["device"]),
    }


def _described(problem: AbstractProblem) -> str:
    name, side = type(problem).__name__, _side(problem)
    return f"{name}, {side}, V = {problem.vocab_size}, {problem.linearisation.name}"
