"""From a tiny start, embeddings learn one eigenvector of M* at a time, when the eigenvalues say so.

    python -m gradflow.experiments rank_increments            # full size, about 40 s on two cores
    python -m gradflow.experiments rank_increments --quick    # about 20 s, most of it compiling

Claim: with uniform weighting the loss falls in steps, one for each eigenvalue λ_k of M*, of height
λ_k²/8, at t_k = ln(λ_k/s₀² − 1)/λ_k; s₀ = |R_kk| of W₀ᵀU = QR predicts the times better than the
paper's s₀ = σ. Writes figures/rank_increments/.
"""

import dataclasses
import pathlib

import gradflow as gf
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.io._source import describe_source
from gradflow.studies._figures import study_figures
from gradflow.studies._save import save_study

# Kept of the shown lane only: all lanes together would be ten megabytes.
_TRAJECTORIES = ("singular_values", "loss", "effective_rank")


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        vocab_size: Most frequent words of them that are used.
        study: Settings of the study.
    """

    counts: str = "wikipedia-2k"
    vocab_size: int = 2000
    study: gf.StudySettings = dataclasses.field(default_factory=gf.StudySettings)


FULL = Config()
QUICK = Config(
    vocab_size=200,
    study=gf.StudySettings(
        scales=(1e-2, 1e-4, 1e-6),
        seeds=2,
        dim=12,
        modes=8,
        num_times=100,
        sgns_words=60,
        sgns_dim=4,
    ),
)


def counts(config: Config) -> gf.CooccurrenceStatistics:
    """Return the counts of the most frequent words."""
    return gf.load_statistics(config.counts).top(config.vocab_size)


def run(config: Config) -> gf.Study:
    """Follow, measure, predict."""
    return gf.study_rank_increments(counts(config), config.study)


def save(study: gf.Study, config: Config, folder: pathlib.Path) -> None:
    """Keep tables, summary, and the arrays that the figures show."""
    lane = {"scale": study.settings.shown_scale, "seed": 0}
    shown = {name: study.sweep[name].sel(lane, drop=True) for name in _TRAJECTORIES}
    with_lane = dataclasses.replace(study, sweep=study.sweep.assign(shown))
    save_study(with_lane, folder, describe_source(counts(config)), eigenvectors=False)


def load(config: Config, folder: pathlib.Path) -> gf.Study:
    """Return the study with the trajectories that were kept."""
    return gf.load_study(folder)


EXPERIMENT = Experiment(
    name="rank_increments",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=study_figures,
    report=lambda study: as_text(study.errors),
    save=save,
    load=load,
)
