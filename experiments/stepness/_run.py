"""Stepness of each corpus at each scale, predicted and measured."""

import numpy as np
import xarray as xr

import gradflow as gf
from experiments._stepwise import RiseTimes
from experiments._text import every_document
from experiments.stepness._config import Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.studies import MeasuredSteps


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """The index of every run, and what eigenvalues say of it.

    Returns:
        Dimensions corpus, scale, seed: `measured`, and `predicted` (corpus, scale); `crossing`
        (corpus), the predicted scale at which the index is one; `eigenvalue` (corpus, mode);
        `documents` and `tokens` (corpus).
    """
    parts = [_corpus(config, *_every(config, corpus, every)) for every in config.every]
    return xr.concat(parts, "corpus").assign_attrs(modes=config.modes, dim=config.dim)


def _every(config: Config, corpus: TokenCorpus, every: int) -> tuple[CooccurrenceStatistics, int]:
    """Counts of every so many-th document, with a vocabulary of their own."""
    texts = every_document(corpus, every)
    return gf.read_corpus(texts, config.words).count(config.window), len(texts)


def _corpus(config: Config, stats: CooccurrenceStatistics, documents: int) -> xr.Dataset:
    target = gf.mstar(stats)
    target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
    spec = gf.spectrum(target, config.dim)
    data = gf.sweep(
        gf.Quadratic(target),
        config.scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        measure={"steps": MeasuredSteps(config.modes), "rises": RiseTimes(config.modes)},
        lanes_at_once=4,
    )
    eigenvalues = spec.eigenvalues[: config.modes]
    steps, rises = (data[name].values[..., : config.modes] for name in ("steps", "rises"))
    measured = np.array(
        [
            [gf.stepness(one, long, eigenvalues).index for one, long in zip(*lanes, strict=True)]
            for lanes in zip(steps, rises, strict=True)
        ]
    )
    predicted = [
        gf.predict_stepness(spec, scale, config.dim, config.modes).index for scale in config.scales
    ]
    return xr.Dataset(
        {
            "measured": (("scale", "seed"), measured),
            "predicted": ("scale", predicted),
            "crossing": gf.largest_stepwise_scale(spec, config.dim, config.modes),
            "eigenvalue": ("mode", eigenvalues),
            "documents": documents,
            "tokens": stats.total_tokens,
        },
        {"scale": list(config.scales), "seed": data["seed"].values},
    )
