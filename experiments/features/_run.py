"""Eigen-features with their words, and scores of all models with error bars."""

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

import gradflow as gf
from experiments._trained import WORD2VEC_NAME, features
from experiments.features._config import BENCHMARKS, MSTAR_NAME, Config
from experiments.features._models import all_vectors, descended, spectra
from experiments.features._score import scores
from experiments.features._unseen import by_words
from gradflow.corpus import TokenCorpus


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Train, factorise, score.

    Args:
        config: Sizes.
        corpus: The text; without one, wikipedia-2k is used and gensim has nothing to train on.

    Returns:
        `eigenvalue` and `words` (mode, end) of M*, with `match` and `overlap` (mode), which of
        word2vec's eigen-features is nearest and their squared overlap. `score` (benchmark, model),
        its `interval` (resampling, benchmark, model, bound), `difference_interval` (…) of the
        score less that of `REFERENCE`; the resampling "pairs" is nan but for analogies. `loss`
        and `accuracy` (trained, step) of descents, `items` (benchmark), how many questions or pairs
        there were. By `words_kept`, `unseen` and `closed_…`: see `by_words`.
    """
    if corpus is None:
        stats = gf.load_statistics("wikipedia-2k").top(config.vocab_size)
    else:
        stats = corpus.count(config.window)
    specs, trained = spectra(stats, config.dim), descended(config, stats)
    vectors = all_vectors(config, corpus, stats, specs, trained)
    names = xr.Variable("trained", list(trained))
    data = xr.merge(
        [
            eigen_features(config, specs[MSTAR_NAME], vectors[WORD2VEC_NAME]),
            scores(config, stats, vectors),
            xr.concat([_training(run, stats.words) for run in trained.values()], names),
            by_words(config, stats),
        ]
    )
    return data.assign_attrs(
        words=stats.vocab_size, tokens=stats.total_tokens, dim=config.dim, draws=config.draws
    )


def eigen_features(
    config: Config, spec: gf.Spectrum, word2vec: Float[np.ndarray, "V d"]
) -> xr.Dataset:
    """The first ones of M*, their extreme words, and what word2vec has of them.

    Signs are those of `spectrum`: the entry of largest size is positive.
    """
    count = config.modes
    overlaps = (spec.eigenvectors[:, :count].T @ features(word2vec)) ** 2
    ends = [[" ".join(end) for end in spec.top_words(k, config.ends)] for k in range(count)]
    return xr.Dataset(
        {
            "eigenvalue": ("mode", spec.eigenvalues[:count]),
            "words": (("mode", "end"), np.array(ends, object)),
            "match": ("mode", 1 + overlaps.argmax(axis=1)),
            "overlap": ("mode", overlaps.max(axis=1)),
        },
        {"mode": np.arange(1, count + 1), "end": ["positive", "negative"]},
    )


def _training(run: xr.Dataset, words: tuple[str, ...]) -> xr.Dataset:
    """Loss and analogies on the way, from the first look after the start."""
    indexed = gf.load_analogies(BENCHMARKS[0]).reexpanded().indexed(words)
    way = run.isel(step=slice(1, None))
    solved = [gf.analogy_accuracy(jnp.asarray(w), indexed).accuracy for w in way["w"].values]
    return way[["loss"]].assign(accuracy=("step", np.array(solved, float)))
