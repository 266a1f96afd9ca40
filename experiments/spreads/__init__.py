"""How far step times scatter over random starts, said before any start is drawn.

    python -m experiments.spreads            # full size, 6 min on two cores
    python -m experiments.spreads --quick    # about 15 s, most of it compiling

Claim: for a Gaussian start |R_kk|² is σ²/d times a χ² variable with d − k + 1 degrees of freedom,
so all quantiles of a step time follow in closed form; nine tenths of exact step times lie inside of
its 90 % interval where modes are resolved. Where they overlap, draws of R in which each mode is
solved with its neighbours still hold them. Writes figures/spreads/.
"""

from experiments.command import Experiment
from experiments.spreads._config import FULL as FULL
from experiments.spreads._config import QUICK as QUICK
from experiments.spreads._config import Config as Config
from experiments.spreads._drawing import draw as draw
from experiments.spreads._run import run as run
from experiments.spreads._table import by_mode as by_mode
from experiments.spreads._table import report as report
from experiments.spreads._table import table as table

EXPERIMENT = Experiment(
    name="spreads",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"spreads": draw(results)},
    tables=lambda results: {"table": table(results), "by_mode": by_mode(results)},
    report=report,
)
