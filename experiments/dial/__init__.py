"""Four dials: the order of the loss, the weighting, k, and whether contexts share embeddings.

    python -m experiments.dial            # full size, minutes on two cores
    python -m experiments.dial --quick    # about 15 s, most of it compiling

Claim (karkada2025, figure 7, and beyond): the quartic loss learns what word2vec's loss learns. Of
the four dials the order of the loss is the one that changes least; which directions are learned is
the doing of the others, tying first. Every combination from one start. Writes figures/dial/.
"""

from experiments.command import Experiment
from experiments.dial._config import FULL as FULL
from experiments.dial._config import QUICK as QUICK
from experiments.dial._config import Config as Config
from experiments.dial._drawing import draw as draw
from experiments.dial._run import run as run
from experiments.dial._table import orders_table as orders_table
from experiments.dial._table import report as report
from experiments.dial._table import turned as turned
from experiments.dial._table import turned_table as turned_table

EXPERIMENT = Experiment(
    name="dial",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"dial": draw(results)},
    tables=lambda results: {"turned": turned_table(results), "orders": orders_table(results)},
    report=report,
)
