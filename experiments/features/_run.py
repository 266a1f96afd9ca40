"""The models of one text: sizes, training, factorising, scores, and what the paper says of them."""

import dataclasses
import functools
import math
import warnings
from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.evaluation import AnalogySet, analogy_accuracy, paired_bootstrap
from gradflow.evaluation._bootstrap import PairedBootstrap
from gradflow.experiments._trained import (
    QWEM_NAME,
    UNIFORM_NAME,
    WORD2VEC_NAME,
    Descent,
    features,
    train,
)

TRAINED = (WORD2VEC_NAME, UNIFORM_NAME, QWEM_NAME)
MSTAR_NAME = "top d of $M^*$"
PPMI_NAME = "PPMI"
PMI_NAME, PMI_FLOOR_NAME = "PMI, unseen 0", "PMI, unseen −57.6"
EMBED_NAME, GENSIM_NAME = "gf.embed", "gensim"
REFERENCE = MSTAR_NAME  # what all are compared with
BENCHMARKS = ("google", "wordsim353", "simlex999")

# PMI of a pair that never occurs, in the paper's code: the logarithm of what it adds.
PMI_FLOOR = math.log(1e-25)

# karkada2025, table in figure 3: V = 10,000, d = 200.
PAPER_TOKENS = 2.0e9
PAPER = {
    "google": {
        WORD2VEC_NAME: 0.680,
        QWEM_NAME: 0.651,
        MSTAR_NAME: 0.663,
        PPMI_NAME: 0.506,
        PMI_FLOOR_NAME: 0.084,
    },
    "wordsim353": {
        WORD2VEC_NAME: 0.698,
        QWEM_NAME: 0.682,
        MSTAR_NAME: 0.683,
        PPMI_NAME: 0.690,
        PMI_FLOOR_NAME: 0.221,
    },
}


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words.
        window: Of the counts of a text and of gensim; wikipedia-2k has its own.
        dim: d.
        modes: How many eigen-features are shown.
        ends: Words at each end of them.
        descent: How the three trained models are trained.
        epochs: Of gensim.
        sizes: V, rising, where closed forms are compared as fewer pairs are seen.
        dim_share: d/V there, as far as d.
        draws: Of the bootstrap.
        seed: Of the draws.
    """

    vocab_size: int = 10_000
    window: int = 16
    dim: int = 200
    modes: int = 8
    ends: int = 9
    descent: Descent = dataclasses.field(default_factory=Descent)
    epochs: int = 5
    sizes: tuple[int, ...] = (1000, 2000, 5000, 10_000)
    dim_share: float = 0.05
    draws: int = 2000
    seed: int = 0


FULL = Config()
QUICK = Config(
    vocab_size=1000, dim=50, descent=Descent(steps=60, looks=5), sizes=(700, 1000), draws=200
)  # fmt: skip


_TOLERANCE = 1e-4  # residual of eigenpairs, relative


def spectra(stats: CooccurrenceStatistics, dim: int) -> dict[str, gf.Spectrum]:
    """Return the largest d eigenpairs of the targets."""
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
    """Return vectors u_k √λ_k of each target."""
    return {
        name: spec.eigenvectors * np.sqrt(np.maximum(spec.eigenvalues, 0.0))
        for name, spec in specs.items()
    }


def closed_forms(
    config: Config, stats: CooccurrenceStatistics, specs: Mapping[str, gf.Spectrum]
) -> dict[str, Float[np.ndarray, "V d"]]:
    """Return vectors that no training is needed for."""
    vectors: dict[str, np.ndarray] = dict(top_vectors(specs))
    vectors[EMBED_NAME] = gf.embed(stats, config.dim).vectors
    return vectors


def descended(config: Config, stats: CooccurrenceStatistics) -> dict[str, xr.Dataset]:
    """Train the three models that are trained on the counts."""
    return {name: train(name, stats, config.dim, config.descent) for name in TRAINED}


def by_gensim(config: Config, corpus: TokenCorpus) -> Float[np.ndarray, "V d"]:
    """Train gensim's skip-gram with 5 negatives, everything else at its default.

    One thread, as several draw differently each time.
    """
    with warnings.catch_warnings():  # what its own imports warn of
        warnings.simplefilter("ignore")
        from gensim.models import Word2Vec
    names = np.array([*corpus.words, ""], object)  # −1 ends a document
    split = np.split(names[corpus.ids], np.flatnonzero(corpus.ids < 0))
    documents = [document[document != ""].tolist() for document in split]
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
    """Return vectors by name, in the order of the figure; gensim's only where there is a text."""
    vectors = {name: run["w"].values[-1] for name, run in trained.items()}
    vectors |= closed_forms(config, stats, specs)
    if corpus is not None:
        vectors[GENSIM_NAME] = by_gensim(config, corpus)
    return vectors


