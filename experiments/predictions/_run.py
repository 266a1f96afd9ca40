"""Every start followed exactly, its steps measured, and predicted by every rule."""

import xarray as xr

import gradflow as gf
from experiments.predictions._beside import beside, costs
from experiments.predictions._config import Config
from experiments.predictions._lanes import lanes, relative_errors
from experiments.predictions._sizes import by_corpus, by_vocabulary
from experiments.predictions._statistics import statistics
from gradflow.corpus import TokenCorpus
from gradflow.targets import AbstractTarget


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Errors |predicted/measured − 1| of all rules.

    Returns:
        Dimensions source, dim, scale, rule. `median` and `q90` over modes and seeds, `known`, how
        many steps they are of; `by_mode` (…, quantile, mode) over seeds; `by_seed` (…, statistic,
        seed) over modes. `measured`, how many steps there were. By source and d: seconds of the
        processor for one lane, `exact_seconds` and `clusters_seconds`; `grid_change`, by how much
        four times as many times change a measured step. `rise_error`, `embedding_error`: one start.
        By `vocab_size` and by `corpus_tokens`, quantiles over seeds: `vocabulary_…` and `corpus_…`,
        `…_error` (rule, statistic) and `…_step` (run, mode), measured and by "clusters".
    """
    found, text = [], corpus.count(config.window)
    for stats in (gf.load_statistics(config.counts).top(config.words), text):
        target = gf.mstar(stats)
        target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
        parts = [
            _errors(config, target, dim, seeds).merge(costs(config, target, dim))
            for dim, seeds in zip(config.dims, config.seeds, strict=True)
        ]
        whole = xr.concat(parts, xr.Variable("dim", list(config.dims)), join="outer")
        found.append(whole.merge(beside(config, target)))
    sources = [config.counts, "text"]
    whole = xr.concat(found, xr.Variable("source", sources))
    sizes = xr.merge([by_vocabulary(config, text), by_corpus(config, corpus)])
    return xr.merge([whole, sizes], join="outer", combine_attrs="drop").assign_attrs(
        words=[config.words, corpus.vocab_size],
        tokens=corpus.total_tokens,
        shown_dim=config.shown_dim,
        shown_scales=list(config.shown_scales),
        goal_scale=config.goal_scale,
        fixed_words=config.fixed_words,
    )


def _errors(config: Config, target: AbstractTarget, dim: int, seeds: int) -> xr.Dataset:
    """All scales and seeds of one d."""
    data = lanes(config, target, dim, seeds, config.scales)
    measured = data["measured"].count(("seed", "mode"))
    return statistics(relative_errors(data)).assign(measured=measured)
