"""The main job: from counts to what is learned when, predicted and measured."""

from collections.abc import Callable

import jax
import numpy as np
import xarray as xr

from gradflow._errors import ArgumentError
from gradflow.analysis import effective_rank
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import time_grid
from gradflow.methods import Exact
from gradflow.problems import Quadratic
from gradflow.studies._embedding_slices import embedding_slices
from gradflow.studies._mode_table import top_words
from gradflow.studies._phase_clock import PhaseClock, PhaseProgress
from gradflow.studies._sgns_reference import follow_sgns
from gradflow.studies._shown_lane import shown_lane
from gradflow.studies._study import Study
from gradflow.studies._study_settings import StudySettings
from gradflow.studies._sweep import sweep
from gradflow.targets import Spectrum, mstar, spectrum
from gradflow.theory._prediction import PREDICTION_RULES
from gradflow.validity import ValidityReport, validity_report


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
    settings = _checked(stats, settings)
    clock = PhaseClock(progress)
    with clock.phase("spectrum"):
        target = mstar(stats, settings.negatives)
        _ = target.eigenbasis  # which the exact flow needs, and the spectrum is then taken from
        spec = spectrum(target, settings.dim)
    with clock.phase("validity"):
        validity = validity_report(
            stats,
            negatives=settings.negatives,
            scales=settings.scales,
            dim=settings.dim,
            modes=settings.modes,
            target=target,
        )
    if judged is not None:
        judged(validity)
    problem = Quadratic(target)
    with clock.phase("sweep"):
        data = _sweep(problem, spec, settings, clock.report)
        shown = shown_lane(data, spec, settings.shown_scale)
    with clock.phase("embeddings"):
        slices = embedding_slices(problem, spec, settings.shown_scale, settings.dim)
    sgns = None
    if settings.sgns_words:
        with clock.phase("sgns"):
            sgns = _sgns(stats, settings)
    return Study(settings, spec, data, slices, sgns, clock.seconds, validity, shown)


def _checked(stats: CooccurrenceStatistics, settings: StudySettings | None) -> StudySettings:
    """The settings, or their defaults, if these counts can serve them."""
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    settings = StudySettings() if settings is None else settings
    if not isinstance(settings, StudySettings):
        raise ArgumentError("settings", "StudySettings", type(settings).__name__)
    if settings.dim > stats.vocab_size:
        raise ArgumentError("dim", f"at most the vocabulary size {stats.vocab_size}", settings.dim)
    return settings


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
    """The SGNS flow of the most frequent words."""
    return follow_sgns(
        stats.top(min(settings.sgns_words, stats.vocab_size)),
        negatives=settings.negatives,
        dim=min(settings.sgns_dim, settings.sgns_words, stats.vocab_size),
        scale=settings.sgns_scale,
        rtol=settings.sgns_rtol,
        num_times=settings.num_times,
    )
