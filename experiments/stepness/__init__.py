"""Up to which initialisation scale learning goes in steps, for three corpora of different size.

    python -m experiments.stepness --text FILE            # full size, a good half minute
    python -m experiments.stepness --text FILE --quick    # about 20 s, most of it compiling

Claim: the median separation of neighbouring steps, in rise times, grows with ln(1/σ) as eigenvalues
alone say, and so does the scale follow at which it crosses one and learning stops being stepwise.
Writes figures/stepness/.

FILE has one document a line, plain or compressed; the smaller corpora are every 10th and every
100th of its documents.
"""

from experiments.command import Experiment
from experiments.stepness._config import FULL as FULL
from experiments.stepness._config import QUICK as QUICK
from experiments.stepness._config import Config as Config
from experiments.stepness._drawing import draw as draw
from experiments.stepness._run import run as run
from experiments.stepness._table import crossings as crossings
from experiments.stepness._table import report as report
from experiments.stepness._table import table as table

EXPERIMENT = Experiment(
    name="stepness",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"stepness": draw(results)},
    tables=lambda results: {"table": table(results), "crossings": crossings(results)},
    report=report,
    needs_text=True,
)
