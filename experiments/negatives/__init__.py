"""What the number of negatives k changes: target, spectrum, step times, vectors.

    python -m experiments.negatives            # full size, about a minute on two cores
    python -m experiments.negatives --quick    # about 15 s, most of it compiling

Claim: M* = 2 tanh((PMI − ln k)/2), so more negatives push every entry down. Few entries stay above
zero, but half of the eigenvalues do: what sinks is the constant direction. The other eigenvalues
fall, by less than 1/k, and step times are those that they say. Leading eigenvectors change little,
and the vectors are as good or better. Writes figures/negatives/.
"""

from experiments.command import Experiment
from experiments.negatives._config import FULL as FULL
from experiments.negatives._config import QUICK as QUICK
from experiments.negatives._config import Config as Config
from experiments.negatives._drawing import draw as draw
from experiments.negatives._run import run as run
from experiments.negatives._table import report as report
from experiments.negatives._table import table as table

EXPERIMENT = Experiment(
    name="negatives",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"negatives": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
