"""Overlaps of trained word2vec's eigen-features with those of QWEM, M* and PPMI.

    python -m experiments.overlaps            # full size, 4 min on two cores
    python -m experiments.overlaps --quick    # about 10 s, most of it compiling

Claim (karkada2025, figure 5): word2vec's leading eigen-features are QWEM's, one to one, and not
those of PPMI. Here with word2vec's own weights and with uniform ones. Writes figures/overlaps/.
"""

from experiments.command import Experiment
from experiments.overlaps._config import FULL as FULL
from experiments.overlaps._config import QUICK as QUICK
from experiments.overlaps._config import Config as Config
from experiments.overlaps._drawing import draw as draw
from experiments.overlaps._run import run as run
from experiments.overlaps._run import shared as shared
from experiments.overlaps._run import spread as spread
from experiments.overlaps._table import report as report
from experiments.overlaps._table import table as table

EXPERIMENT = Experiment(
    name="overlaps",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {"table": table(results)},
    report=report,
)
