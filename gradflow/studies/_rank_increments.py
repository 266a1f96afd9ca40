"""The main job: from counts to what is learned when, predicted and measured."""

from collections.abc import Callable

import jax
import numpy as np
import xarray as xr

from gradflow._checks import at_most_words
from gradflow._errors import ArgumentError
from gradflow.analysis import effective_rank, measure
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import solve, time_grid
from gradflow.dynamics._time_grid import stretched
from gradflow.methods import Adaptive, Exact
from gradflow.methods._mode_amplitudes import RULES
from gradflow.problems import Contrastive, Quadratic
from gradflow.studies._phase_clock import PhaseClock, PhaseProgress
from gradflow.studies._shown_lane import (
    embedding_slices,
    predicted_lane,
    shown_lane,
    top_words,
    with_theory,
)
from gradflow.studies._study import Study
from gradflow.studies._study_settings import StudySettings
from gradflow.studies._sweep import sweep
from gradflow.targets import Spectrum, mstar, spectrum
from gradflow.theory import predict_steps
from gradflow.theory._prediction import PREDICTION_RULES
from gradflow.validity import ValidityReport, validity_report

# The logarithm bends the plateaus, so SGNS is watched for longer than the quadratic flow.
_LONGER = 2.0
_EXTRA_TIMES = 60


def study_rank_increments(
    stats: CooccurrenceStatistics,
    settings: StudySettings | None = None,
    progress: PhaseProgress | None = None,
    judged: Callable[[ValidityReport], None] | None = None,
) -> Study:
    """Follow the flow from many starts, measure when each mode is learned, compare with theory.

    Args:
        stats: Co-occurrence counts.
        settings: What to do.
        progress: Called at the beginning and the end of each phase, and after each chunk of lanes.
        judged: Called with the validity report before any flow is followed.

    Returns:
        The study. Lanes that failed are marked in `sweep.status`; nothing raises for them.

    Raises:
        ArgumentError: Settings that these counts cannot serve, such as d > V, or one of the two is
            something else.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(60)
        >>> settings = gf.StudySettings(scales=(1e-3,), seeds=1, dim=4, num_times=24, sgns_words=0)
        >>> study = gf.study_rank_increments(stats, settings)
        >>> study.sweep.predicted.sel(rule="qr").sizes["mode"]
        4
    """
    settings = StudySettings() if settings is None else settings
    _check(stats, settings)
    scale, dim = settings.shown_scale, settings.dim
    clock = PhaseClock(progress)
    with clock.phase("spectrum"):
        target = mstar(stats, settings.negatives)
        _ = target.eigenbasis  # which the exact flow needs, and the spectrum is then taken from
        spec = spectrum(target, dim)
    with clock.phase("validity"):
        validity = validity_report(
            stats,
            negatives=settings.negatives,
            scales=settings.scales,
            dim=dim,
            modes=settings.modes,
            target=target,
        )
    if judged is not None:
        judged(validity)
    problem = Quadratic(target)
    with clock.phase("sweep"):
        data = _sweep(problem, spec, settings, clock.report)
        prediction = predicted_lane(spec, scale, dim)
        shown = shown_lane(data, spec, prediction, scale)
    with clock.phase("embeddings"):
        slices = embedding_slices(problem, spec, prediction, float(shown["t"][-1]))
        slices = slices.assign_attrs(scale=scale, seed=0)
    sgns = None
    if settings.sgns_words:
        with clock.phase("sgns"):
            sgns = _sgns(stats.top(min(settings.sgns_words, stats.vocab_size)), settings)
    return Study(settings, spec, data, slices, sgns, clock.seconds, validity, shown)


def _check(stats: CooccurrenceStatistics, settings: StudySettings) -> None:
    """Raise an error unless these are counts and settings, and d is at most V."""
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    if not isinstance(settings, StudySettings):
        raise ArgumentError("settings", "StudySettings", type(settings).__name__)
    at_most_words("dim", settings.dim, stats.vocab_size)


def _sweep(
    problem: Quadratic, spec: Spectrum, settings: StudySettings, report: PhaseProgress
) -> xr.Dataset:
    """Trajectories, step times and predictions of every lane; words and ranks beside them."""
    dim, count = settings.dim, settings.num_times
    data = sweep(
        problem,
        settings.scales,
        settings.seeds,
        dim,
        method=Exact(),
        # Over the steps of all d modes, of which perhaps fewer are measured.
        times=np.stack([time_grid(spec, scale, dim, count) for scale in settings.scales]),
        rules=PREDICTION_RULES,
        modes=settings.modes,
        lanes_at_once=max(4, len(jax.local_devices())),  # often enough for a progress bar
        progress=lambda done, total: report("sweep", done, total),
    )
    data = data.drop_vars("dim").assign(
        eigenvalue=("mode", spec.eigenvalues, {"long_name": "eigenvalues of M*, falling"}),
        staircase=(
            "plateau",
            spec.loss_staircase,
            {"long_name": "loss before the first step and after each"},
        ),
        effective_rank=(
            ("scale", "seed", "time"),
            effective_rank(data["singular_values"].values),
            {"long_name": "exponential of the entropy of the singular values' shares"},
        ),
    )
    return data if spec.words is None else data.assign(top_words=("mode", top_words(spec)))


def _sgns(stats: CooccurrenceStatistics, settings: StudySettings) -> xr.Dataset:
    """Return the full-batch SGNS flow, uniform weighting, beside what the spectrum of M* says.

    Its step times are measured against its own plateaus, s_k² at the last time.
    """
    scale, dim = settings.sgns_scale, min(settings.sgns_dim, stats.vocab_size)
    problem = Contrastive(stats, "uniform", settings.negatives)
    spec = spectrum(problem.linearisation, dim)
    prediction = predicted_lane(spec, scale, dim)
    grid = time_grid(spec, scale, dim, max(8, settings.num_times - _EXTRA_TIMES))
    times = stretched(grid, _LONGER, _EXTRA_TIMES)
    method = Adaptive(rtol=settings.sgns_rtol)
    solution = solve(problem, prediction.start, times, method=method, throw=False)
    measurement = measure(solution)
    by_rule = [np.asarray(predict_steps(spec, prediction.start, rule)) for rule in RULES]
    lane = xr.Dataset(
        {
            "loss": ("time", np.asarray(solution.loss)),
            "singular_values": (("time", "mode"), np.asarray(solution.singular_values)),
            "eigenvalue": ("mode", spec.eigenvalues),
            "plateaus": ("mode", np.asarray(measurement.plateaus)),
            "measured": ("mode", np.asarray(measurement.steps)),
            "predicted": (("rule", "mode"), np.stack(by_rule)),
            "status": int(solution.status),
            "evaluations": int(solution.evaluations),
        },
        {
            "t": ("time", times, {"units": "gradient-flow time"}),
            "mode": np.arange(1, dim + 1),
            "rule": list(RULES),
        },
        {"words": stats.vocab_size, "weighting": "uniform", "scale": scale, "seed": 0},
    )
    return with_theory(lane, spec, prediction)
