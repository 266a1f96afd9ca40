"""What predictions cost, and what else they predict."""

import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import threadpoolctl
import xarray as xr
from jaxtyping import Array, Float

import gradflow as gf
from experiments.predictions._config import Config
from gradflow.methods import Solution
from gradflow.targets import AbstractTarget
from gradflow.theory import COMPETITORS

# How often the rule runs for one run of the exact flow, which takes so much longer.
_RULE_REPEATS = 10


def costs(config: Config, target: AbstractTarget, dim: int) -> xr.Dataset:
    """Processor seconds of one lane, compiled before, eigenpairs given to both; medians."""
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
    """The steps of a start, by the exact flow; what does not depend on the start is done."""
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
    found = []
    for _ in range(repeats):
        begin = time.process_time()
        function().block_until_ready()
        found.append(time.process_time() - begin)
    return float(np.median(found))


def beside(config: Config, target: AbstractTarget) -> xr.Dataset:
    """Errors of rise times (scale, mode) and of WWᵀ (scale, time), one start."""
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
    predicted = gf.predict_rise_times(spec, w0, "clusters")[: w0.shape[1]]
    return np.asarray(abs(predicted / gf.measure_rise_times(solution) - 1))


def _embedding_errors(spec: gf.Spectrum, w0: Array, solution: Solution) -> np.ndarray:
    """‖ŴŴᵀ − WWᵀ‖ / ‖WWᵀ‖ at each time, from products of d × d."""
    predicted = gf.predict_embeddings(spec, w0, np.asarray(solution.times))
    found = []
    for one, other in zip(np.asarray(predicted), np.asarray(solution.embeddings), strict=True):
        own, crossed, exact = (
            np.sum((a.T @ b) ** 2) for a, b in ((one, one), (one, other), (other, other))
        )
        found.append(np.sqrt(max(own - 2 * crossed + exact, 0.0) / exact))
    return np.array(found)
