"""Step times predicted from W₀ by four rules, against those of the exact flow.

    python -m experiments.predictions --text FILE            # full size, 80 to 90 min
    python -m experiments.predictions --text FILE --quick    # about 40 s, most of it compiling

Claim: with each mode solved beside its neighbours in the spectrum (rule "clusters"), step times are
known before any run, to less than a percent of any of 50 modes at scale 1e-4, at a thirtieth
(d = 50) to a four-hundredth (d = 200) of the cost of the exact flow, whatever the vocabulary and
the length of the text; rise times and the embeddings themselves too. Also shown: the rules "paper",
"row" and "qr". Writes figures/predictions/.

FILE has one document a line, plain or compressed.
"""

from experiments.command import Experiment
from experiments.predictions._config import FULL as FULL
from experiments.predictions._config import QUICK as QUICK
from experiments.predictions._config import Config as Config
from experiments.predictions._draw_sizes import draw_sizes as draw_sizes
from experiments.predictions._drawing import draw as draw
from experiments.predictions._run import run as run
from experiments.predictions._table import beside as beside
from experiments.predictions._table import goals as goals
from experiments.predictions._table import report as report
from experiments.predictions._table import sizes as sizes
from experiments.predictions._table import table as table

EXPERIMENT = Experiment(
    name="predictions",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"predictions": draw(results), "sizes": draw_sizes(results)},
    tables=lambda results: {
        "table": table(results),
        "goals": goals(results),
        "beside": beside(results),
        "sizes": sizes(results),
    },
    report=report,
    needs_text=True,
)
