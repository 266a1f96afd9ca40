"""Descent by several optimisers, rates and batches, and the flows beside it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array, Float64

import gradflow as gf
from gradflow.analysis import learned_modes
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        vocab_size: V, the most frequent words of the text.
        window: Largest distance of a pair.
        dim: d.
        seed: Of the starts and of the batches.
        scale: σ of the start on the full batch: the quadratic loss on M*, tied.
        paces: ηλ₁ of plain descent on it.
        momentum: β of descent with momentum.
        momentum_paces: The same, of its effective rate η/(1 − β).
        adam_rates: Learning rates of Adam.
        compared: How many modes are compared there.
        span: Where these runs end, λ₁t.
        travel: Where those of Adam end, rate × steps: at least `looks` steps of the largest rate.
        subsample: s of word2vec's subsampling, with minibatches.
        noise_power: Exponent of the noise distribution.
        negatives: k.
        minibatch_scale: σ of the balanced, untied start with minibatches.
        rates: η, rising.
        batches: B, rising: positive pairs a step.
        last_time: Where the runs with minibatches end, in the time of the flow.
        most_steps: A rate and batch that take more steps are left out;
        most_pairs: or more positive pairs.
        modes: How many of the first modes are compared there.
        looks: Times at which singular values are compared.
        rtol: Tolerance of the flow.
    """

    vocab_size: int = 300
    window: int = 5
    dim: int = 10
    seed: int = 0
    scale: float = 1e-3
    paces: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0, 1.6)
    momentum: float = 0.9
    momentum_paces: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)
    adam_rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2)
    compared: int = 8
    span: float = 160.0
    travel: float = 1.5
    subsample: float = 1e-3
    noise_power: float = 0.75
    negatives: float = 5.0
    minibatch_scale: float = 1e-2
    rates: tuple[float, ...] = (0.025, 0.1, 0.4, 1.6, 6.4)
    batches: tuple[int, ...] = (1, 8, 64, 512)
    last_time: float = 18_000.0
    most_steps: float = 8e5
    most_pairs: float = 2.5e7
    modes: int = 4
    looks: int = 150
    rtol: float = 1e-7

    @property
    def pairs(self) -> gf.Word2vecPairs:
        """How word2vec draws pairs, but for its way of closing the gaps of subsampling."""
        return gf.Word2vecPairs(
            self.window, True, self.subsample, self.noise_power, self.negatives, closing=False
        )

    def problem(self, stats: CooccurrenceStatistics) -> gf.Contrastive:
        """Return the full-batch loss of those pairs."""
        return gf.Contrastive(stats, self.pairs.weighting, self.negatives, tied=False)

    def is_run(self, rate: float, batch: int) -> bool:
        """Return whether a rate and a batch are affordable."""
        steps = self.last_time / rate
        return steps <= self.most_steps and steps * batch <= self.most_pairs


FULL = Config()
# As many looks everywhere: what measures steps is compiled once.
QUICK = Config(
    vocab_size=40, window=3, dim=4, paces=(0.5,), momentum_paces=(0.5,), adam_rates=(1e-2,),
    compared=2, span=80.0, travel=1.6, subsample=1.0, negatives=1.0, rates=(0.5, 4.0),
    batches=(8, 64), last_time=4000.0, modes=2, looks=160, rtol=1e-6,
)  # fmt: skip


_LOOKS = 400  # at most so many a run
_NEAR = 0.01  # how far above the limit of stability growth is measured, relative
_STEPS = 400  # of that measurement, the second half of which counts


