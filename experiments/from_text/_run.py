"""What is trained on the text, and the flows of the counts beside it."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array, Float

import gradflow as gf
from gradflow.analysis import learned_modes
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.targets import pair_weights

RUNS = ("flow", "skip-gram", "CBOW")
CONTRASTS = ("negative-sampling", "nce")


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest width of a window on either side; each has a width uniform in 1 … window.
        subsample: s of word2vec's subsampling.
        noise_power: Exponent of the noise distribution.
        negatives: k.
        dim: d.
        scale: σ of the balanced start.
        seed: Of the start and of the batches.
        modes: How many of the first modes are compared.
        span: Where the runs end, λ₁t, with λ₁ the fastest rate at the origin of skip-gram by
            negative sampling.
        step: ηλ₁.
        batch: Pairs a step for skip-gram, windows for CBOW.
        looks: Times, equally spaced, at which singular values and vectors are kept.
        rtol: Tolerance of the flow.
    """

    vocab_size: int = 500
    window: int = 5
    subsample: float = 1e-3
    noise_power: float = 0.75
    negatives: float = 1.0
    dim: int = 12
    scale: float = 1e-2
    seed: int = 0
    modes: int = 4
    span: float = 80.0
    step: float = 0.04
    batch: int = 10_000
    looks: int = 160
    rtol: float = 1e-7

    @property
    def pairs(self) -> gf.Word2vecPairs:
        """How both draw pairs, but for word2vec.c's way of closing the gaps of subsampling."""
        return gf.Word2vecPairs(
            self.window, True, self.subsample, self.noise_power, self.negatives, closing=False
        )

    @property
    def weighting(self) -> gf.targets.Word2vecWeighting:
        """The weighting that is the same in expectation."""
        return self.pairs.weighting

    def problem(self, stats: CooccurrenceStatistics, contrast: str) -> gf.Contrastive | gf.NCE:
        """Return skip-gram's full-batch loss."""
        kind = gf.NCE if contrast == "nce" else gf.Contrastive
        return kind(stats, self.weighting, self.negatives, tied=False)


FULL = Config()
QUICK = Config(
    vocab_size=40, window=3, subsample=1.0, dim=6, modes=2, span=32.0, step=0.025, batch=4000,
    looks=64, rtol=1e-6,
)  # fmt: skip


def cbow_problem(config: Config, corpus: TokenCorpus, contrast: str) -> gf.Custom:
    """Return the loss of pairs whose slopes at the origin are CBOW's."""
    offset = gf.training.SkipGram(contrast).offset(config.pairs.noise(corpus), config.negatives)
    weights = cbow_weights(config, corpus)
    return gf.Custom(_pair_loss, *weights, offset, vocab_size=corpus.vocab_size, tied=False)


def _pair_loss(scores: Array, seen: Array, noise: Array, offset: Array) -> Array:
    """Return Σ_ij [A_ij φ(−y_ij) + B_ij φ(y_ij)] with y_ij = x_ij − b_j and φ(y) = ln(1 + e^y)."""
    shifted = scores - offset
    return jnp.sum(seen * jax.nn.softplus(-shifted) + noise * jax.nn.softplus(shifted))


def cbow_weights(config: Config, corpus: TokenCorpus) -> tuple[np.ndarray, np.ndarray]:
    """Return A and B of CBOW's slopes at the origin, from one subsampled pass over the text.

    Where skip-gram counts every pair once, CBOW gives each of the m words that a window holds the
    share 1/m. So near pairs, which narrow windows see, count more, and so do words among words that
    subsampling leaves out.
    """
    survival, size = config.pairs.survival(corpus), corpus.vocab_size
    draws = np.random.default_rng(config.seed).random(len(corpus.ids))
    survives = (corpus.ids >= 0) & (draws < survival[corpus.ids])
    document = np.cumsum(corpus.ids < 0)
    held = np.zeros(len(survives), np.int64)
    shares = []  # of each word in the window of width 1, 2, … around a place
    for width in range(1, config.window + 1):
        for offset in (-width, width):
            held[_centres(survives, document, offset)] += 1
        shares.append(1 / np.maximum(held, 1))
    pair_shares = np.zeros(size * size)
    for distance in range(1, config.window + 1):
        share = sum(shares[distance - 1 :], np.zeros(len(survives)))
        for offset in (-distance, distance):
            places = _centres(survives, document, offset)
            pairs = corpus.ids[places + offset].astype(np.int64) * size + corpus.ids[places]
            pair_shares += np.bincount(pairs, share[places], size * size)
    positive = (pair_shares / pair_shares.sum()).reshape(size, size)
    return positive, config.negatives * np.outer(positive.sum(axis=1), config.pairs.noise(corpus))


def _centres(survives: np.ndarray, document: np.ndarray, offset: int) -> np.ndarray:
    """Return places whose word survives and meets another `offset` places on in its document."""
    places = np.flatnonzero(survives)
    others = places + offset
    places = places[(others >= 0) & (others < len(survives))]
    others = places + offset
    return places[survives[others] & (document[others] == document[places])]


