"""Both halves: the full batch, and minibatches from the text."""

import xarray as xr

from experiments.learning_rates._config import Config
from experiments.learning_rates._full_batch import full_batch
from experiments.learning_rates._minibatches import minibatches
from gradflow.corpus import TokenCorpus


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Descent by several optimisers on the full batch, by plain steps on minibatches.

    Returns:
        What `full_batch` and `minibatches` return, in one dataset.
    """
    stats = corpus.count(config.window)
    halves = [full_batch(config, stats), minibatches(config, corpus, stats)]
    return xr.merge(halves, join="exact", combine_attrs="no_conflicts").assign_attrs(
        tokens=corpus.total_tokens
    )
