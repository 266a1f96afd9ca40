"""The loss falls in steps while words unfold from a point to a line to a cloud: QWEM and word2vec.

    python -m experiments.loss_steps --text TEXT    # V = 10,000, d = 200, 11 to 14 min
    python -m experiments.loss_steps --quick        # about 15 s, most of it compiling

Claim: from a tiny start the loss falls in steps, when eigenvalues of M* say so and as far; QWEM
does so exactly, word2vec at the same times but further. Both losses agree up to x⁴, so its
steps begin alike; but its slope saturates. Writes figures/loss_steps/.
"""

from experiments.command import Experiment
from experiments.loss_steps._config import FULL as FULL
from experiments.loss_steps._config import QUICK as QUICK
from experiments.loss_steps._config import Config as Config
from experiments.loss_steps._drawing import draw as draw
from experiments.loss_steps._jumps import jumps as jumps
from experiments.loss_steps._jumps import stretches as stretches
from experiments.loss_steps._run import run as run
from experiments.loss_steps._table import errors as errors
from experiments.loss_steps._table import mode_table as mode_table
from experiments.loss_steps._table import report as report
from experiments.loss_steps._table import table as table

EXPERIMENT = Experiment(
    name="loss_steps",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {"steps_of_the_loss": table(results), "modes": mode_table(results)},
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
