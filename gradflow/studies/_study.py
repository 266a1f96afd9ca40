"""The main job: from counts to what is learned when, predicted and measured."""

import dataclasses
import time
from collections.abc import Callable

import jax
import pandas as pd
import xarray as xr

from gradflow._errors import ArgumentError
from gradflow.analysis._compare import error_summary, steps_table
from gradflow.analysis._rank import effective_rank
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import sweep
from gradflow.methods import Exact
from gradflow.problems import Quadratic
from gradflow.studies._embedding_slices import embedding_slices
from gradflow.studies._sgns_reference import follow_sgns
from gradflow.studies._study_settings import StudySettings
from gradflow.studies._sweep_measures import MeasuredSteps, PredictedSteps
from gradflow.targets import Spectrum, mstar, spectrum
from gradflow.theory._coupled_modes import COMPETITORS
from gradflow.theory._predict import PREDICTION_RULES, loss_staircase
from gradflow.validity._validity_report import ValidityReport, validity_report

# Called with a phase's name, how much of it is done and how much there is.
PhaseProgress = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True, eq=False)
class Study:
    """What came of it.

    Attributes:
        settings: What was asked for.
        spectrum: The first `dim` eigenpairs of M*.
        sweep: Dataset (scale, seed, time, mode): `t`, `singular_values`, `loss`, `effective_rank`,
            `status`; `eigenvalue` and `top_words` (mode), `staircase` (plateau); `measured`,
            `predicted_paper`, `predicted_row` and `predicted_qr` (scale, seed, mode).
        embeddings: Dataset (slice, word, axis): the words at three times.
        sgns: Dataset (time, mode) of the SGNS flow, or None.
        seconds: Wall-clock seconds of each phase.
        validity: How far the theory applies to these counts and settings, known before the run.
    """

    settings: StudySettings
    spectrum: Spectrum
    sweep: xr.Dataset
    embeddings: xr.Dataset
    sgns: xr.Dataset | None
    seconds: dict[str, float]
    validity: ValidityReport | None = None

    @property
    def steps(self) -> pd.DataFrame:
        """`steps_table` of the modes that were studied."""
        return steps_table(self._studied)

    @property
    def errors(self) -> pd.DataFrame:
        """`error_summary` of the modes that were studied."""
        return error_summary(self._studied)

    @property
    def _studied(self) -> xr.Dataset:
        return self.sweep.sel(mode=slice(1, self.settings.modes))


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
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    settings = StudySettings() if settings is None else settings
    if not isinstance(settings, StudySettings):
        raise ArgumentError("settings", "StudySettings", type(settings).__name__)
    if settings.dim > stats.vocab_size:
        raise ArgumentError("dim", f"at most the vocabulary size {stats.vocab_size}", settings.dim)
    report = progress or (lambda phase, done, total: None)
    clock = _Clock(report)
    with clock.phase("spectrum"):
        target = mstar(stats, settings.negatives)
        problem = Quadratic(target)
        target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them below
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
    with clock.phase("sweep"):
        data = _sweep(problem, spec, settings, report)
    with clock.phase("embeddings"):
        slices = embedding_slices(problem, spec, min(settings.scales), settings.dim)
    sgns = None
    if settings.sgns_words:
        with clock.phase("sgns"):
            sgns = follow_sgns(
                stats.top(min(settings.sgns_words, stats.vocab_size)),
                negatives=settings.negatives,
                dim=min(settings.sgns_dim, settings.sgns_words, stats.vocab_size),
                scale=settings.sgns_scale,
                rtol=settings.sgns_rtol,
                num_times=settings.num_times,
            )
    return Study(settings, spec, data, slices, sgns, clock.seconds, validity)


def _sweep(
    problem: Quadratic, spec: Spectrum, settings: StudySettings, report: PhaseProgress
) -> xr.Dataset:
    """Trajectories, step times and predictions of every lane."""
    target = problem.linearisation
    wide = spectrum(target, min(target.vocab_size, settings.dim + COMPETITORS))
    data = sweep(
        problem,
        settings.scales,
        settings.seeds,
        settings.dim,
        method=Exact(),
        num_times=settings.num_times,
        measure={
            "measured": MeasuredSteps(settings.modes),
            **{
                f"predicted_{rule}": PredictedSteps(wide, settings.modes, rule)
                for rule in PREDICTION_RULES
            },
        },
        lanes_at_once=max(4, len(jax.local_devices())),  # often enough for a progress bar
        progress=lambda done, total: report("sweep", done, total),
    )
    return _with_theory(data, spec)


def _with_theory(data: xr.Dataset, spec: Spectrum) -> xr.Dataset:
    """Eigenvalues, words, the staircase and the effective rank beside what was swept."""
    ranks = effective_rank(data["singular_values"].values)
    data = data.assign(
        eigenvalue=("mode", spec.eigenvalues),
        staircase=("plateau", loss_staircase(spec)),
        effective_rank=(("scale", "seed", "time"), ranks),
    )
    if spec.words is not None:
        data = data.assign(top_words=("mode", top_words(spec)))
    times = ["measured", *(f"predicted_{rule}" for rule in PREDICTION_RULES)]
    for name in times:
        data[name].attrs["units"] = "gradient-flow time"
    data["measured"].attrs["long_name"] = "first time s_k^2 reaches lambda_k / 2"
    data["eigenvalue"].attrs["long_name"] = "eigenvalues of M*, falling"
    data["staircase"].attrs["long_name"] = "loss before the first step and after each"
    return data


def top_words(spec: Spectrum, count: int = 4) -> list[str]:
    """The words at both ends of each mode, such as "king queen / goal match"."""
    ends = (spec.top_words(mode, count) for mode in range(spec.eigenvalues.size))
    return [" / ".join(" ".join(end) for end in both if end) for both in ends]


class _Clock:
    """Seconds by phase, and a word to the progress bar at both ends of each."""

    def __init__(self, report: PhaseProgress) -> None:
        self.seconds: dict[str, float] = {}
        self._report = report
        self._name, self._start = "", 0.0

    def phase(self, name: str) -> "_Clock":
        self._name = name
        return self

    def __enter__(self) -> None:
        self._report(self._name, 0, 1)
        self._start = time.perf_counter()

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self.seconds[self._name] = time.perf_counter() - self._start
        if failure is None:
            self._report(self._name, 1, 1)
