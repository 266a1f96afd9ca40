"""Descent on the full batch: how late, up to which rate, and what other optimisers do."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array, Float64

import gradflow as gf
from experiments._learned import learned_modes
from experiments.learning_rates._config import Config
from gradflow.corpus import CooccurrenceStatistics

_LOOKS = 400  # at most so many a run
_NEAR = 0.01  # how far above the limit of stability growth is measured, relative
_STEPS = 400  # of that measurement, the second half of which counts


def full_batch(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """The quadratic loss on M*, uniform weighting, tied, from one start.

    Returns:
        Modes are numbered by `compared`. `flow_step` (compared) are step times t of the exact flow,
        `eigenvalue` (compared). By descent, plain ones and then those with momentum, with `beta`
        and `pace`, ηλ₁ or ηλ₁/(1 − β): `descent_step`, in the time η/(1 − β) × steps, and `late`,
        the ratio to the flow that a mode alone would have; both (descent, compared). By `beta_kind`
        (plain, momentum): `limit`, the pace at which descent at the minimum becomes unstable, in
        theory, and `limit_found`. By Adam: `adam_values` (adam, moment, compared) at rate × steps =
        `adam_travel`, `adam_step` in that unit, and `adam_overlap`, squared, of each direction at
        its own step with its eigenvector; `flow_overlap` of the flow's; `exact_values` at times
        `exact_t` (moment). Attributes `lowest`, λ_V, and `curvature`, the largest at the minimum.
    """
    target = gf.mstar(stats)
    problem = gf.Quadratic(target)
    values, vectors = target.top_eigenpairs(target.vocab_size)
    w0 = gf.gaussian_init(jax.random.key(config.seed), len(values), config.dim, config.scale)
    modes = config.compared
    heights = values[:modes] / 2
    kept = gf.Snapshots({"axes": gf.PrincipalAxes(modes)})
    times = np.linspace(0.0, config.span / values[0], config.looks + 1)
    flow = gf.solve(problem, w0, times, method=gf.Exact(), snapshots=kept)
    flow_step, flow_axes = learned_modes(flow, flow.snapshots["axes"], heights)
    runs = [(0.0, pace) for pace in config.paces]
    runs += [(config.momentum, pace) for pace in config.momentum_paces]
    descents = [_descend(config, problem, w0, float(values[0]), *one) for one in runs]
    curvature = max(values[0], (values[0] - values[-1]) / 2)
    limits = [values[0] / curvature * _limit_by(beta) for beta in (0.0, config.momentum)]
    found = [
        values[0] * _found_limit(config, problem, values, vectors, beta, curvature)
        for beta in (0.0, config.momentum)
    ]
    own = vectors[:, :modes]
    return xr.Dataset(
        {
            "flow_step": ("compared", flow_step),
            "flow_overlap": ("compared", _overlaps(flow_axes, own)),
            "eigenvalue": ("compared", values[:modes]),
            "beta": ("descent", [beta for beta, _ in runs]),
            "pace": ("descent", [pace for _, pace in runs]),
            "descent_step": (("descent", "compared"), np.stack(descents)),
            "late": (
                ("descent", "compared"),
                [late(beta, pace * values[:modes] / values[0]) for beta, pace in runs],
            ),
            "limit": ("beta_kind", limits),
            "limit_found": ("beta_kind", found),
            "exact_t": ("moment", times),
            "exact_values": (
                ("moment", "compared"),
                np.asarray(flow.singular_values, np.float32)[:, :modes],
            ),
        },
        {"compared": np.arange(1, modes + 1), "beta_kind": ["plain", "momentum"]},
        {"lowest": float(values[-1]), "curvature": float(curvature)},
    ).merge(_adam(config, problem, w0, heights, own, kept))


def late(beta: float, growth: Float64[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    """What a mode that grows by itself needs of the flow's time, as a multiple.

    Its linear growth by e^{x/2} in time η, x = ηλ/(1 − β), becomes growth by z a step, z² − (1 + β
    + x(1 − β)/2) z + β = 0. For β = 0 that is (x/2)/ln(1 + x/2); in the first order it is always
    1 + (x/4)(1 + β)/(1 − β).
    """
    trace = 1 + beta + growth * (1 - beta) / 2
    return growth / 2 / np.log((trace + np.sqrt(trace**2 - 4 * beta)) / 2)


def _limit_by(beta: float) -> float:
    """Effective rate times curvature at which descent becomes unstable."""
    return 2 * (1 + beta) / (1 - beta)


def optimizer(rate: float, beta: float) -> optax.GradientTransformation:
    """Of an effective rate."""
    return optax.sgd(rate * (1 - beta), momentum=beta or None)


def _descend(
    config: Config, problem: gf.Quadratic, w0: Array, fastest: float, beta: float, pace: float
) -> np.ndarray:
    """Step times (m,), in the time rate × steps."""
    rate = pace / fastest
    number = round(config.span / pace)
    every = max(1, round(number / _LOOKS))
    times = rate * every * np.arange(number // every + 1)
    method = gf.Descent(optimizer(rate, beta), 1 / rate)
    solution = gf.solve(problem, w0, times, method=method)
    return np.asarray(gf.measure_steps(solution, config.compared))[: config.compared]


def _found_limit(
    config: Config,
    problem: gf.Quadratic,
    values: np.ndarray,
    vectors: np.ndarray,
    beta: float,
    curvature: float,
) -> float:
    """The effective rate at which small deviations from the minimum neither grow nor shrink.

    Just above the theoretical one the gradient grows by a factor z a step, changing its sign; so
    the curvature h is that of −z = (1 + β − ηh ± …)/2, and the limit is 2(1 + β)/h.
    """
    dim = config.dim
    noise = gf.gaussian_init(jax.random.key(config.seed), len(values), dim, 1e-8)
    start = jnp.asarray(vectors[:, :dim] * np.sqrt(values[:dim])) + noise
    rate = float(_limit_by(beta) / curvature * (1 + _NEAR * (1 - beta) / (1 + beta)))
    kept = gf.Snapshots({"size": lambda state: jnp.linalg.norm(problem.gradient(state.embeddings))})
    method = gf.Descent(optimizer(rate, beta), 1.0)
    times = np.array([0.0, _STEPS / 2, _STEPS])
    sizes = gf.solve(problem, start, times, method=method, snapshots=kept).snapshots["size"]
    growth = float(sizes[2] / sizes[1]) ** (2 / _STEPS)
    found = (1 + beta + growth + beta / growth) / (rate * (1 - beta))
    return _limit_by(beta) / found


def _adam(
    config: Config,
    problem: gf.Quadratic,
    w0: Array,
    heights: np.ndarray,
    own: np.ndarray,
    kept: gf.Snapshots,
) -> xr.Dataset:
    """Looked at after equal travels, rate × steps."""
    found: dict[str, list[Any]] = {"adam_values": [], "adam_step": [], "adam_overlap": []}
    for rate in config.adam_rates:
        number = round(config.travel / rate)
        travels = np.round(np.linspace(0, number, config.looks + 1)) * rate
        method = gf.Descent(optax.adam(rate), 1 / rate)
        solution = gf.solve(problem, w0, travels, method=method, snapshots=kept)
        steps, axes = learned_modes(solution, solution.snapshots["axes"], heights)
        shown = np.asarray(solution.singular_values, np.float32)[:, : config.compared]
        found["adam_values"].append(shown)
        found["adam_step"].append(steps)
        found["adam_overlap"].append(_overlaps(axes, own))
    return xr.Dataset(
        {
            "adam_values": (("adam", "moment", "compared"), np.stack(found["adam_values"])),
            "adam_step": (("adam", "compared"), np.stack(found["adam_step"])),
            "adam_overlap": (("adam", "compared"), np.stack(found["adam_overlap"])),
            "adam_travel": ("moment", np.linspace(0, config.travel, config.looks + 1)),
        },
        {"adam": list(config.adam_rates)},
    )


def _overlaps(axes: np.ndarray, own: np.ndarray) -> np.ndarray:
    return np.asarray(np.sum(axes * own, axis=0) ** 2)
