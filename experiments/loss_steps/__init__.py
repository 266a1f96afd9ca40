"""The loss falls in steps while words unfold from a point to a line to a cloud: QWEM and word2vec.

    python -m gradflow.experiments loss_steps --text TEXT    # V = 10,000, d = 200, 11 to 14 min
    python -m gradflow.experiments loss_steps --quick        # about 15 s, most of it compiling

Claim: from a tiny start the loss falls in steps, when eigenvalues of M* say so and as far; QWEM
does so exactly, word2vec at the same times but further. Both losses agree up to x⁴, so its
steps begin alike; but its slope saturates. Writes figures/loss_steps/.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.loss_steps._draw import draw, mode_table, report, table
from gradflow.experiments.loss_steps._run import FULL, QUICK, run

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