def full_batch(config: Config, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Follow the quadratic loss on M*, uniform weighting, tied, from one start.

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
    snapshots = gf.Snapshots({"axes": gf.methods.PrincipalAxes(modes)})
    times = np.linspace(0.0, config.span / values[0], config.looks + 1)
    flow = gf.solve(problem, w0, times, method=gf.Exact(), snapshots=snapshots)
    flow_step, flow_axes = learned_modes(flow, flow.snapshots["axes"], heights)
    leading = vectors[:, :modes]
    exact = xr.Dataset(
        {
            "flow_step": ("compared", flow_step),
            "flow_overlap": ("compared", _overlaps(flow_axes, leading)),
            "eigenvalue": ("compared", values[:modes]),
            "exact_t": ("moment", times),
            "exact_values": (
                ("moment", "compared"),
                np.asarray(flow.singular_values, np.float32)[:, :modes],
            ),
        },
        {"compared": np.arange(1, modes + 1)},
    )
    return xr.merge(
        [
            exact,
            _descents(config, problem, w0, values),
            _limits(config, problem, values, vectors),
            _adam(config, problem, w0, heights, leading, snapshots),
        ],
        combine_attrs="no_conflicts",
    )


def _descents(
    config: Config, problem: gf.Quadratic, w0: Array, values: Float64[np.ndarray, " V"]
) -> xr.Dataset:
    """Return step times of plain descent and of momentum, and how late theory has them."""
    runs = [(0.0, pace) for pace in config.paces]
    runs += [(config.momentum, pace) for pace in config.momentum_paces]
    steps = [_descend(config, problem, w0, float(values[0]), beta, pace) for beta, pace in runs]
    growth = values[: config.compared] / values[0]
    return xr.Dataset(
        {
            "beta": ("descent", [beta for beta, _ in runs]),
            "pace": ("descent", [pace for _, pace in runs]),
            "descent_step": (("descent", "compared"), np.stack(steps)),
            "late": (
                ("descent", "compared"),
                [late(beta, pace * growth) for beta, pace in runs],
            ),
        }
    )


def _limits(
    config: Config,
    problem: gf.Quadratic,
    values: Float64[np.ndarray, " V"],
    vectors: Float64[np.ndarray, "V V"],
) -> xr.Dataset:
    """Return the paces at which descent becomes unstable, in theory and as measured."""
    curvature = max(values[0], (values[0] - values[-1]) / 2)
    betas = (0.0, config.momentum)
    measured = [
        values[0] * _found_limit(config, problem, values, vectors, beta, curvature)
        for beta in betas
    ]
    return xr.Dataset(
        {
            "limit": ("beta_kind", [values[0] / curvature * _limit_by(beta) for beta in betas]),
            "limit_found": ("beta_kind", measured),
        },
        {"beta_kind": ["plain", "momentum"]},
        {"lowest": float(values[-1]), "curvature": float(curvature)},
    )


def late(beta: float, growth: Float64[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    """Return what a mode that grows by itself needs of the flow's time, as a multiple.

    Its linear growth by e^{x/2} in time η, x = ηλ/(1 − β), becomes growth by z a step, z² − (1 + β
    + x(1 − β)/2) z + β = 0. For β = 0 that is (x/2)/ln(1 + x/2); in the first order it is always
    1 + (x/4)(1 + β)/(1 − β).
    """
    trace = 1 + beta + growth * (1 - beta) / 2
    return growth / 2 / np.log((trace + np.sqrt(trace**2 - 4 * beta)) / 2)


def _limit_by(beta: float) -> float:
    """Return the effective rate times curvature at which descent becomes unstable."""
    return 2 * (1 + beta) / (1 - beta)


def optimizer(rate: float, beta: float) -> optax.GradientTransformation:
    """Return descent with momentum β, of an effective rate η/(1 − β)."""
    return optax.sgd(rate * (1 - beta), momentum=beta or None)


def _descend(
    config: Config, problem: gf.Quadratic, w0: Array, fastest: float, beta: float, pace: float
) -> np.ndarray:
    """Return step times (m,), in the time rate × steps."""
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
    """Return the effective rate at which deviations from the minimum neither grow nor shrink.

    Just above the theoretical one the gradient grows by a factor z a step, changing its sign; so
    the curvature h is that of −z = (1 + β − ηh ± …)/2, and the limit is 2(1 + β)/h.
    """
    dim = config.dim
    noise = gf.gaussian_init(jax.random.key(config.seed), len(values), dim, 1e-8)
    start = jnp.asarray(vectors[:, :dim] * np.sqrt(values[:dim])) + noise
    rate = float(_limit_by(beta) / curvature * (1 + _NEAR * (1 - beta) / (1 + beta)))
    snapshots = gf.Snapshots(
        {"size": lambda state: jnp.linalg.norm(problem.gradient(state.embeddings))}
    )
    method = gf.Descent(optimizer(rate, beta), 1.0)
    times = np.array([0.0, _STEPS / 2, _STEPS])
    sizes = gf.solve(problem, start, times, method=method, snapshots=snapshots).snapshots["size"]
    growth = float(sizes[2] / sizes[1]) ** (2 / _STEPS)
    curvature_there = (1 + beta + growth + beta / growth) / (rate * (1 - beta))
    return _limit_by(beta) / curvature_there


def _adam(
    config: Config,
    problem: gf.Quadratic,
    w0: Array,
    heights: np.ndarray,
    leading: np.ndarray,
    snapshots: gf.Snapshots,
) -> xr.Dataset:
    """Follow Adam, looked at after equal travels, rate × steps."""
    columns: dict[str, list[Any]] = {"adam_values": [], "adam_step": [], "adam_overlap": []}
    for rate in config.adam_rates:
        number = round(config.travel / rate)
        travels = np.round(np.linspace(0, number, config.looks + 1)) * rate
        method = gf.Descent(optax.adam(rate), 1 / rate)
        solution = gf.solve(problem, w0, travels, method=method, snapshots=snapshots)
        steps, axes = learned_modes(solution, solution.snapshots["axes"], heights)
        shown = np.asarray(solution.singular_values, np.float32)[:, : config.compared]
        columns["adam_values"].append(shown)
        columns["adam_step"].append(steps)
        columns["adam_overlap"].append(_overlaps(axes, leading))
    return xr.Dataset(
        {
            "adam_values": (("adam", "moment", "compared"), np.stack(columns["adam_values"])),
            "adam_step": (("adam", "compared"), np.stack(columns["adam_step"])),
            "adam_overlap": (("adam", "compared"), np.stack(columns["adam_overlap"])),
            "adam_travel": ("moment", np.linspace(0, config.travel, config.looks + 1)),
        },
        {"adam": list(config.adam_rates)},
    )


def _overlaps(axes: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    return np.asarray(np.sum(axes * vectors, axis=0) ** 2)


_SMALL = 32  # batches below are better served by many steps a dispatch


def minibatches(config: Config, corpus: TokenCorpus, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Train skip-gram with negative sampling, untied, from one balanced start.

    Returns:
        Over (batch, rate, time, mode), nan where not run: `flow` (time, mode) and
        `trained`, singular values of W at times `t`; `flow_time` (mode) and `trained_time`, when
        s_k² is half of what it is at the end of the flow, for the first modes; `overlap` (batch,
        rate, mode, other), squared, of each direction learned, at its own step, with those of the
        flow; `seconds` (batch, rate). `fastest` is λ₁, the flow's growth rate at the origin.
    """
    problem = config.problem(stats)
    start = gf.balanced_init(
        jax.random.key(config.seed), corpus.vocab_size, config.dim, config.minibatch_scale
    )
    times = np.linspace(0.0, config.last_time, config.looks + 1)
    snapshots = gf.Snapshots({"axes": gf.methods.PrincipalAxes(config.modes)})
    flow = gf.solve(
        problem, start, times, method=gf.Adaptive(rtol=config.rtol), snapshots=snapshots
    )
    end = np.asarray(flow.singular_values[-1])
    heights = end[: config.modes] ** 2 / 2
    flow_time, flow_axes = learned_modes(flow, flow.snapshots["axes"], heights)
    flows = xr.Dataset(
        {
            "t": ("time", times),
            "flow": (("time", "mode"), np.asarray(flow.singular_values, np.float32)),
            "flow_time": ("learned", flow_time),
            "fastest": ((), float(gf.spectrum(problem.linearisation, 1).eigenvalues[0])),
        },
        {"learned": np.arange(1, config.modes + 1), "mode": np.arange(1, config.dim + 1)},
    )
    lanes = _lanes(
        config,
        lambda batch, rate: _trained(config, corpus, start, times, batch, rate, snapshots),
        heights,
        flow_axes,
    )
    return xr.merge([flows, lanes])


def _lanes(
    config: Config,
    train: Callable[[int, float], gf.Training],
    heights: np.ndarray,
    flow_axes: np.ndarray,
) -> xr.Dataset:
    """Train with every batch and rate that is affordable; the others are nan."""
    shape = (len(config.batches), len(config.rates))
    values = np.full((*shape, config.looks + 1, config.dim), np.nan, np.float32)
    steps = np.full((*shape, config.modes), np.nan)
    overlap = np.full((*shape, config.modes, config.modes), np.nan)
    seconds = np.full(shape, np.nan)
    for lane in np.ndindex(shape):
        batch, rate = config.batches[lane[0]], config.rates[lane[1]]
        if not config.is_run(rate, batch):
            continue
        trained = train(batch, rate)
        seconds[lane] = trained.seconds
        with np.errstate(over="ignore"):  # what diverges is infinite here
            values[lane] = trained.singular_values
        steps[lane], axes = learned_modes(trained.solution, trained.snapshots["axes"], heights)
        overlap[lane] = (axes.T @ flow_axes) ** 2
    return xr.Dataset(
        {
            "trained": (("batch", "rate", "time", "mode"), values),
            "trained_time": (("batch", "rate", "learned"), steps),
            "overlap": (("batch", "rate", "learned", "other"), overlap),
            "seconds": (("batch", "rate"), seconds),
        },
        {
            "batch": list(config.batches),
            "rate": list(config.rates),
            "other": np.arange(1, config.modes + 1),
        },
    )


def _trained(
    config: Config,
    corpus: TokenCorpus,
    start: tuple[Array, Array],
    times: np.ndarray,
    batch: int,
    rate: float,
    snapshots: gf.Snapshots,
) -> gf.Training:
    """Train once, looked at as near to the times as its steps allow."""
    small = batch < _SMALL
    return gf.train(
        corpus,
        config.pairs,
        start,
        np.round(times / rate).astype(np.int64),
        optimizer=optax.sgd(rate),
        batch=batch,
        key=config.seed,
        updates_per_unit_time=1 / rate,
        snapshots=snapshots,
        backend="xla" if small else None,
        chunk=256 if small else 16,
        throw=False,
    )


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Descend by several optimisers on the full batch, by plain steps on minibatches.

    Returns:
        What `full_batch` and `minibatches` return, in one dataset.
    """
    stats = corpus.count(config.window)
    halves = [full_batch(config, stats), minibatches(config, corpus, stats)]
    return xr.merge(halves, join="exact", combine_attrs="no_conflicts").assign_attrs(
        tokens=corpus.total_tokens
    )
