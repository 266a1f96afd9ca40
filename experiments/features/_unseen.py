"""What pairs that never occur do to the closed forms: fewer words, fewer such pairs."""

import xarray as xr

import gradflow as gf
from experiments.features._config import BENCHMARKS, Config
from experiments.features._models import spectra, top_vectors
from experiments.features._score import analogies
from gradflow.corpus import CooccurrenceStatistics


def by_words(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Analogies solved with the most frequent words of the counts alone, more and more of them.

    Returns:
        By `words_kept`: `unseen`, the share of pairs that never occur, `vector_dim`, d, and
        `closed_items`, how many questions there were; by `target`, too, `closed_score` and, with
        (resampling, bound), `closed_interval` and `closed_difference_interval`, of the score and of
        what it is above that of M*.
    """
    questions = gf.load_analogies(BENCHMARKS[0]).reexpanded()
    parts = []
    for words in config.sizes:
        part, dim = stats.top(words), min(config.dim, round(config.dim_share * words))
        vectors = top_vectors(spectra(part, dim))
        found = analogies(config, questions, part.words, vectors).rename(model="target")
        parts.append(
            found.rename({name: f"closed_{name}" for name in found.data_vars}).assign(
                unseen=1 - part.pair_counts.nnz / words**2, vector_dim=dim
            )
        )
    return xr.concat(parts, xr.Variable("words_kept", list(config.sizes)))
