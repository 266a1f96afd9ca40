"""Analogies and similarities along training and against d, before the run and in it.

    python -m experiments.downstream            # full size, minutes on two cores
    python -m experiments.downstream --quick    # about 10 s, most of it compiling

Claim: how good embeddings are at any time follows from eigenpairs and W₀ alone: W(t) = Σ_k s_k(t)
u_k e_kᵀ with sigmoids s_k(t) solves as many analogies as the W(t) of the flow, and is as similar as
people say, from the first step on. Writes figures/downstream/.
"""

from experiments.command import Experiment
from experiments.downstream._config import FULL as FULL
from experiments.downstream._config import QUICK as QUICK
from experiments.downstream._config import Config as Config
from experiments.downstream._drawing import draw as draw
from experiments.downstream._run import run as run
from experiments.downstream._table import report as report
from experiments.downstream._table import table as table

EXPERIMENT = Experiment(
    name="downstream",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"downstream": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
