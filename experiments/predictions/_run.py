"""Steps of many starts and counts, measured by the exact flow and predicted by every rule."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import threadpoolctl
import xarray as xr
from jaxtyping import Array, Float

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.experiments._framework import every_document
from gradflow.methods import Solution
from gradflow.targets import AbstractTarget
from gradflow.theory import PREDICTION_RULES
from gradflow.theory._coupled_modes import COMPETITORS


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        vocab_size: V of the counts made from the text.
        window: Their window.
        dims: d, rising.
        seeds: Random starts of each scale, one number for each d.
        scales: σ.
        num_times: Times at which a run is looked at; they only bracket the steps.
        shown_dim: The d of the goals, and of the errors by mode.
        shown_scales: Scales of the errors by mode, as many as there are d.
        goal_scale: Scale of the goals, and where the cost is measured.
        repeats: Of each measurement of the cost.
        beside_scales: Where rise times and embeddings are predicted.
        sizes: V, rising, where it is varied; of the text, at the d and the scale of the goals.
        every: Every so many-th document is taken where the length of the text is varied, falling.
        fixed_words: V there.
        size_seeds: Random starts of each size.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    vocab_size: int = 5000
    window: int = 16
    dims: tuple[int, ...] = (10, 50, 200)
    seeds: tuple[int, ...] = (50, 50, 50)
    scales: tuple[float, ...] = (1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-12)
    num_times: int = 100
    shown_dim: int = 50
    shown_scales: tuple[float, ...] = (1e-1, 1e-4, 1e-8)
    goal_scale: float = 1e-4
    repeats: int = 3
    beside_scales: tuple[float, ...] = (1e-2, 1e-6)
    sizes: tuple[int, ...] = (500, 1000, 2000, 5000)
    every: tuple[int, ...] = (100, 30, 10, 3, 1)
    fixed_words: int = 1000
    size_seeds: int = 50


FULL = Config()
QUICK = Config(
    words=80, vocab_size=80, dims=(12,), seeds=(4,), scales=(1e-2, 1e-4), shown_dim=12,
    shown_scales=(1e-4,), beside_scales=(1e-2,), repeats=1,
    sizes=(40, 80), every=(4, 1), fixed_words=60, size_seeds=4,
)  # fmt: skip


def lanes(
    config: Config, target: AbstractTarget, dim: int, seeds: int, scales: tuple[float, ...]
) -> xr.Dataset:
    """Return `measured` (scale, seed, mode) and `predicted` (rule beside), all lanes of one d."""
    return gf.sweep(
        gf.Quadratic(target),
        scales,
        seeds,
        dim,
        method=gf.Exact(),
        num_times=config.num_times,
        rules=PREDICTION_RULES,
        lanes_at_once=4,
    )


def relative_errors(data: xr.Dataset) -> xr.DataArray:
    """Return |predicted/measured − 1| (rule, scale, seed, mode) of lanes."""
    return abs(data["predicted"] / data["measured"] - 1).transpose("rule", "scale", "seed", "mode")


# The last modes of d compete with modes that are never learned.
EARLY_SHARE = 0.8
QUANTILES = (0.1, 0.5, 0.9)
STATISTICS = ("median", "largest of early modes", "largest")


def statistics(errors: xr.DataArray) -> xr.Dataset:
    """Return what is kept of errors (rule, scale, seed, mode)."""
    values = errors.values
    first_modes = values[..., : round(EARLY_SHARE * values.shape[-1])]
    by_seed = [
        quantiles(values_used, [share])[0]
        for values_used, share in ((values, 0.5), (first_modes, 1.0), (values, 1.0))
    ]
    pooled = quantiles(values.reshape(*values.shape[:2], -1), [0.5, 0.9])
    return xr.Dataset(
        {
            "median": (("rule", "scale"), pooled[0]),
            "q90": (("rule", "scale"), pooled[1]),
            "known": errors.count(("seed", "mode")),
            "by_mode": (
                ("quantile", "rule", "scale", "mode"),
                quantiles(np.swapaxes(values, 2, 3), QUANTILES).astype(np.float32),
            ),
            "by_seed": (("statistic", "rule", "scale", "seed"), np.stack(by_seed)),
        },
        {
            **{name: errors[name] for name in ("rule", "scale", "seed", "mode")},
            "quantile": list(QUANTILES),
            "statistic": list(STATISTICS),
        },
    )


def quantiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Return quantiles (shares, ...) over the last axis of what is finite, or nan."""
    present = np.isfinite(values).any(axis=-1)
    result = np.full((len(shares), *present.shape), np.nan)
    result[:, present] = np.nanquantile(values[present], shares, axis=-1)
    return result