Start = tuple[Array, Array]
Runs = dict[str, tuple[gf.Solution, Float[Array, "T V m"]]]


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Follow all runs from one start, at the same times.

    Returns:
        Dimensions contrast, run, time, mode. `singular_values` at the times t; `step`, when s_k²
        first passes `height` (mode), half of what skip-gram's counts give the mode alone by
        negative sampling; `predicted` steps, for negative sampling; `eigenvalue`, rates at the
        origin. Directions (word, mode): `vector`, singular vectors at the origin, `learned`, the
        k-th principal axis of W at its own step, `final`, at the end. `unigram`: what scores of
        ln p_j, the same for all words i, make of s₁²; p_j is the share of j in skip-gram's pairs.
    """
    stats = corpus.count(config.window)
    start = gf.balanced_init(
        jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale
    )
    predictions = {
        contrast: _predictions(config, corpus, stats, contrast, start) for contrast in CONTRASTS
    }
    sampled = predictions["negative-sampling"]
    unit = float(sampled["flow"].rates[0])
    heights = np.asarray(sampled["flow"].plateaus[: config.modes]) / 2
    times = config.step / unit * _looks(config)
    parts = []
    for contrast in CONTRASTS:
        runs = _runs(config, corpus, stats, contrast, start, times)
        parts.append(_kept(config, corpus, predictions[contrast], runs, heights))
    predicted = np.full((len(CONTRASTS), len(RUNS), config.modes), np.nan)
    # NCE's first mode ends too far from the origin.
    predicted[0] = [_crossing_times(sampled[name], heights) for name in RUNS]
    shares = pair_weights(stats, config.weighting, config.negatives).positive.sum(axis=0)
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
    """Return after how many steps a run is looked at (T,)."""
    every = max(1, round(config.span / config.step / config.looks))
    return every * np.arange(config.looks + 1)


def _predictions(
    config: Config,
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    contrast: str,
    start: Start,
) -> dict[str, gf.Prediction]:
    """Return what counts say of each run."""
    skip_gram = gf.predict(config.problem(stats, contrast), start)
    cbow = gf.predict(cbow_problem(config, corpus, contrast), start)
    return {"flow": skip_gram, "skip-gram": skip_gram, "CBOW": cbow}


def _crossing_times(
    prediction: gf.Prediction, heights: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """Return when each s_k² would pass its height, as a logistic on its way to twice that."""
    count = heights.size
    # Plateaus are 2λ/ρ, so a mode has this height at half of its own where ρ = λ/height.
    curvatures = prediction.curvatures.at[:count].set(prediction.rates[:count] / heights)
    return np.asarray(dataclasses.replace(prediction, curvatures=curvatures).steps)[:count]


def _kept(
    config: Config,
    corpus: TokenCorpus,
    predictions: dict[str, gf.Prediction],
    runs: Runs,
    heights: np.ndarray,
) -> xr.Dataset:
    """Return what is kept of the three runs of one contrast."""
    steps, learned = zip(*(learned_modes(*runs[name], heights) for name in RUNS), strict=True)
    values = [runs[name][0].singular_values[:, : config.modes] for name in RUNS]
    final = [np.asarray(runs[name][1][-1]) for name in RUNS]
    predicted, modes = [predictions[name] for name in RUNS], slice(config.modes)
    # Unit eigenvectors have both sides, each of length 1/√2.
    vectors = [np.sqrt(2) * p.vectors[: corpus.vocab_size, modes] for p in predicted]
    return xr.Dataset(
        {
            "singular_values": (("run", "time", "mode"), np.stack(values)),
            "step": (("run", "mode"), np.stack(steps)),
            "eigenvalue": (("run", "mode"), np.stack([p.rates[modes] for p in predicted])),
            "vector": (("run", "word", "mode"), np.stack(vectors)),
            "learned": (("run", "word", "mode"), np.stack(learned)),
            "final": (("run", "word", "mode"), np.stack(final)),
        },
        {"run": list(RUNS), "mode": np.arange(1, config.modes + 1), "word": list(corpus.words)},
    )


def _runs(
    config: Config,
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    contrast: str,
    start: Start,
    times: np.ndarray,
) -> Runs:
    """Return each run's solution and principal axes (T, V, m) at the times."""
    looks = gf.Snapshots({"axes": gf.methods.PrincipalAxes(config.modes)})
    problem, method = config.problem(stats, contrast), gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(problem, start, times, method=method, snapshots=looks)
    runs = {"flow": (flow, jnp.asarray(flow.snapshots["axes"]))}
    steps = _looks(config)
    rate = float(times[-1] / steps[-1])
    for name, objective in (
        ("skip-gram", gf.training.SkipGram(contrast)),
        ("CBOW", gf.training.Cbow(contrast)),
    ):
        trained = gf.train(
            corpus,
            config.pairs,
            start,
            steps,
            optimizer=optax.sgd(rate),
            batch=config.batch,
            key=config.seed,
            objective=objective,
            updates_per_unit_time=1 / rate,
            snapshots=looks,
        )
        runs[name] = trained.solution, jnp.asarray(trained.snapshots["axes"])
    return runs
