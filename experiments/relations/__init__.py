"""Task vectors of relations: a mean direction above noise whose law is known without a fit by hand.

    python -m experiments.relations --text FILE    # full size, 3 to 4 min on one core
    python -m experiments.relations --quick        # wikipedia-2k, seconds

Claim (karkada2025, figures 4, 6 and 8): the differences of the pairs of a relation are one mean
vector plus noise. With unit vectors, noise has the law of rows whose directions vary as those of
all words do; only its size is fitted. A test with 1 % false alarms finds one outlier in most
relations, the mean; signal to noise, analogies and cosines of answers are shown against d.
Writes figures/relations/.

FILE has one document a line, plain or compressed. The questions are gensim's.
"""

from experiments.command import Experiment
from experiments.relations._config import FULL as FULL
from experiments.relations._config import QUICK as QUICK
from experiments.relations._config import Config as Config
from experiments.relations._drawing import draw as draw
from experiments.relations._run import run as run
from experiments.relations._table import models as models
from experiments.relations._table import outliers as outliers
from experiments.relations._table import report as report
from experiments.relations._table import table as table

EXPERIMENT = Experiment(
    name="relations",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {
        "table": table(results),
        "models": models(results),
        "outliers": outliers(results),
    },
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
