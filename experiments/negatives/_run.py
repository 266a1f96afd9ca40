"""Target, spectrum, steps and vectors for each k."""

from collections.abc import Mapping

import jax
import numpy as np
import scipy.linalg
import xarray as xr
from jaxtyping import Array, Float64

import gradflow as gf
from experiments.negatives._config import Config
from gradflow.corpus import CooccurrenceStatistics
from gradflow.studies import MeasuredSteps
from gradflow.targets import AbstractTarget
from gradflow.theory import COMPETITORS, PredictionRule

BENCHMARKS = ("google", "wordsim353")
RULES: tuple[PredictionRule, ...] = ("qr", "clusters")


def run(config: Config) -> xr.Dataset:
    """What k changes.

    Returns:
        By negatives: `positive`, the share of all entries above zero, `mean` and `spread` (standard
        deviation) of all entries, `density` (bin) of those of pairs that were seen; `eigenvalue`
        (rank), `positive_modes`, how many there are above zero, and `lowest`, the least; `overlap`
        (size) of leading eigenspaces with those of k = 1; `measured` (seed, mode) and `predicted`
        (rule, seed, mode) step times; `score` (benchmark, vector_dim) of top-d vectors. Beside
        these `many` (rank), what k λ tends to as k grows, and `seen`, the share of pairs that were.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    targets = {k: gf.mstar(stats, k) for k in config.negatives}
    first = _eigenvectors(targets[1.0], max(config.overlap_dims))
    parts = [
        xr.merge([_entries(config, stats, one), _modes(config, one), _overlaps(config, one, first)])
        for one in targets.values()
    ]
    joined = xr.concat(parts, xr.Variable("negatives", list(config.negatives)))
    return xr.merge([joined, _steps(config, targets), _scores(config, targets, stats)]).assign(
        many=("rank", _of_many_negatives(targets[1.0])[: config.eigenvalues]),
        seen=stats.pair_counts.nnz / stats.vocab_size**2,
    )


def _entries(config: Config, stats: CooccurrenceStatistics, target: AbstractTarget) -> xr.Dataset:
    """All V² of them; the density is of those whose pair was seen, the others are −2."""
    matrix = target.todense()
    edges = np.linspace(-2.0, 2.0, config.bins + 1)
    seen = matrix[stats.pair_counts.nonzero()]
    density, _ = np.histogram(seen, edges, density=True)
    return xr.Dataset(
        {
            "positive": float(np.mean(matrix > 0)),
            "mean": float(matrix.mean()),
            "spread": float(matrix.std()),
            "density": ("bin", density),
        },
        {"bin": (edges[1:] + edges[:-1]) / 2},
    )


def _modes(config: Config, target: AbstractTarget) -> xr.Dataset:
    values, _ = target.top_eigenpairs(target.vocab_size)
    kept = config.eigenvalues
    return xr.Dataset(
        {
            "eigenvalue": ("rank", values[:kept]),
            "positive_modes": int(np.count_nonzero(values > 0)),
            "lowest": float(values[-1]),
        },
        {"rank": np.arange(1, kept + 1)},
    )


def _overlaps(
    config: Config, target: AbstractTarget, reference: Float64[np.ndarray, "V m"]
) -> xr.Dataset:
    """Mean squared cosine of principal angles: 1 for equal spaces, m/V for unrelated ones."""
    own = _eigenvectors(target, max(config.overlap_dims))
    squares = (reference.T @ own) ** 2
    shares = [squares[:size, :size].sum() / size for size in config.overlap_dims]
    return xr.Dataset({"overlap": ("size", shares)}, {"size": list(config.overlap_dims)})


def _steps(config: Config, targets: Mapping[float, AbstractTarget]) -> xr.Dataset:
    """Of the exact flow, and what W₀ said of them."""
    measured = gf.sweep(
        {k: gf.Quadratic(target) for k, target in targets.items()},
        [config.scale],
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        measure={"measured": MeasuredSteps(config.dim)},
        lanes_at_once=4,
    )["measured"].isel(scale=0, drop=True)
    predicted = np.empty((len(RULES), *measured.shape))
    starts = [_start(config, seed) for seed in measured["seed"].values.tolist()]
    for at, target in enumerate(targets.values()):
        wide = gf.spectrum(target, min(target.vocab_size, config.dim + COMPETITORS))
        for rule, seed in np.ndindex(len(RULES), len(starts)):
            steps = gf.predict_steps(wide, starts[seed], RULES[rule])
            predicted[rule, at, seed] = steps[: config.dim]
    found = xr.Dataset({"measured": measured}).rename(problem="negatives")
    found["predicted"] = (("rule", *found["measured"].dims), predicted)
    return found.assign_coords(rule=list(RULES))


def _start(config: Config, seed: int) -> Array:
    """As `sweep` draws it."""
    return gf.gaussian_init(jax.random.key(seed), config.words, config.dim, config.scale)


def _scores(
    config: Config, targets: Mapping[float, AbstractTarget], stats: CooccurrenceStatistics
) -> xr.Dataset:
    """Accuracy and Spearman's correlation of u_k √λ_k, k ≤ d."""
    found = np.empty((len(BENCHMARKS), len(targets), len(config.vector_dims)))
    if config.vector_dims:  # the quick size has too few words to be asked
        analogies = gf.load_analogies(BENCHMARKS[0]).indexed(stats.words)
        pairs = gf.load_similarities(BENCHMARKS[1]).indexed(stats.words)
    for row, target in enumerate(targets.values()):
        for column, dim in enumerate(config.vector_dims):
            values, vectors = target.top_eigenpairs(dim)
            embeddings = vectors * np.sqrt(np.maximum(values, 0.0))
            found[0, row, column] = gf.analogy_accuracy(embeddings, analogies).accuracy
            found[1, row, column] = gf.similarity(embeddings, pairs).spearman
    return xr.Dataset(
        {"score": (("benchmark", "negatives", "vector_dim"), found)},
        {
            "benchmark": list(BENCHMARKS),
            "negatives": list(targets),
            "vector_dim": np.array(config.vector_dims, int),
        },
    )


def _eigenvectors(target: AbstractTarget, count: int) -> Float64[np.ndarray, "V m"]:
    target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
    return target.top_eigenpairs(count)[1]


def _of_many_negatives(one: AbstractTarget) -> Float64[np.ndarray, " V"]:
    """Limits of k λ as k grows, falling.

    M* = S − 2·11ᵀ with k S → 4 P/Π. The constant direction has −2V ever after; the others see the
    rest of 4 P/Π. The target of k = 1 gives P/Π = (2 + M*)/(2 − M*).
    """
    matrix = one.todense()
    ratio = 4 * (2 + matrix) / (2 - matrix)
    centred = ratio - ratio.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    return scipy.linalg.eigvalsh(centred, check_finite=False)[::-1]
