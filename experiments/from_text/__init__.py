"""Skip-gram and CBOW, by negative sampling and NCE, trained on one text, beside its counts.

    python -m experiments.from_text --text FILE            # full size, one to two minutes
    python -m experiments.from_text --text FILE --quick    # about 30 s

Claim: word2vec from a small start, with untied weights and its own subsampling and noise, learns
the singular vectors of A − B, the expected slopes at the origin, one after the other; skip-gram
when the gradient flow of the counts does, CBOW in its own time. Both share their first modes; later
ones grow beside modes that have been learned, and are no longer singular vectors at the origin.
Noise contrast (NCE) first learns ln p_j, how frequent words are, and then what negative sampling
does. Writes figures/from_text/.

FILE has one document a line, plain or compressed.
"""

from experiments.command import Experiment
from experiments.from_text._config import CONTRASTS as CONTRASTS
from experiments.from_text._config import FULL as FULL
from experiments.from_text._config import QUICK as QUICK
from experiments.from_text._config import RUNS as RUNS
from experiments.from_text._config import Config as Config
from experiments.from_text._drawing import draw as draw
from experiments.from_text._run import run as run
from experiments.from_text._table import across as across
from experiments.from_text._table import across_table as across_table
from experiments.from_text._table import overlaps as overlaps
from experiments.from_text._table import report as report
from experiments.from_text._table import table as table
from experiments.from_text._weights import cbow_weights as cbow_weights

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
