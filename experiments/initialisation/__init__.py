"""A tiny start learns one direction at a time, as theory says; from a large one all rise together.

    python -m experiments.initialisation            # full size, minutes
    python -m experiments.initialisation --quick    # about 15 s, most of it compiling

Claim: from a tiny start word2vec and QWEM learn one direction after the other, in the order and at
the times that theory says; from a large one their rises overlap and no plateaus are left. QWEM ends
the same from both; word2vec goes on drifting. Writes figures/initialisation/.
"""

from experiments.command import Experiment
from experiments.initialisation._config import FULL as FULL
from experiments.initialisation._config import QUICK as QUICK
from experiments.initialisation._config import Config as Config
from experiments.initialisation._drawing import draw as draw
from experiments.initialisation._run import run as run
from experiments.initialisation._table import distance as distance
from experiments.initialisation._table import report as report
from experiments.initialisation._table import table as table

EXPERIMENT = Experiment(
    name="initialisation",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"initialisation": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
