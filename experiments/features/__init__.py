"""Eigen-features with their words, and what models of one text solve, with error bars.

    python -m gradflow.experiments features --text FILE    # full size, 20 to 30 min on two cores
    python -m gradflow.experiments features --quick        # wikipedia-2k, about 15 s

Claim (karkada2025, figure 3): eigenvectors of M* are topics, and their top d solve nearly as many
analogies as trained word2vec does; those of PPMI fewer, those of PMI hardly any. Here with what a
bootstrap makes of every difference. Writes figures/features/.

FILE has one document a line, plain or compressed.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.features._draw import (
    closed,
    draw,
    eigen_features,
    report,
    table,
    training,
)
from gradflow.experiments.features._run import FULL, QUICK, run

EXPERIMENT = Experiment(
    name="features",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {
        "table": table(results),
        "features": eigen_features(results),
        "training": training(results),
        "closed": closed(results),
    },
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