# How often the rule runs for one run of the exact flow, which takes so much longer.
_RULE_REPEATS = 10


def costs(config: Config, target: AbstractTarget, dim: int) -> xr.Dataset:
    """Return processor seconds of one lane, compiled before, eigenpairs given to both; medians."""
    size = target.vocab_size
    spec = gf.spectrum(target, min(size, dim + COMPETITORS))
    w0 = gf.gaussian_init(jax.random.key(0), size, dim, config.goal_scale)
    flow = _flow(config, target, dim, config.num_times)
    with threadpoolctl.threadpool_limits(1, user_api="blas"):  # as in a lane of a sweep
        exact = _seconds(lambda: flow(w0), config.repeats)
        clusters = _seconds(
            lambda: gf.predict_steps(spec, w0, "clusters"), _RULE_REPEATS * config.repeats
        )
        change = abs(_flow(config, target, dim, 4 * config.num_times)(w0) / flow(w0) - 1)
    return xr.Dataset(
        {
            "exact_seconds": exact,
            "clusters_seconds": clusters,
            "grid_change": float(np.nanmax(change)),
        }
    )


def _flow(
    config: Config, target: AbstractTarget, dim: int, num_times: int
) -> Callable[[Array], Float[Array, " d"]]:
    """Return the exact flow as steps of a start; what does not depend on the start is done."""
    problem, method = gf.Quadratic(target), gf.Exact()
    grid = gf.time_grid(gf.spectrum(target, dim), config.goal_scale, dim, num_times)
    plan, times = method.plan(problem, dim, float(grid[-1])), jnp.asarray(grid)
    return lambda w0: _steps(method, problem, plan, times, w0)


@eqx.filter_jit
def _steps(
    method: gf.Exact, problem: gf.Quadratic, plan: Any, times: Array, w0: Array
) -> Float[Array, " d"]:
    return gf.measure_steps(method.run(problem, plan, w0, times, ()))


def _seconds(function: Callable[[], Array], repeats: int) -> float:
    function().block_until_ready()
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        function().block_until_ready()
        seconds.append(time.process_time() - begin)
    return float(np.median(seconds))


def beside(config: Config, target: AbstractTarget) -> xr.Dataset:
    """Return errors of rise times (scale, mode) and of WWᵀ (scale, time), one start."""
    dim, scales = config.shown_dim, list(config.beside_scales)
    spec = gf.spectrum(target, target.vocab_size)  # a start has components of all eigenvectors
    rises, embeddings = [], []
    for scale in scales:
        w0 = gf.gaussian_init(jax.random.key(0), target.vocab_size, dim, scale)
        times = gf.time_grid(spec, scale, dim, config.num_times)
        solution = gf.solve(gf.Quadratic(target), w0, times, method=gf.Exact(), embeddings=True)
        rises.append(_rise_errors(spec, w0, solution))
        embeddings.append(_embedding_errors(spec, w0, solution))
    return xr.Dataset(
        {
            "rise_error": (("beside_scale", "beside_mode"), np.stack(rises)),
            "embedding_error": (("beside_scale", "time"), np.stack(embeddings)),
        },
        {"beside_scale": scales},
    )


def _rise_errors(spec: gf.Spectrum, w0: Array, solution: Solution) -> np.ndarray:
    predicted = gf.predict(spec, w0, rule="clusters").rise_times[: w0.shape[1]]
    return np.asarray(abs(predicted / gf.measure(solution).rise_times - 1))


