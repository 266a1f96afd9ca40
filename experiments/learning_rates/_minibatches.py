"""Minibatches of pairs from the text, beside the flow of its counts."""

import jax
import numpy as np
import optax
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from experiments._learned import learned_modes
from experiments.learning_rates._config import Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus

_SMALL = 32  # batches below are better served by many steps a dispatch


def minibatches(config: Config, corpus: TokenCorpus, stats: CooccurrenceStatistics) -> xr.Dataset:
    """Skip-gram with negative sampling, untied, from one balanced start.

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
    kept = gf.Snapshots({"axes": gf.PrincipalAxes(config.modes)})
    flow = gf.solve(problem, start, times, method=gf.Adaptive(rtol=config.rtol), snapshots=kept)
    end = np.asarray(flow.singular_values[-1])
    heights = end[: config.modes] ** 2 / 2
    flow_time, flow_axes = learned_modes(flow, flow.snapshots["axes"], heights)
    shape = (len(config.batches), len(config.rates))
    values = np.full((*shape, len(times), config.dim), np.nan, np.float32)
    found = np.full((*shape, config.modes), np.nan)
    overlap = np.full((*shape, config.modes, config.modes), np.nan)
    seconds = np.full(shape, np.nan)
    for at in np.ndindex(shape):
        batch, rate = config.batches[at[0]], config.rates[at[1]]
        if not config.is_run(rate, batch):
            continue
        trained = _trained(config, corpus, start, times, batch, rate, kept)
        seconds[at] = trained.seconds
        with np.errstate(over="ignore"):  # what diverges is infinite here
            values[at] = trained.singular_values
        found[at], axes = learned_modes(trained.solution(), trained.snapshots["axes"], heights)
        overlap[at] = (axes.T @ flow_axes) ** 2
    numbers = np.arange(1, config.modes + 1)
    return xr.Dataset(
        {
            "t": ("time", times),
            "flow": (("time", "mode"), np.asarray(flow.singular_values, np.float32)),
            "trained": (("batch", "rate", "time", "mode"), values),
            "flow_time": ("learned", flow_time),
            "trained_time": (("batch", "rate", "learned"), found),
            "overlap": (("batch", "rate", "learned", "other"), overlap),
            "seconds": (("batch", "rate"), seconds),
            "fastest": ((), float(gf.spectrum(problem.linearisation, 1).eigenvalues[0])),
        },
        {
            "batch": list(config.batches), "rate": list(config.rates), "learned": numbers,
            "other": numbers, "mode": np.arange(1, config.dim + 1),
        },
    )  # fmt: skip


def _trained(
    config: Config,
    corpus: TokenCorpus,
    start: tuple[Array, Array],
    times: np.ndarray,
    batch: int,
    rate: float,
    kept: gf.Snapshots,
) -> gf.Training:
    """One run, looked at as near to the times as its steps allow."""
    small = batch < _SMALL
    return gf.train(
        corpus,
        config.pairs,
        start,
        np.round(times / rate).astype(np.int64),
        optimizer=optax.sgd(rate),
        batch=batch,
        key=config.seed,
        steps_per_unit_time=1 / rate,
        snapshots=kept,
        backend="xla" if small else None,
        chunk=256 if small else 16,
        throw=False,
    )
