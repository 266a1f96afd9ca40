"""Every combination of the dials, from one start."""

import itertools

import jax
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from experiments.dial._config import Config
from gradflow.corpus import CooccurrenceStatistics
from gradflow.methods import Solution, State
from gradflow.problems import AbstractProblem

AXES = ("weighting", "negatives", "side", "order")
SGNS = "SGNS"  # the whole loss, as a position of the dial "order"
# A run that needs more has no lower bound, or follows a start that is far too large.
_MOST_STEPS = 20_000


def run(config: Config) -> xr.Dataset:
    """What each combination learns.

    Returns:
        Over `case`, all combinations of the axes weighting, negatives, side and order, the last
        one fastest: `shared` (case, other) of the leading left singular vectors of two final W,
        mean squared cosine of their principal angles; `height` (mode), s_k² at the end over that
        of SGNS with the other dials where they are, and `step` (mode), the time at which s_k² is
        half of what it is at the end, over that of SGNS; `values` (mode), s_k at the end;
        `status`; `evaluations` of the gradient. And `chance`, what unrelated spaces share.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    sides = ["tied" if tied else "untied" for tied in config.tied]
    orders = [SGNS if order is None else str(order) for order in config.orders]
    names = [name for name, _ in config.weightings]
    cases = pd.MultiIndex.from_product([names, config.negatives, sides, orders], names=AXES)
    found = [
        _follow(config, stats, *one)
        for one in itertools.product(
            config.weightings, config.negatives, config.tied, config.orders
        )
    ]
    whole = xr.concat(found, "case", join="exact")
    spaces = whole["space"].values
    crossed = np.einsum("iva,jvb->ijab", spaces, spaces)
    shape = (-1, len(orders), config.modes)
    step, height = whole["step"].values.reshape(shape), whole["values"].values.reshape(shape) ** 2
    last = orders.index(SGNS)
    return xr.Dataset(
        {
            "shared": (("case", "other"), np.sum(crossed**2, axis=(2, 3)) / config.modes),
            "step": (("case", "mode"), (step / step[:, [last]]).reshape(-1, config.modes)),
            "height": (("case", "mode"), (height / height[:, [last]]).reshape(-1, config.modes)),
            **{name: whole[name] for name in ("values", "status", "evaluations")},
            "chance": config.modes / config.words,
            **{axis: ("case", cases.get_level_values(axis).to_numpy()) for axis in AXES},
        }
    )


def _follow(
    config: Config,
    stats: CooccurrenceStatistics,
    weighting: tuple[str, float],
    negatives: float,
    tied: bool,
    order: int | None,
) -> xr.Dataset:
    """One combination."""
    name, stretch = weighting
    problem = _problem(stats, name, negatives, tied, order)
    spec = gf.spectrum(problem.linearisation, config.modes)
    times = gf.time_grid(spec, config.scale, config.dim, config.num_times // 2)
    longer = np.geomspace(1.0, stretch, config.num_times // 2 + 1)[1:]
    times = np.append(times, times[-1] * longer)
    init = gf.gaussian_init if tied else gf.balanced_init
    w0 = init(jax.random.key(config.seed), config.words, config.dim, config.scale)
    method = gf.Stabilised(rtol=config.rtol, max_steps=_MOST_STEPS)
    looks = gf.Snapshots({"last": _embeddings}, times[-1:])
    solution = gf.solve(problem, w0, times, method=method, snapshots=looks, throw=False)
    final = np.asarray(solution.snapshots["last"])[0]
    return xr.Dataset(
        {
            "space": (("word", "mode"), _leading(final, config.modes)),
            "step": ("mode", _steps(solution)[: config.modes]),
            "values": ("mode", np.asarray(solution.singular_values[-1])[: config.modes]),
            "status": int(solution.status),
            "evaluations": int(solution.evaluations),
        }
    )


def _problem(
    stats: CooccurrenceStatistics, weighting: str, negatives: float, tied: bool, order: int | None
) -> AbstractProblem:
    if order is None:
        return gf.Contrastive(stats, weighting, negatives, tied=tied)
    return gf.Taylor(stats, order, weighting, negatives, tied=tied)


def _embeddings(state: State) -> Array:
    return state.embeddings


def _steps(solution: Solution) -> np.ndarray:
    """Against heights at the end: where weights are unequal there is no plateau."""
    return np.asarray(gf.measure_steps(solution, plateaus=solution.singular_values[-1] ** 2))


def _leading(embeddings: np.ndarray, count: int) -> np.ndarray:
    if not np.isfinite(embeddings).all():  # the flow ended early
        return np.full((len(embeddings), count), np.nan)
    return np.linalg.svd(embeddings, full_matrices=False)[0][:, :count]
