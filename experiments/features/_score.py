"""Scores of vectors, with intervals."""

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float, Float64

import gradflow as gf
from experiments.features._bootstrap import (
    correlation_draws,
    interval,
    numbered_pairs,
    pair_draws,
    question_draws,
)
from experiments.features._config import BENCHMARKS, REFERENCE, Config
from gradflow.corpus import CooccurrenceStatistics

Vectors = Mapping[str, Float[np.ndarray, "V d"]]


def scores(config: Config, stats: CooccurrenceStatistics, vectors: Vectors) -> xr.Dataset:
    """Analogies as the paper asks them, and similarities, with intervals."""
    google, *similarities = BENCHMARKS
    parts = [analogies(config, gf.load_analogies(google).reexpanded(), stats.words, vectors)]
    parts += [
        _similarities(config, gf.load_similarities(name), stats.words, vectors)
        for name in similarities
    ]
    return xr.concat(parts, xr.Variable("benchmark", list(BENCHMARKS)))


def analogies(
    config: Config, questions: gf.AnalogySet, words: tuple[str, ...], vectors: Vectors
) -> xr.Dataset:
    """`score` (model), `interval` and `difference_interval` (resampling, model, bound), `items`."""
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
