"""Vectors of all models, from one text or its counts."""

import warnings
from collections.abc import Mapping

import numpy as np
import xarray as xr
from jaxtyping import Float

import gradflow as gf
from experiments._trained import train
from experiments.features._config import (
    EMBED_NAME,
    GENSIM_NAME,
    MSTAR_NAME,
    PMI_FLOOR,
    PMI_FLOOR_NAME,
    PMI_NAME,
    PPMI_NAME,
    TRAINED,
    Config,
)
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus

_TOLERANCE = 1e-4  # residual of eigenpairs, relative


def spectra(stats: CooccurrenceStatistics, dim: int) -> dict[str, gf.Spectrum]:
    """The largest d eigenpairs of the targets."""
    targets = {
        MSTAR_NAME: gf.mstar(stats),
        PPMI_NAME: gf.ppmi(stats),
        PMI_NAME: gf.pmi(stats),
        PMI_FLOOR_NAME: gf.pmi(stats, PMI_FLOOR),
    }
    return {
        name: gf.spectrum(target, dim, tolerance=_TOLERANCE) for name, target in targets.items()
    }


def top_vectors(specs: Mapping[str, gf.Spectrum]) -> dict[str, Float[np.ndarray, "V d"]]:
    """u_k √λ_k of each."""
    return {
        name: spec.eigenvectors * np.sqrt(np.maximum(spec.eigenvalues, 0.0))
        for name, spec in specs.items()
    }


def closed_forms(
    config: Config, stats: CooccurrenceStatistics, specs: Mapping[str, gf.Spectrum]
) -> dict[str, Float[np.ndarray, "V d"]]:
    """Vectors that no training is needed for."""
    found: dict[str, np.ndarray] = dict(top_vectors(specs))
    found[EMBED_NAME] = gf.embed(stats, config.dim).vectors
    return found


def descended(config: Config, stats: CooccurrenceStatistics) -> dict[str, xr.Dataset]:
    """The three models that are trained on the counts."""
    return {name: train(name, stats, config.dim, config.descent) for name in TRAINED}


def by_gensim(config: Config, corpus: TokenCorpus) -> Float[np.ndarray, "V d"]:
    """gensim's skip-gram with 5 negatives, everything else at its default.

    One thread, as several draw differently each time.
    """
    with warnings.catch_warnings():  # what its own imports warn of
        warnings.simplefilter("ignore")
        from gensim.models import Word2Vec
    names = np.array([*corpus.words, ""], object)  # −1 ends a document
    parts = np.split(names[corpus.ids], np.flatnonzero(corpus.ids < 0))
    documents = [part[part != ""].tolist() for part in parts]
    model = Word2Vec(
        [document for document in documents if document],
        vector_size=config.dim, window=config.window, sg=1, negative=5, epochs=config.epochs,
        workers=1, min_count=1, seed=1,
    )  # fmt: skip
    return np.asarray(model.wv[list(corpus.words)])


def all_vectors(
    config: Config,
    corpus: TokenCorpus | None,
    stats: CooccurrenceStatistics,
    specs: Mapping[str, gf.Spectrum],
    trained: Mapping[str, xr.Dataset],
) -> dict[str, Float[np.ndarray, "V d"]]:
    """By name, in the order of the figure; gensim's only where there is a text."""
    found = {name: run["w"].values[-1] for name, run in trained.items()}
    found |= closed_forms(config, stats, specs)
    if corpus is not None:
        found[GENSIM_NAME] = by_gensim(config, corpus)
    return found
