"""Eigen-features with their words, and scores of all models with error bars."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float, Float64

import gradflow as gf
from experiments._trained import WORD2VEC_NAME, features
from experiments.features._bootstrap import (
    correlation_draws,
    interval,
    numbered_pairs,
    pair_draws,
    question_draws,
)
from experiments.features._config import BENCHMARKS, MSTAR_NAME, REFERENCE, Config
from experiments.features._models import all_vectors, descended, spectra
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus

Vectors = Mapping[str, Float[np.ndarray, "V d"]]


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
        there were.
    """
    if corpus is None:
        stats = gf.load_statistics("wikipedia-2k").top(config.vocab_size)
    else:
        stats = corpus.count(config.window)
    specs, trained = spectra(config, stats), descended(config, stats)
    vectors = all_vectors(config, corpus, stats, specs, trained)
    names = xr.Variable("trained", list(trained))
    data = xr.merge(
        [
            eigen_features(config, specs[MSTAR_NAME], vectors[WORD2VEC_NAME]),
            scores(config, stats, vectors),
            xr.concat([_training(run, stats.words) for run in trained.values()], names),
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


def scores(config: Config, stats: CooccurrenceStatistics, vectors: Vectors) -> xr.Dataset:
    """Analogies as the paper asks them, and similarities, with intervals."""
    google, *similarities = BENCHMARKS
    parts = [_analogies(config, gf.load_analogies(google).reexpanded(), stats.words, vectors)]
    parts += [
        _similarities(config, gf.load_similarities(name), stats.words, vectors)
        for name in similarities
    ]
    return xr.concat(parts, xr.Variable("benchmark", list(BENCHMARKS)))


def _analogies(
    config: Config, questions: gf.AnalogySet, words: tuple[str, ...], vectors: Vectors
) -> xr.Dataset:
    indexed = questions.indexed(words)
    solved = np.array(
        [gf.analogy_accuracy(jnp.asarray(w), indexed).solved for w in vectors.values()]
    )
    pairs, section = numbered_pairs(indexed), np.asarray(indexed.section)
    draws = [
        question_draws(solved, config.draws, config.seed),
        pair_draws(solved, pairs, section, config.draws, config.seed),
    ]
    return _summary(solved.mean(axis=1), draws, list(vectors), solved.shape[1])


def _training(run: xr.Dataset, words: tuple[str, ...]) -> xr.Dataset:
    """Loss and analogies on the way, from the first look after the start."""
    indexed = gf.load_analogies(BENCHMARKS[0]).reexpanded().indexed(words)
    way = run.isel(step=slice(1, None))
    solved = [gf.analogy_accuracy(jnp.asarray(w), indexed).accuracy for w in way["w"].values]
    return way[["loss"]].assign(accuracy=("step", np.array(solved, float)))


def _similarities(
    config: Config, pairs: gf.SimilaritySet, words: tuple[str, ...], vectors: Vectors
) -> xr.Dataset:
    indexed = pairs.indexed(words)
    values = [gf.similarity(jnp.asarray(w), indexed).spearman for w in vectors.values()]
    cosines = np.array([_cosines(w, np.asarray(indexed.pairs)) for w in vectors.values()])
    draws = correlation_draws(cosines, np.asarray(indexed.judged), config.draws, config.seed)
    unknown = np.full_like(draws, np.nan)
    return _summary(np.array(values, float), [draws, unknown], list(vectors), indexed.covered)


def _cosines(w: Float[np.ndarray, "V d"], pairs: np.ndarray) -> Float64[np.ndarray, " n"]:
    units = w / np.linalg.norm(w, axis=1, keepdims=True)
    return np.asarray((units[pairs[:, 0]] * units[pairs[:, 1]]).sum(axis=1), np.float64)


def _summary(
    values: Float64[np.ndarray, " M"],
    draws: list[Float64[np.ndarray, "draws M"]],
    models: list[str],
    items: int,
) -> xr.Dataset:
    """Draws are shared by the models, so differences of two can be taken draw by draw."""
    reference = models.index(REFERENCE)
    apart = [one - one[:, reference, None] for one in draws]
    dims = ("resampling", "model", "bound")
    return xr.Dataset(
        {
            "score": ("model", values),
            "interval": (dims, np.array([interval(one) for one in draws])),
            "difference_interval": (dims, np.array([interval(one) for one in apart])),
            "items": items,
        },
        {"model": models, "resampling": ["items", "pairs"], "bound": ["low", "high"]},
    )
