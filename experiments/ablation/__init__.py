"""The paper's four losses by gradient flow from counts, and by descent from the text itself.

    python -m experiments.ablation --text FILE            # full size, minutes on two cores
    python -m experiments.ablation --text FILE --quick    # about 30 s

Claim (the losses of karkada2025's ablation): SGNS and its second Taylor order learn their first
modes at the same times; what changes these is the weighting. Minibatch descent from the text with
the paper's estimator follows the gradient flow that the counts of that text give, from the same
start, at t = learning rate × steps: ever closer as the rate falls and the batch grows. Writes
figures/ablation/.

FILE has one document a line, plain or compressed.
"""

from experiments._tables import as_text
from experiments.ablation._config import FULL as FULL
from experiments.ablation._config import QUICK as QUICK
from experiments.ablation._config import Config as Config
from experiments.ablation._drawing import draw as draw
from experiments.ablation._run import run as run
from experiments.ablation._table import errors as errors
from experiments.ablation._table import table as table
from experiments.command import Experiment

EXPERIMENT = Experiment(
    name="ablation",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"ablation": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=lambda results: as_text(table(results)),
    needs_text=True,
)
