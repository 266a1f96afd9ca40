"""Input and output embeddings, untied: which modes are learned, when, and what W, C, W + C become.

    python -m gradflow.experiments input_output            # full size, minutes on two cores
    python -m gradflow.experiments input_output --quick    # some 15 s, most of it compiling

Claim: untied embeddings learn the largest |λ_k|, negative ones included: from a small start W and C
both end with the Gram matrix |M*|_d and differ by the signs of eigenvalues, W + C keeps the
positive modes only. WᵀW − CᵀC never changes; its size alone takes learning from steps (word2vec.c
starts nearly there) to a lazy phase in which times are proportional to it. Writes
figures/input_output/.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.input_output._draw import (
    by_imbalance,
    by_start,
    draw_imbalance,
    draw_learning,
    report,
)
from gradflow.experiments.input_output._run import FULL, QUICK, run

EXPERIMENT = Experiment(
    name="input_output",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {
        "learning": draw_learning(results),
        "imbalance": draw_imbalance(results),
    },
    tables=lambda results: {"starts": by_start(results), "imbalances": by_imbalance(results)},
    report=report,
)
