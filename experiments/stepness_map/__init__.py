"""Where learning is stepwise and where it is not: scale by pair of modes, scale by vocabulary.

    python -m experiments.stepness_map            # full size, minutes on two cores
    python -m experiments.stepness_map --quick    # some 10 s, most of it compiling

Claim: two neighbouring steps are a rise time apart where ln(d λ/σ²) times their relative gap is
above ln 81, so eigenvalues draw the line below which a pair is learned in two steps, and the one
below which the run as a whole is. Writes figures/stepness_map/.
"""

from experiments.command import Experiment
from experiments.stepness_map._config import FULL as FULL
from experiments.stepness_map._config import QUICK as QUICK
from experiments.stepness_map._config import Config as Config
from experiments.stepness_map._drawing import draw as draw
from experiments.stepness_map._run import run as run
from experiments.stepness_map._table import agreement as agreement
from experiments.stepness_map._table import crossings as crossings
from experiments.stepness_map._table import needed as needed
from experiments.stepness_map._table import report as report

EXPERIMENT = Experiment(
    name="stepness_map",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"stepness_map": draw(results)},
    tables=lambda results: {
        "agreement": agreement(results),
        "needed": needed(results),
        "crossings": crossings(results),
    },
    report=report,
)
