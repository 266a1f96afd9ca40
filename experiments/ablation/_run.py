"""Every loss by flow and by descent, from one start."""

import jax
import numpy as np
import optax
import pandas as pd
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from experiments.ablation._config import Case, Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Every loss by flow and on every rung of the ladder.

    Returns:
        Dimensions (loss, rung, time, mode). `flow` and `descent` are singular values at the times
        t; `flow_step` and `descent_step` the times at which s_k² is half of what it is at the end
        of the flow, nan for modes that are not compared; `rate` and `batch` the ladder.
    """
    stats = corpus.count(config.window)
    found = [_follow(config, case, corpus, stats) for case in config.cases]
    titles = pd.Index([case.title for case in config.cases], name="loss")
    return xr.concat(found, titles, join="exact").assign_attrs(tokens=corpus.total_tokens)


def _follow(
    config: Config, case: Case, corpus: TokenCorpus, stats: CooccurrenceStatistics
) -> xr.Dataset:
    """One loss, from one start, looked at at the same times on every rung."""
    problem = case.problem(stats, config.negatives)
    fastest = float(gf.spectrum(problem.linearisation, 1).eigenvalues[0])
    w0 = gf.gaussian_init(jax.random.key(config.seed), corpus.vocab_size, config.dim, config.scale)
    every = max(1, round(case.span / case.step / config.looks))  # steps between looks, first rung
    rates = case.step / fastest / 2.0 ** np.arange(config.rungs)
    looks = every * np.arange(config.looks + 1)
    times = rates[0] * looks
    closed = problem.quadratic_constant is not None
    method = gf.Exact() if closed else gf.Adaptive(rtol=config.rtol)
    flow = gf.solve(problem, w0, times, method=method)
    solutions = [flow, *_descend(config, case, corpus, stats, w0, looks, rates)]
    # All are measured against the same heights, the flow's own at the end.
    heights = flow.singular_values[-1] ** 2
    steps = np.full((len(solutions), config.dim), np.nan)
    most = max(one.modes for one in config.cases)  # the same for all: compiled once
    for solution, row in zip(solutions, steps, strict=True):
        row[: case.modes] = gf.measure_steps(solution, most, plateaus=heights)[: case.modes]
    values = np.stack([np.asarray(solution.singular_values) for solution in solutions])
    return xr.Dataset(
        {
            "t": ("time", times),
            "flow": (("time", "mode"), values[0]),
            "descent": (("rung", "time", "mode"), values[1:]),
            "flow_step": ("mode", steps[0]),
            "descent_step": (("rung", "mode"), steps[1:]),
            "rate": ("rung", rates),
            "batch": ("rung", config.batch * 2 ** np.arange(config.rungs)),
            "fastest": ((), fastest),
        },
        {"mode": np.arange(1, config.dim + 1), "rung": np.arange(1, config.rungs + 1)},
    )


def _descend(
    config: Config,
    case: Case,
    corpus: TokenCorpus,
    stats: CooccurrenceStatistics,
    w0: Array,
    looks: np.ndarray,
    rates: np.ndarray,
) -> list[gf.Solution]:
    """One run a rung, looked at after `looks` steps on the first one and at the same times."""
    pairs = gf.PaperPairs(config.window, case.weighting, config.negatives, stats)
    return [
        gf.train(
            corpus,
            pairs,
            w0,
            looks * 2**rung,
            optimizer=optax.sgd(rate),
            batch=config.batch * 2**rung,
            key=config.seed,
            objective=case.objective,
            steps_per_unit_time=1 / rate,
        ).solution()
        for rung, rate in enumerate(rates)
    ]
