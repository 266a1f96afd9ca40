"""Four dials: the order of the loss, the weighting, k, and whether contexts share embeddings.

    python -m gradflow.experiments dial            # full size, minutes on two cores
    python -m gradflow.experiments dial --quick    # about 15 s, most of it compiling

Claim (karkada2025, figure 7, and beyond): the quartic loss learns what word2vec's loss learns. Of
the four dials the order of the loss is the one that changes least; which directions are learned is
the doing of the others, tying first. Every combination from one start. Writes figures/dial/.
"""

import dataclasses
import itertools

import jax
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.methods import Solution, State
from gradflow.plotting._style import (
    ACCENT,
    FAINT,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.problems import AbstractProblem


@dataclasses.dataclass(frozen=True)
class Config:
    """Settings of a run: every position of each of the four dials.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        weightings: Of the pairs, each with how many times longer than its linearisation promises
            it is followed: where weights are unequal, later modes wait for earlier ones.
        negatives: k.
        tied: Whether contexts share the embeddings of words.
        orders: Of the loss; None is the whole loss, SGNS. Of even orders every other one has no
            lower bound (4, 8, ...), and is left out.
        dim: d.
        modes: How many leading left singular vectors are compared; up to a gap of the spectrum of
            M*, since the fifth and the sixth, nearly equal, swap places with the order of the loss.
        scale: σ.
        seed: Of the start.
        num_times: Times at which a run is looked at.
        rtol: Relative error per step.
    """

    counts: str = "wikipedia-2k"
    words: int = 300
    weightings: tuple[tuple[str, float], ...] = (
        ("uniform", 2.0), ("unigram", 3.0), ("word2vec", 4.0), ("none", 8.0),
    )  # fmt: skip
    negatives: tuple[float, ...] = (1.0, 5.0)
    tied: tuple[bool, ...] = (True, False)
    orders: tuple[int | None, ...] = (2, 6, 10, None)
    dim: int = 12
    modes: int = 6
    scale: float = 1e-3
    seed: int = 0
    num_times: int = 200
    rtol: float = 1e-5


FULL = Config()
QUICK = Config(
    words=60, weightings=(("uniform", 2.0), ("none", 8.0)), orders=(2, None), dim=6, modes=3,
    num_times=60, rtol=1e-4,
)  # fmt: skip


AXES = ("weighting", "negatives", "side", "order")
SGNS = "SGNS"  # the whole loss, as a position of the dial "order"
# A run that needs more has no lower bound, or follows a start that is far too large.
_MOST_STEPS = 20_000


def run(config: Config) -> xr.Dataset:
    """Follow every combination, and compare what they learn.

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
    flows = [
        _follow(config, stats, *dials)
        for dials in itertools.product(
            config.weightings, config.negatives, config.tied, config.orders
        )
    ]
    ends = xr.concat(flows, "case", join="exact")
    spaces = ends["space"].values
    crossed = np.einsum("iva,jvb->ijab", spaces, spaces)
    shape = (-1, len(orders), config.modes)
    step, height = ends["step"].values.reshape(shape), ends["values"].values.reshape(shape) ** 2
    last = orders.index(SGNS)
    return xr.Dataset(
        {
            "shared": (("case", "other"), np.sum(crossed**2, axis=(2, 3)) / config.modes),
            "step": (("case", "mode"), (step / step[:, [last]]).reshape(-1, config.modes)),
            "height": (("case", "mode"), (height / height[:, [last]]).reshape(-1, config.modes)),
            **{name: ends[name] for name in ("values", "status", "evaluations")},
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
    """Follow one combination to its end."""
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
    """Return step times against heights at the end: unequal weights leave no plateau."""
    return np.asarray(gf.measure_steps(solution, plateaus=solution.singular_values[-1] ** 2))


def _leading(embeddings: np.ndarray, count: int) -> np.ndarray:
    if not np.isfinite(embeddings).all():  # the flow ended early
        return np.full((len(embeddings), count), np.nan)
    return np.linalg.svd(embeddings, full_matrices=False)[0][:, :count]


def turned(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each two combinations one dial apart: `dial`, `turn`, `shared`."""
    places = {axis: results[axis].values for axis in AXES}
    rows = []
    for first, second in itertools.combinations(range(results.sizes["case"]), 2):
        different = [axis for axis in AXES if places[axis][first] != places[axis][second]]
        if len(different) == 1:
            axis = different[0]
            turn = f"{places[axis][first]} to {places[axis][second]}"
            rows.append((axis, turn, float(results["shared"][first, second])))
    return pd.DataFrame(rows, columns=["dial", "turn", "shared"])


def turned_table(results: xr.Dataset) -> pd.DataFrame:
    """Return, for each turn of each dial, how many pairs and what share of the space they keep."""
    groups = turned(results).groupby(["dial", "turn"], sort=False)["shared"]
    rows = groups.agg(["count", "min", "median", "max"]).reset_index()
    place = {axis: number for number, axis in enumerate(reversed(AXES))}
    rows = rows.sort_values("dial", key=lambda names: names.map(place), kind="stable")
    return rows.rename(columns={"count": "pairs"}).reset_index(drop=True)


def orders_table(results: xr.Dataset) -> pd.DataFrame:
    """Return the largest change of steps and heights against SGNS, in percent, by order."""
    places = np.flatnonzero(results["order"] != SGNS)
    cut = results.isel(case=places)
    frame = pd.DataFrame(
        {
            "order": cut["order"].astype(int),
            "weighting": cut["weighting"],
            "step times, %": 100 * abs(cut["step"] - 1).max("mode"),
            "heights, %": 100 * abs(cut["height"] - 1).max("mode"),
            "space not shared, %": 100 * (1 - _shared_with_sgns(results)[places]),
        }
    )
    return frame.groupby(["weighting", "order"], sort=False).max().reset_index()


def report(results: xr.Dataset) -> str:
    """Return both tables as text, headed by how many flows ended early."""
    runs = (
        f"{results.sizes['case']} flows, {int((results['status'] != 0).sum())} of them ended early"
    )
    chance = f"unrelated spaces share {float(results['chance']):.3f}"
    tables = (turned_table(results), orders_table(results))
    return f"{runs}; {chance}\n\n{as_text(*tables)}"


def _shared_with_sgns(results: xr.Dataset) -> np.ndarray:
    """Return what each case shares with SGNS, the other dials where they are."""
    orders = list(dict.fromkeys(results["order"].values.tolist()))
    cases = np.arange(results.sizes["case"])
    exact = cases - cases % len(orders) + orders.index(SGNS)
    return results["shared"].values[cases, exact]


_NAMES = {"order": "order", "side": "tied or\nuntied", "negatives": "$k$", "weighting": "weighting"}


def draw(results: xr.Dataset) -> Figure:
    """Draw all spaces beside each other, what one dial does to them, and orders against SGNS."""
    with style():
        figure = new_figure(TEXT_WIDTH, 3.9)
        grid = figure.add_gridspec(2, 2, width_ratios=(1.25, 1))
        every, dials, orders = (
            figure.add_subplot(place) for place in (grid[:, 0], grid[0, 1], grid[1, 1])
        )
        _draw_all(figure, every, results)
        _draw_dials(dials, results)
        _draw_orders(orders, results)
    return figure


def _draw_all(figure: Figure, axes: Axes, results: xr.Dataset) -> None:
    """Draw one pixel for two combinations, in the order in which the dials stand."""
    image = axes.imshow(results["shared"], vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
    size = results.sizes["case"]
    starts = _blocks(results["weighting"].values)
    for edge in starts[1:]:
        axes.axhline(edge - 0.5, color="white", linewidth=1.2)
        axes.axvline(edge - 0.5, color="white", linewidth=1.2)
    blocks = list(zip(starts, [*starts[1:], size], strict=True))
    middles = [(first + last - 1) / 2 for first, last in blocks]
    names = [str(results["weighting"].values[first]) for first in starts]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names, rotation=90, va="center")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    ks = list(dict.fromkeys(results["negatives"].values.tolist()))
    inside = f"in each block: $k$ = {', '.join(f'{k:g}' for k in ks)}; tied, untied; orders"
    axes.set_xlabel(f"weighting\n({inside})")
    axes.set_ylabel("weighting")
    bar = figure.colorbar(image, ax=axes, location="top", shrink=0.8, aspect=30, pad=0.02)
    bar.set_label("share of the leading space that two runs have in common")


def _blocks(names: np.ndarray) -> list[int]:
    """Return where each run of equal names begins."""
    return [0, *(np.flatnonzero(names[1:] != names[:-1]) + 1).tolist()]


def _draw_dials(axes: Axes, results: xr.Dataset) -> None:
    """Draw a dot for every two combinations that differ by that dial alone, medians as bars."""
    pairs = turned(results)
    random = np.random.default_rng(0)
    for place, dial in enumerate(_NAMES):
        shared = pairs.loc[pairs["dial"] == dial, "shared"].to_numpy()
        beside = place + random.uniform(-0.22, 0.22, len(shared))
        axes.plot(beside, shared, ".", color=ACCENT, markersize=4, alpha=0.6, mew=0)
        if len(shared):
            axes.hlines(np.median(shared), place - 0.34, place + 0.34, color=INK, linewidth=1.4)
    axes.axhline(float(results["chance"]), color=FAINT, linewidth=0.8, linestyle="--")
    axes.set_xticks(range(len(_NAMES)), list(_NAMES.values()))
    axes.set(xlabel="the one dial that is turned", ylabel="space in common", ylim=(0, 1.04))
    axes.tick_params(axis="x", length=0)


def _draw_orders(axes: Axes, results: xr.Dataset) -> None:
    """Draw, tied and at the least k, how far from SGNS's the first heights end."""
    frame = pd.DataFrame({name: results[name] for name in ("weighting", "negatives", "side")})
    shown = (frame["side"] == "tied") & (frame["negatives"] == frame["negatives"].min())
    names = list(dict.fromkeys(frame["weighting"]))
    orders = list(dict.fromkeys(results["order"].values.tolist()))
    for name, color in zip(names, sequential_colors(len(names)), strict=True):
        rows = np.flatnonzero(shown & (frame["weighting"] == name))
        heights = results["height"].values[rows]
        places = np.arange(len(rows))
        axes.fill_between(places, heights.min(axis=1), heights.max(axis=1), color=color, alpha=0.2)
        axes.plot(places, np.median(heights, axis=1), "o-", color=color, ms=3, lw=1.0)
    labels = ["SGNS" if order == SGNS else order for order in orders]
    axes.set_xticks(range(len(orders)), labels)
    axes.set(xlabel="order of the loss (tied)", ylabel="$s_k^2$ over SGNS's")
    colors = sequential_colors(len(names))
    handles = [
        Line2D([], [], color=color, marker="o", ms=3, lw=1.0, label=name)
        for name, color in zip(names, colors, strict=True)
    ]
    axes.legend(handles=handles, fontsize=SMALL_SIZE, loc="lower right", ncols=2)


EXPERIMENT = Experiment(
    name="dial",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"dial": draw(results)},
    tables=lambda results: {"turned": turned_table(results), "orders": orders_table(results)},
    report=report,
)
