"""Skip-gram and CBOW, by negative sampling and NCE, trained on one text, beside its counts.

    python -m gradflow.experiments from_text --text FILE            # full size, one to two minutes
    python -m gradflow.experiments from_text --text FILE --quick    # about 30 s

Claim: word2vec from a small start, with untied weights and its own subsampling and noise, learns
the singular vectors of A − B, the expected slopes at the origin, one after the other; skip-gram
when the gradient flow of the counts does, CBOW in its own time. Both share their first modes; later
ones grow beside modes that have been learned, and are no longer singular vectors at the origin.
Noise contrast (NCE) first learns ln p_j, how frequent words are, and then what negative sampling
does. Writes figures/from_text/.

FILE has one document a line, plain or compressed.
"""

from gradflow.experiments._framework import Experiment
from gradflow.experiments.from_text._draw import across_table, draw, report, table
from gradflow.experiments.from_text._run import FULL, QUICK, run

EXPERIMENT = Experiment(
    name="from_text",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"from_text": draw(results)},
    tables=lambda results: {"table": table(results), "across": across_table(results)},
    report=report,
    needs_text=True,
)
