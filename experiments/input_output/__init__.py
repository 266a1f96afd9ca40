"""Input and output embeddings, untied: which modes are learned, when, and what W, C, W + C become.

    python -m experiments.input_output            # full size, minutes on two cores
    python -m experiments.input_output --quick    # some 15 s, most of it compiling

Claim: untied embeddings learn the largest |λ_k|, negative ones included: from a small start W and C
both end with the Gram matrix |M*|_d and differ by the signs of eigenvalues, W + C keeps the
positive modes only. WᵀW − CᵀC never changes; its size alone takes learning from steps (word2vec.c
starts nearly there) to a lazy phase in which times are proportional to it. Writes
figures/input_output/.
"""

from experiments.command import Experiment
from experiments.input_output._config import FULL as FULL
from experiments.input_output._config import QUICK as QUICK
from experiments.input_output._config import Config as Config
from experiments.input_output._drawing import draw_imbalance as draw_imbalance
from experiments.input_output._drawing import draw_learning as draw_learning
from experiments.input_output._run import run as run
from experiments.input_output._table import by_imbalance as by_imbalance
from experiments.input_output._table import by_start as by_start
from experiments.input_output._table import report as report

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