def _embedding_errors(spec: gf.Spectrum, w0: Array, solution: Solution) -> np.ndarray:
    """Return ‖ŴŴᵀ − WWᵀ‖ / ‖WWᵀ‖ at each time, from products of d × d."""
    predicted = gf.predict(spec, w0).embeddings(np.asarray(solution.times))
    errors = []
    for w_hat, w in zip(np.asarray(predicted), np.asarray(solution.embeddings), strict=True):
        predicted_square, crossed, square = (
            np.sum((a.T @ b) ** 2) for a, b in ((w_hat, w_hat), (w_hat, w), (w, w))
        )
        errors.append(np.sqrt(max(predicted_square - 2 * crossed + square, 0.0) / square))
    return np.array(errors)


def by_vocabulary(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Return more and more of a text's most frequent words: `vocabulary_…` by `vocab_size`."""
    parts = [_one(config, stats.top(words)) for words in config.sizes]
    return _joined(parts, "vocabulary", "vocab_size", list(config.sizes))


def by_corpus(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Return more and more documents, the same number of words: `corpus_…` by `corpus_tokens`."""
    parts, tokens = [], []
    for every in config.every:
        shorter = gf.read_corpus(every_document(corpus, every), config.fixed_words)
        parts.append(_one(config, shorter.count(config.window)))
        tokens.append(shorter.total_tokens)
    return _joined(parts, "corpus", "corpus_tokens", tokens)


def _one(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Return quantiles over seeds, of steps and of errors, at the d and the scale of the goals."""
    target = gf.mstar(stats)
    data = lanes(config, target, config.shown_dim, config.size_seeds, (config.goal_scale,))
    errors = statistics(relative_errors(data))["by_seed"].isel(scale=0, drop=True)
    steps = data[["measured", "clusters"]].isel(scale=0, drop=True).to_array("run")
    return xr.Dataset(
        {
            "error": errors.quantile(list(QUANTILES), "seed"),
            "step": steps.quantile(list(QUANTILES), "seed"),
        }
    )


def _joined(parts: list[xr.Dataset], prefix: str, axis: str, values: list[int]) -> xr.Dataset:
    joined = xr.concat(parts, xr.Variable(axis, values))
    return joined.rename({name: f"{prefix}_{name}" for name in joined.data_vars})


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Return errors |predicted/measured − 1| of all rules.

    Returns:
        Dimensions source, dim, scale, rule. `median` and `q90` over modes and seeds, `known`, how
        many steps they are of; `by_mode` (…, quantile, mode) over seeds; `by_seed` (…, statistic,
        seed) over modes. `measured`, how many steps there were. By source and d: seconds of the
        processor for one lane, `exact_seconds` and `clusters_seconds`; `grid_change`, by how much
        four times as many times change a measured step. `rise_error`, `embedding_error`: one start.
        By `vocab_size` and by `corpus_tokens`, quantiles over seeds: `vocabulary_…` and `corpus_…`,
        `…_error` (rule, statistic) and `…_step` (run, mode), measured and by "clusters".
    """
    by_source, text = [], corpus.count(config.window)
    for stats in (gf.load_statistics(config.counts).top(config.words), text):
        target = gf.mstar(stats)
        parts = [
            _errors(config, target, dim, seeds).merge(costs(config, target, dim))
            for dim, seeds in zip(config.dims, config.seeds, strict=True)
        ]
        joined = xr.concat(parts, xr.Variable("dim", list(config.dims)), join="outer")
        by_source.append(joined.merge(beside(config, target)))
    sources = [config.counts, "text"]
    joined = xr.concat(by_source, xr.Variable("source", sources))
    sizes = xr.merge([by_vocabulary(config, text), by_corpus(config, corpus)])
    return xr.merge([joined, sizes], join="outer", combine_attrs="drop").assign_attrs(
        words=[config.words, corpus.vocab_size],
        tokens=corpus.total_tokens,
        shown_dim=config.shown_dim,
        shown_scales=list(config.shown_scales),
        goal_scale=config.goal_scale,
        fixed_words=config.fixed_words,
    )


def _errors(config: Config, target: AbstractTarget, dim: int, seeds: int) -> xr.Dataset:
    """Return errors of all scales and seeds of one d."""
    data = lanes(config, target, dim, seeds, config.scales)
    measured = data["measured"].count(("seed", "mode"))
    return statistics(relative_errors(data)).assign(measured=measured)