Vectors = Mapping[str, Float[np.ndarray, "V d"]]


def scores(config: Config, stats: CooccurrenceStatistics, vectors: Vectors) -> xr.Dataset:
    """Return analogies as the paper asks them, and similarities, with intervals."""
    google, *similarities = BENCHMARKS
    parts = [analogies(config, gf.load_analogies(google).reexpanded(), stats.words, vectors)]
    for name in similarities:
        pairs = gf.load_similarities(name).indexed(stats.words)
        # Judged pairs are drawn one by one: there is no other way.
        drawn = paired_bootstrap(vectors, pairs, draws=config.draws, seed=config.seed)
        parts.append(_summary(drawn, None, pairs.covered))
    return xr.concat(parts, xr.Variable("benchmark", list(BENCHMARKS)))


def analogies(
    config: Config, questions: AnalogySet, words: tuple[str, ...], vectors: Vectors
) -> xr.Dataset:
    """Return `score`, `items`, `interval`, `difference_interval` (resampling, model, bound)."""
    indexed = questions.indexed(words)
    draw = functools.partial(
        paired_bootstrap, vectors, indexed, draws=config.draws, seed=config.seed
    )
    items = int(indexed.covered.sum())
    return _summary(draw(resample="questions"), draw(resample="pairs"), items)


def _summary(alone: PairedBootstrap, in_pairs: PairedBootstrap | None, items: int) -> xr.Dataset:
    """Return scores and intervals, of items drawn alone and of pairs; nan where none were drawn."""
    models = alone.models
    intervals, apart = np.full((2, 2, len(models), 2), np.nan)
    for row, drawn in enumerate((alone, in_pairs)):
        if drawn is not None:
            intervals[row] = [drawn.interval(model) for model in models]
            apart[row] = [drawn.difference(model, REFERENCE)[1:] for model in models]
    dims = ("resampling", "model", "bound")
    return xr.Dataset(
        {
            "score": ("model", alone.scores),
            "interval": (dims, intervals),
            "difference_interval": (dims, apart),
            "items": items,
        },
        {"model": list(models), "resampling": ["items", "pairs"], "bound": ["low", "high"]},
    )


def by_words(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Return analogies solved with the most frequent words alone, more and more of them.

    Returns:
        By `words_kept`: `unseen`, the share of pairs that never occur, `vector_dim`, d, and
        `closed_items`, how many questions there were; by `target`, too, `closed_score` and, with
        (resampling, bound), `closed_interval` and `closed_difference_interval`, of the score and of
        what it is above that of M*.
    """
    questions = gf.load_analogies(BENCHMARKS[0]).reexpanded()
    parts = []
    for words in config.sizes:
        fewer, dim = stats.top(words), min(config.dim, round(config.dim_share * words))
        vectors = top_vectors(spectra(fewer, dim))
        scored = analogies(config, questions, fewer.words, vectors).rename(model="target")
        parts.append(
            scored.rename({name: f"closed_{name}" for name in scored.data_vars}).assign(
                unseen=1 - fewer.pair_counts.nnz / words**2, vector_dim=dim
            )
        )
    return xr.concat(parts, xr.Variable("words_kept", list(config.sizes)))


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
    """Return the first ones of M*, their extreme words, and what word2vec has of them.

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
    """Return loss and analogies while training, without the start."""
    indexed = gf.load_analogies(BENCHMARKS[0]).reexpanded().indexed(words)
    way = run.isel(step=slice(1, None))
    solved = [analogy_accuracy(jnp.asarray(w), indexed).accuracy for w in way["w"].values]
    return way[["loss"]].assign(accuracy=("step", np.array(solved, float)))
