"""Steps and errors against the number of words, and against the length of the text."""

import xarray as xr

import gradflow as gf
from experiments._text import every_document
from experiments.predictions._config import Config
from experiments.predictions._lanes import lanes, relative_errors
from experiments.predictions._statistics import QUANTILES, statistics
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus


def by_vocabulary(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """More and more of a text's most frequent words: `vocabulary_…` by `vocab_size`."""
    parts = [_one(config, stats.top(words)) for words in config.sizes]
    return _joined(parts, "vocabulary", "vocab_size", list(config.sizes))


def by_corpus(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """More and more documents, the same number of words: `corpus_…` by `corpus_tokens`."""
    parts, tokens = [], []
    for every in config.every:
        part = gf.read_corpus(every_document(corpus, every), config.fixed_words)
        parts.append(_one(config, part.count(config.window)))
        tokens.append(part.total_tokens)
    return _joined(parts, "corpus", "corpus_tokens", tokens)


def _one(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Quantiles over seeds, of steps and of errors, at the d and the scale of the goals."""
    target = gf.mstar(stats)
    target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
    data = lanes(config, target, config.shown_dim, config.size_seeds, (config.goal_scale,))
    errors = statistics(relative_errors(data))["by_seed"].isel(scale=0, drop=True)
    steps = data[["measured", "clusters"]].isel(scale=0, drop=True).to_array("run")
    return xr.Dataset(
        {
            "error": errors.quantile(list(QUANTILES), "seed"),
            "step": steps.quantile(list(QUANTILES), "seed"),
        }
    )


def _joined(parts: list[xr.Dataset], prefix: str, axis: str, values: list[int]) -> xr.Dataset:
    whole = xr.concat(parts, xr.Variable(axis, values))
    return whole.rename({name: f"{prefix}_{name}" for name in whole.data_vars})
