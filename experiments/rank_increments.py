"""From a tiny start, embeddings learn one eigenvector of M* at a time, when the eigenvalues say so.

    python experiments/rank_increments.py            # full size, about a minute on two cores
    python experiments/rank_increments.py --quick    # a few seconds

Claim: with uniform weighting the loss falls in steps, one for each eigenvalue λ_k of M*, of height
λ_k²/8, at t_k = ln(λ_k/s₀² − 1)/λ_k; s₀ = |R_kk| of W₀ᵀU = QR predicts the times better than the
paper's s₀ = σ. Writes figures/rank_increments/.
"""

import argparse
import dataclasses
import pathlib

import gradflow as gf
from gradflow._files import atomic_directory
from gradflow.io import describe_source, save_study
from gradflow.report import draw_study, shown_scale

FIGURES = pathlib.Path(__file__).parent.parent / "figures"

# Kept of the shown lane only: all lanes together would be ten megabytes.
_TRAJECTORIES = ("singular_values", "loss", "effective_rank")


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

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
        scales=(1e-2, 1e-4), seeds=2, dim=12, modes=8, num_times=100, sgns_words=60, sgns_dim=4
    ),
)


def counts(config: Config) -> gf.CooccurrenceStatistics:
    """The counts of the most frequent words."""
    return gf.load_statistics(config.counts).top(config.vocab_size)


def run(config: Config) -> gf.Study:
    """Follow, measure, predict."""
    return gf.study_rank_increments(counts(config), config.study)


def write(study: gf.Study, config: Config, out: pathlib.Path) -> None:
    """Figures, tables, and the arrays that the figures show."""
    lane = {"scale": shown_scale(study), "seed": 0}
    shown = {name: study.sweep[name].sel(lane, drop=True) for name in _TRAJECTORIES}
    kept = dataclasses.replace(study, sweep=study.sweep.assign(shown))
    with atomic_directory(out, replace=True) as folder:
        draw_study(kept, folder)
        save_study(kept, folder, describe_source(counts(config)))


def main() -> None:
    """Run and write figures with the data behind them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, help="folder, by default in figures/")
    options = parser.parse_args()
    config = QUICK if options.quick else FULL
    name = "rank_increments" + ("-quick" if options.quick else "")
    gf.use_all_cores()
    study = run(config)
    write(study, config, options.out or FIGURES / name)
    print(study.errors.to_string(index=False))


if __name__ == "__main__":
    main()
