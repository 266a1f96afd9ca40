"""Task vectors of the Google relations in the first d eigen-features of M*."""

from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float64

import gradflow as gf
from experiments.relations._answers import answers
from experiments.relations._config import Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus

_POINTS = 200  # of a drawn density
# How noise may be spread over directions: as the rows of W are, scaled or not; alike in all; or
# alike in as many as the spectrum itself tells.
_MODELS = {
    "unit vectors, spread as all words": (True, "words"),
    "vectors as they are, spread as all words": (False, "words"),
    "unit vectors, white": (True, "white"),
    "unit vectors, white of estimated dimension": (True, "estimated"),
    "unit vectors, whitened": (True, "whitened"),
}


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Curves of `relation_curves`; spectra and laws at `shown_dims`; the test on random pairs.

    Returns:
        Dimensions section and dim as there, with `answer_cosine` and `answer_ratio` of `answers`;
        `eigenvalue` (relation, shown, rank), `outlier_count`, `threshold`, `upper_edge` (relation,
        shown), the law `law_x`, `law_density` (relation, shown, point); `t` (relation, mode), the
        mean task vector over its standard error, and `ends` (mode), words at the positive and
        negative end; `model_distance` (model, shown) and `model_alarms` (model, shown), the share
        of sets of random pairs with an outlier.
    """
    if corpus is None:
        stats = gf.load_statistics("wikipedia-2k")
    else:
        stats = corpus.count(config.window)
    spec, vectors = _eigen_features(stats, config)
    curves = gf.relation_curves(vectors, stats.words, config.dims, false_alarms=config.false_alarms)
    relations = gf.RelationSet.of(gf.load_analogies()).indexed(stats.words)
    spectra = xr.concat(
        [_spectra(vectors[:, :dim], relations, config) for dim in config.shown_dims], "shown"
    )
    models = xr.concat(
        [_models(vectors[:, :dim], relations, config) for dim in config.shown_dims], "shown"
    )
    near = answers(vectors, stats.words, config.dims)
    modes = _modes(spec, vectors, relations, config)
    data = xr.merge([curves, spectra, models, modes, near], join="outer")
    data = data.assign_coords(shown=list(config.shown_dims))
    return data.assign_attrs(
        words=stats.vocab_size, tokens=stats.total_tokens, false_alarms=config.false_alarms
    )


def _eigen_features(
    stats: CooccurrenceStatistics, config: Config
) -> tuple[gf.Spectrum, Float64[np.ndarray, "V D"]]:
    spec = gf.spectrum(gf.mstar(stats), max(config.dims))
    return spec, spec.eigenvectors * np.sqrt(np.maximum(spec.eigenvalues, 0))


def _spectra(
    vectors: Float64[np.ndarray, "V d"], relations: gf.IndexedRelations, config: Config
) -> xr.Dataset:
    """Eigenvalues of each shown relation, and the law that was fitted."""
    tasks, parts = gf.task_vectors(vectors, relations), []
    for name in config.shown:
        fit = tasks.fit(name, false_alarms=config.false_alarms)
        low, high = fit.law.edges
        x = low + (high - low) * (1 - np.cos(np.linspace(0, np.pi, _POINTS))) / 2
        values = np.full(relations.covered.max(), np.nan)
        values[: len(fit.eigenvalues)] = fit.eigenvalues
        parts.append(
            xr.Dataset(
                {
                    "eigenvalue": ("rank", values),
                    "outlier_count": fit.outliers,
                    "threshold": fit.threshold,
                    "upper_edge": high,
                    "law_x": ("point", x),
                    "law_density": ("point", fit.law.density(x)),
                }
            )
        )
    return xr.concat(parts, "relation").assign_coords(relation=list(config.shown))


def _modes(
    spec: gf.Spectrum,
    vectors: Float64[np.ndarray, "V D"],
    relations: gf.IndexedRelations,
    config: Config,
) -> xr.Dataset:
    dim = config.shown_dims[-1]
    tasks = gf.task_vectors(vectors[:, :dim], relations)
    found = [tasks.significance(name) for name in config.shown]
    ends = [" / ".join(" ".join(end) for end in spec.top_words(mode, 3)) for mode in range(dim)]
    modes = list(range(1, dim + 1))
    return xr.Dataset(
        {"t": (("relation", "mode"), found), "ends": ("mode", ends)},
        {"relation": list(config.shown), "mode": modes},
    )


def _models(
    vectors: Float64[np.ndarray, "V d"], relations: gf.IndexedRelations, config: Config
) -> xr.Dataset:
    """Median distance of the bulk from its law over relations, and alarms on random pairs."""
    sets = _random_pairs(relations.size, config)
    distances, alarms = [], []
    for unit, spread in _MODELS.values():
        rows = _rows(vectors, unit, spread == "whitened")
        options: dict[str, Any] = {"false_alarms": config.false_alarms}
        if spread in ("white", "whitened"):
            options["dimension"] = float(vectors.shape[1])
        elif spread == "estimated":
            options["dimension"] = None
        table = gf.task_vectors(rows, relations, unit=False).table(**options)
        # The distance of n independent draws falls as 1/√n; so does that of fewer eigenvalues.
        distances.append((table["distance"] * np.sqrt(table["pairs"])).median())
        random = gf.task_vectors(rows, sets, unit=False).table(**options, most_outliers=1)
        alarms.append(random["outliers"].mean())
    return xr.Dataset(
        {"model_distance": ("model", distances), "model_alarms": ("model", alarms)},
        {"model": list(_MODELS)},
    )


def _rows(
    vectors: Float64[np.ndarray, "V d"], unit: bool, whitened: bool
) -> Float64[np.ndarray, "V d"]:
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if unit else vectors
    if whitened:
        values, axes = np.linalg.eigh(np.cov(rows.T))
        rows = rows @ axes / np.sqrt(values)
    return rows


def _random_pairs(size: int, config: Config) -> gf.IndexedRelations:
    """Pairs of words that have nothing to do with each other, no word twice in a set."""
    rng = np.random.default_rng(0)
    count, pairs = config.random_sets, config.random_pairs
    rows = [rng.choice(size, (pairs, 2), replace=False) for _ in range(count)]
    return gf.IndexedRelations(
        rows=np.concatenate(rows),
        pairs=(("", ""),) * (count * pairs),
        relation=np.repeat(np.arange(count), pairs),
        relations=tuple(map(str, range(count))),
        total=np.full(count, pairs),
        size=size,
    )
