"""Learning rate and batch size: from gradient flow to what people run.

    python -m gradflow.experiments learning_rates --text FILE            # full size, minutes
    python -m gradflow.experiments learning_rates --text FILE --quick    # about 15 s, compiling

Claim: descent in steps of η is the flow, but mode k comes later by ηλ_k/4, up to the η at which
the minimum becomes unstable: 2/max(λ₁, (λ₁ − λ_V)/2). Momentum raises delay and limit alike. Adam
forgets a small start at once, and learns all modes together. Minibatches of B pairs add noise that
depends on η/B alone. Writes figures/learning_rates/.

FILE has one document a line, plain or compressed.

Units: η is the rate of plain descent on the mean loss of a batch, so a step is η of the flow's
time. word2vec.c and gensim make a step of rate α = 0.025 for every positive pair with its noise
words: on this axis that is B = 1, η/B = α, whatever the number of threads.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.learning_rates._draw import (
    descent_table,
    draw_descent,
    draw_minibatches,
    report,
    table,
)
from gradflow.experiments.learning_rates._run import FULL, QUICK, run

EXPERIMENT = Experiment(
    name="learning_rates",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {
        "full_batch": draw_descent(results),
        "minibatches": draw_minibatches(results),
    },
    tables=lambda results: {"table": table(results), "full_batch": descent_table(results)},
    report=report,
    needs_text=True,
)
