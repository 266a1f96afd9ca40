"""Skip-gram and CBOW from one start, and the flow of skip-gram's counts."""

from typing import Any

import jax
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from experiments._learned import learned_modes
from experiments.from_text._config import RUNS, Config
from experiments.from_text._predict import predict
from experiments.from_text._weights import cbow_weights, skip_gram_weights
from gradflow.corpus import TokenCorpus


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Both from one start, and the flow of skip-gram's counts.

    Returns:
        Dimensions (run, time, mode). `singular_values` at the times t; `step` (run, mode), when
        s_k² first passes `height`, half of what the counts give the mode alone; `predicted` and
        `predicted_cbow` (mode); `learned` (run, word, mode), the k-th principal axis of W at its
        own step; `vector` and `vector_cbow` (word, mode), left singular vectors at the origin.
    """
    counts = predict(*skip_gram_weights(config, corpus), config.modes)
    cbow = predict(*cbow_weights(config, corpus), config.modes)
    start = gf.balanced_init(
        jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale
    )
    times, runs = _runs(config, corpus, start, counts.rates[0])
    heights = counts.plateaus / 2
    steps, learned = zip(*(learned_modes(*runs[name], heights) for name in RUNS), strict=True)
    singular_values = np.stack([runs[name][0].singular_values[:, : config.modes] for name in RUNS])
    return xr.Dataset(
        {
            "t": ("time", times),
            "singular_values": (("run", "time", "mode"), singular_values),
            "step": (("run", "mode"), np.stack(steps)),
            "learned": (("run", "word", "mode"), np.stack(learned)),
            "height": ("mode", heights),
            "predicted": ("mode", counts.times(start, heights)),
            "predicted_cbow": ("mode", cbow.times(start, heights)),
            "eigenvalue": ("mode", counts.rates),
            "eigenvalue_cbow": ("mode", cbow.rates),
            "vector": (("word", "mode"), counts.left),
            "vector_cbow": (("word", "mode"), cbow.left),
        },
        {"run": list(RUNS), "mode": np.arange(1, config.modes + 1), "word": list(corpus.words)},
        {"tokens": corpus.total_tokens},
    )


def _runs(
    config: Config, corpus: TokenCorpus, start: tuple[Array, Array], fastest: float
) -> tuple[np.ndarray, dict[str, tuple[gf.Solution, Any]]]:
    """Times (T,), and each run's solution and principal axes (T, V, m) at these."""
    rate = config.step / fastest
    every = max(1, round(config.span / config.step / config.looks))
    looks = every * np.arange(config.looks + 1)
    kept = gf.Snapshots({"axes": gf.PrincipalAxes(config.modes)})
    stats, method = corpus.count(config.window), gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(config.problem(stats), start, rate * looks, method=method, snapshots=kept)
    runs: dict[str, tuple[gf.Solution, Any]] = {"flow": (flow, flow.snapshots["axes"])}
    for name, objective in (("skip-gram", gf.SkipGram()), ("CBOW", gf.Cbow())):
        trained = gf.train(
            corpus,
            config.pairs,
            start,
            looks,
            optimizer=optax.sgd(rate),
            batch=config.batch,
            key=config.seed,
            objective=objective,
            steps_per_unit_time=1 / rate,
            snapshots=kept,
        )
        runs[name] = trained.solution(), trained.snapshots["axes"]
    return rate * looks, runs
