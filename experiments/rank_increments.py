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
from gradflow.report import write_study

FIGURES = pathlib.Path(__file__).parent.parent / "figures"


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


def run(config: Config) -> gf.Study:
    """Follow, measure, predict."""
    stats = gf.load_statistics(config.counts).top(config.vocab_size)
    return gf.study_rank_increments(stats, config.study)


def main() -> None:
    """Run and write figures with the data behind them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, default=FIGURES / "rank_increments")
    options = parser.parse_args()
    gf.use_all_cores()
    study = run(QUICK if options.quick else FULL)
    write_study(study, options.out)
    print(study.errors.to_string(index=False))


if __name__ == "__main__":
    main()
