"""Spectra of M*, PMI and PPMI, and how corpus size and window change them.

    python -m experiments.spectra --text FILE    # full size, minutes on two cores
    python -m experiments.spectra --quick        # wikipedia-2k, seconds

Claim: beyond the first ten, the eigenvalues of all three fall roughly as a power of their rank. The
exponent is one of the corpus and the window as much as of the target: with less text noise flattens
the spectrum, and with very little there is no power law. Writes figures/spectra/.

FILE has one document a line, plain or compressed; the smaller corpora are every 4th to every 256th
of its documents, each with a vocabulary of its own, and beside them the counts of the whole text,
thinned as much. The quick size thins the embedded counts.
"""

from experiments.command import Experiment
from experiments.spectra._config import FULL as FULL
from experiments.spectra._config import QUICK as QUICK
from experiments.spectra._config import Config as Config
from experiments.spectra._drawing import draw as draw
from experiments.spectra._drawing import draw_exponents as draw_exponents
from experiments.spectra._run import power_law as power_law
from experiments.spectra._run import run as run
from experiments.spectra._table import report as report
from experiments.spectra._table import table as table

EXPERIMENT = Experiment(
    name="spectra",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"spectra": draw(results), "exponents": draw_exponents(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
