"""Skip-gram and CBOW from one start, by two contrasts, and the flows of skip-gram's counts."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array, Float

import gradflow as gf
from experiments._learned import learned_modes
from experiments.from_text._config import CONTRASTS, RUNS, Config
from experiments.from_text._predict import Prediction, predict
from experiments.from_text._weights import cbow_weights, skip_gram_weights
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus

Start = tuple[Array, Array]
Weights = tuple[np.ndarray, np.ndarray]
Runs = dict[str, tuple[gf.Solution, Float[Array, "T V m"]]]


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """All runs from one start, at the same times.

    Returns:
        Dimensions contrast, run, time, mode. `singular_values` at the times t; `step`, when s_k²
        first passes `height` (mode), half of what skip-gram's counts give the mode alone by
        negative sampling; `predicted` steps, for negative sampling; `eigenvalue`, rates at the
        origin. Directions (word, mode): `vector`, singular vectors at the origin, `learned`, the
        k-th principal axis of W at its own step, `final`, at the end. `unigram`: what scores of
        ln p_j, the same for all words i, make of s₁²; p_j is the share of j in skip-gram's pairs.
    """
    stats = corpus.count(config.window)
    weights = {"skip-gram": skip_gram_weights(config, stats), "CBOW": cbow_weights(config, corpus)}
    start = gf.balanced_init(
        jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale
    )
    known = {contrast: _known(config, corpus, contrast, weights) for contrast in CONTRASTS}
    sampled = known["negative-sampling"]
    unit, heights = float(sampled["flow"].rates[0]), sampled["flow"].plateaus / 2
    times = config.step / unit * _looks(config)
    parts = []
    for contrast in CONTRASTS:
        runs = _runs(config, corpus, stats, contrast, start, times)
        parts.append(_kept(config, corpus, known[contrast], runs, heights))
    predicted = np.full((len(CONTRASTS), len(RUNS), config.modes), np.nan)
    # NCE's first mode ends too far from the origin.
    predicted[0] = [sampled[name].times(start, heights) for name in RUNS]
    shares = weights["skip-gram"][0].sum(axis=0)
    return (
        xr.concat(parts, xr.Variable("contrast", list(CONTRASTS)))
        .assign(
            t=("time", times),
            height=("mode", heights),
            predicted=(("contrast", "run", "mode"), predicted),
        )
        .assign_attrs(
            tokens=corpus.total_tokens,
            unit=unit,
            unigram=float(np.sqrt(corpus.vocab_size) * np.linalg.norm(np.log(shares))),
        )
    )


def _looks(config: Config) -> np.ndarray:
    """After how many steps to look (T,)."""
    every = max(1, round(config.span / config.step / config.looks))
    return every * np.arange(config.looks + 1)


def _known(
    config: Config, corpus: TokenCorpus, contrast: str, weights: dict[str, Weights]
) -> dict[str, Prediction]:
    """What counts say of each run."""
    offset = gf.SkipGram(contrast).offset(config.pairs.noise(corpus), config.negatives)
    found = {name: predict(*both, offset, config.modes) for name, both in weights.items()}
    return {"flow": found["skip-gram"], **found}


def _kept(
    config: Config,
    corpus: TokenCorpus,
    known: dict[str, Prediction],
    runs: Runs,
    heights: np.ndarray,
) -> xr.Dataset:
    """The three runs of one contrast."""
    steps, learned = zip(*(learned_modes(*runs[name], heights) for name in RUNS), strict=True)
    values = [runs[name][0].singular_values[:, : config.modes] for name in RUNS]
    final = [np.asarray(runs[name][1][-1]) for name in RUNS]
    return xr.Dataset(
        {
            "singular_values": (("run", "time", "mode"), np.stack(values)),
            "step": (("run", "mode"), np.stack(steps)),
            "eigenvalue": (("run", "mode"), _stacked(known, "rates")),
            "vector": (("run", "word", "mode"), _stacked(known, "left")),
            "learned": (("run", "word", "mode"), np.stack(learned)),
            "final": (("run", "word", "mode"), np.stack(final)),
        },
        {"run": list(RUNS), "mode": np.arange(1, config.modes + 1), "word": list(corpus.words)},
    )


def _stacked(known: dict[str, Prediction], name: str) -> np.ndarray:
    return np.stack([getattr(known[run], name) for run in RUNS])


def _runs(
    config: Config,
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    contrast: str,
    start: Start,
    times: np.ndarray,
) -> Runs:
    """Each run's solution and principal axes (T, V, m) at the times."""
    kept = gf.Snapshots({"axes": gf.PrincipalAxes(config.modes)})
    problem, method = config.problem(stats, contrast), gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(problem, start, times, method=method, snapshots=kept)
    runs = {"flow": (flow, jnp.asarray(flow.snapshots["axes"]))}
    steps = _looks(config)
    rate = float(times[-1] / steps[-1])
    for name, objective in (("skip-gram", gf.SkipGram(contrast)), ("CBOW", gf.Cbow(contrast))):
        trained = gf.train(
            corpus,
            config.pairs,
            start,
            steps,
            optimizer=optax.sgd(rate),
            batch=config.batch,
            key=config.seed,
            objective=objective,
            steps_per_unit_time=1 / rate,
            snapshots=kept,
        )
        runs[name] = trained.solution(), jnp.asarray(trained.snapshots["axes"])
    return runs
