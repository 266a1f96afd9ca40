"""Step times predicted from W₀ by four rules, against those of the exact flow.

    python -m gradflow.experiments predictions --text FILE            # full size, 80 to 90 min
    python -m gradflow.experiments predictions --text FILE --quick    # about 40 s, mostly compiling

Claim: with each mode solved beside its neighbours in the spectrum (rule "clusters"), step times are
known before any run, to less than a percent of any of 50 modes at scale 1e-4, at a thirtieth
(d = 50) to a four-hundredth (d = 200) of the cost of the exact flow, whatever the vocabulary and
the length of the text; rise times and the embeddings themselves too. Also shown: the rules "paper",
"row" and "qr". Writes figures/predictions/.

FILE has one document a line, plain or compressed.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.predictions._draw import (
    beside,
    draw,
    draw_sizes,
    goals,
    report,
    sizes,
    table,
)
from gradflow.experiments.predictions._run import FULL, QUICK, run

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
