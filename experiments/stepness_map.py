"""Where learning is stepwise and where it is not: scale by pair of modes, scale by vocabulary.

    python -m gradflow.experiments stepness_map            # full size, minutes on two cores
    python -m gradflow.experiments stepness_map --quick    # some 10 s, most of it compiling

Claim: two neighbouring steps are a rise time apart where ln(d λ/σ²) times their relative gap is
above ln 81, so eigenvalues draw the line below which a pair is learned in two steps, and the one
below which the run as a whole is. Writes figures/stepness_map/.
"""

import dataclasses
import itertools

import jax
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float, Int
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

import gradflow as gf
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.experiments.stepness import crossing
from gradflow.plotting._style import ACCENT, CONTRAST, INK, TEXT_WIDTH, new_figure, style
from gradflow.studies import RiseTimes
from gradflow.targets import AbstractTarget, Spectrum
from gradflow.theory._coupled_modes import COMPETITORS


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        dim: d.
        scales: σ of the maps, falling.
        deep: Further σ, too small to be drawn, at which steps that stand apart are counted.
        pairs: How many pairs of neighbouring modes, from the first on.
        seeds: Exact runs of each scale.
        words: V, rising; the pairs are those of the last one.
        every: The index of a run is looked at for every so many-th σ of the maps.
        index_modes: How many of the first steps the index of a run is of.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    counts: str = "wikipedia-2k"
    dim: int = 50
    scales: tuple[float, ...] = tuple(10.0 ** (-half / 2) for half in range(2, 33))
    deep: tuple[float, ...] = (1e-30, 1e-60, 1e-100, 1e-150)
    pairs: int = 30
    seeds: int = 5
    words: tuple[int, ...] = (125, 177, 250, 354, 500, 707, 1000, 1414, 2000)
    every: int = 2
    index_modes: int = 10
    num_times: int = 100


FULL = Config()
QUICK = Config(
    dim=12, scales=tuple(10.0**-power for power in range(1, 17, 3)), deep=(1e-60,), pairs=7,
    seeds=5, words=(120,), every=1, index_modes=6,
)  # fmt: skip


# Every mode is a step of its own, however close its neighbours.
_ALONE = 1e-12
# Two scales so small that separations are straight lines in ln σ.
_FAR = (1e-100, 1e-140)


def run(config: Config) -> xr.Dataset:
    """Compute both maps.

    Returns:
        Of pairs, for the largest vocabulary: `measured` (depth, seed, pair) separations,
        `predicted` (depth, pair) for a typical start, `from_start` (depth, seed, pair) for that
        very start, `needed` (pair), the common logarithm of the predicted scale at which the
        separation is one, and `eigenvalue` (mode); depth are all scales, the deep ones last. Of
        vocabularies: `index` (words, scale, seed), `predicted_index` (words, scale), and
        `crossing` (words), the predicted scale at which it is one.
    """
    stats = gf.load_statistics(config.counts)
    indices, last = [], config.words[-1]
    for words in config.words:
        target = gf.mstar(stats.top(words))
        few = config.scales[:: config.every]
        depths = (*config.scales, *config.deep) if words == last else few
        modes = max(config.index_modes, config.pairs + 1 if words == last else 0)
        steps, rises = _steps(config, target, depths, modes)
        rows = [depths.index(scale) for scale in few]
        indices.append(_index(config, target, steps[rows], rises[rows]))
        if words == last:
            pairs = _pairs(config, target, steps, rises)
    joined = xr.concat(indices, xr.Variable("words", list(config.words)))
    return xr.merge([pairs, joined]).assign_attrs(
        dim=config.dim, seeds=config.seeds, scales=len(config.scales)
    )


def _pairs(
    config: Config, target: AbstractTarget, steps: np.ndarray, rises: np.ndarray
) -> xr.Dataset:
    scales, modes = (*config.scales, *config.deep), config.pairs + 1
    spec = gf.spectrum(target, min(target.vocab_size, config.dim + COMPETITORS))
    head = _head(spec, config.dim)
    measured = _separations(steps[..., :modes], rises[..., :modes])
    predicted = [_typical(head, scale, config.dim, modes) for scale in scales]
    from_start = _from_starts(config, spec)[..., : config.pairs]
    axes = ("depth", "seed", "pair")
    return xr.Dataset(
        {
            "measured": (axes, measured.astype(np.float32)),
            "predicted": (("depth", "pair"), np.array(predicted)),
            "from_start": (axes, from_start.astype(np.float32)),
            "needed": ("pair", _needed(head, config.dim, modes)),
            "eigenvalue": ("mode", head.eigenvalues[:modes]),
        },
        {"depth": list(scales), "pair": np.arange(1, modes), "mode": np.arange(1, modes + 1)},
    )


def _index(
    config: Config, target: AbstractTarget, steps: np.ndarray, rises: np.ndarray
) -> xr.Dataset:
    """Return the index of the first steps, eigenvalues within one percent taken together."""
    modes, dim = config.index_modes, config.dim
    spec, scales = gf.spectrum(target, dim), config.scales[:: config.every]
    values = spec.eigenvalues[:modes]
    index = np.empty((len(scales), config.seeds))
    for lane in np.ndindex(index.shape):
        index[lane] = gf.theory.stepness(steps[lane][:modes], rises[lane][:modes], values).index
    predicted = [gf.predict(spec, scale=scale, dim=dim).stepness(modes).index for scale in scales]
    return xr.Dataset(
        {
            "index": (("scale", "seed"), index),
            "predicted_index": ("scale", predicted),
            "crossing": gf.predict(spec, scale=1.0, dim=dim).largest_stepwise_scale(modes),
        },
        {"scale": list(scales)},
    )


def _steps(
    config: Config, target: AbstractTarget, scales: tuple[float, ...], modes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return step and rise times (scale, seed, mode) of the exact flow."""
    data = gf.sweep(
        gf.Quadratic(target),
        scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        rules=(),
        modes=modes,
        measure={"rises": RiseTimes(modes)},
        lanes_at_once=4,
    )
    steps, rises = (data[name].values[..., :modes] for name in ("measured", "rises"))
    return steps, rises


def _from_starts(config: Config, spec: Spectrum) -> np.ndarray:
    """Return separations (depth, seed, pair) that each start foretells, with its neighbours."""

    @jax.jit
    def times(seed: Int[Array, ""], scale: Float[Array, ""]) -> tuple[Array, Array]:
        words = spec.eigenvectors.shape[0]
        w0 = gf.gaussian_init(jax.random.key(seed), words, config.dim, scale)
        predicted = (
            gf.predict_steps(spec, w0, "clusters"),
            gf.predict(spec, w0, rule="clusters").rise_times,
        )
        return predicted[0][: config.pairs + 1], predicted[1][: config.pairs + 1]

    lanes = [
        [times(seed, scale) for seed in range(config.seeds)]
        for scale in (*config.scales, *config.deep)
    ]
    times_rises = np.asarray(lanes)
    return _separations(times_rises[:, :, 0], times_rises[:, :, 1])


def _separations(steps: np.ndarray, rises: np.ndarray) -> np.ndarray:
    """Return the separations of every run, each mode a step of its own."""
    lanes = zip(steps.reshape(-1, steps.shape[-1]), rises.reshape(-1, rises.shape[-1]), strict=True)
    separations = np.array([gf.theory.stepness(times, long).separations for times, long in lanes])
    return separations.reshape(*steps.shape[:-1], -1)


def _head(spec: Spectrum, dim: int) -> Spectrum:
    """Return the first d modes: a start of d columns says nothing of later ones."""
    return Spectrum(spec.eigenvalues[:dim], spec.eigenvectors[:, :dim], spec.squared_norm)


def _typical(spec: Spectrum, scale: float, dim: int, modes: int) -> np.ndarray:
    """Return separations at the median over starts."""
    return gf.predict(spec, scale=scale, dim=dim).stepness(modes, gap=_ALONE).separations


def _needed(spec: Spectrum, dim: int, modes: int) -> np.ndarray:
    """Return log₁₀ σ at which each separation is one, beyond what float64 holds too."""
    near, far = (_typical(spec, scale, dim, modes) for scale in _FAR)
    logs = np.log10(_FAR)
    return logs[0] + (1 - near) * (logs[1] - logs[0]) / (far - near)


_FIRST_STEPS = (5, 10, 20, 30)


def agreement(results: xr.Dataset) -> pd.DataFrame:
    """Return shares on the same side of one, and errors, by region of the map of pairs.

    "median" compares the median over seeds with a typical start, "run" every run with it, "start"
    every run with what its own start says.
    """
    shown = results.sel(depth=map_scales(results))
    measured, predicted = shown["measured"], shown["predicted"]
    middle = measured.median("seed")
    same = {
        "median": (middle > 1) == (predicted > 1),
        "run": (measured > 1) == (predicted > 1),
        "start": (measured > 1) == (shown["from_start"] > 1),
    }
    error, from_start = abs(middle - predicted), abs(measured - shown["from_start"])
    rows = []
    for name, inside in _regions(shown).items():
        row: dict[str, object] = {"region": name, "cells": int(inside.sum())}
        for kind, agrees in same.items():
            row[f"{kind} %"] = 100 * float(agrees.where(inside).mean())
        row["error"] = float(error.where(inside).median())
        row["largest"] = float(error.where(inside).max())
        row["of start"] = float(from_start.where(inside).median())
        rows.append(row)
    return pd.DataFrame(rows)


def map_scales(results: xr.Dataset) -> np.ndarray:
    """Return the scales that are drawn, falling; without the deep ones."""
    return results["depth"].values[: results.attrs["scales"]]


def _regions(shown: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return masks (depth, pair) by name: everything, by predicted separation, scale, pair."""
    predicted, depth, pair = shown["predicted"], shown["depth"], shown["pair"]
    everywhere = xr.ones_like(predicted, dtype=bool)
    edges = (-np.inf, 0.25, 0.5, 0.8, 1.25, 2.0, np.inf)
    regions = {"all": everywhere}
    for low, high in itertools.pairwise(edges):
        regions[f"predicted {low:g} to {high:g}"] = (predicted > low) & (predicted <= high)
    for low, high in ((1e-3, np.inf), (1e-8, 1e-3), (0.0, 1e-8)):
        regions[f"scale {low:g} to {high:g}"] = everywhere & (depth > low) & (depth <= high)
    for first in range(1, int(pair[-1]) + 1, 10):
        regions[f"pairs {first} to {first + 9}"] = (
            everywhere & (pair >= first) & (pair < first + 10)
        )
    return regions


def needed(results: xr.Dataset) -> pd.DataFrame:
    """Return log₁₀ σ below which half, and all, of the first steps are a rise time apart."""
    scales = results["depth"].values
    middle = results["measured"].median("seed").values
    measured = np.log10([crossing(scales, middle[:, pair]) for pair in range(middle.shape[1])])
    measured = np.minimum(measured, np.log10(scales[0]))  # of larger ones nothing is known
    values, rows = results["eigenvalue"].values, []
    for steps in _FIRST_STEPS:
        if steps > len(values):
            break
        row: dict[str, float] = {"steps": steps}
        for name, logs in (("predicted", results["needed"].values), ("measured", measured)):
            falling = np.sort(np.nan_to_num(logs[: steps - 1], nan=-np.inf))[::-1]
            row[f"half, {name}"] = float(falling[steps // 2 - 1])
            row[f"all, {name}"] = float(falling[-1])
        closest = int(np.argmin(results["needed"].values[: steps - 1]))
        row["closest pair"] = closest + 1
        row["gap %"] = float(100 * (1 - values[closest + 1] / values[closest]))
        rows.append(row)
    return pd.DataFrame(rows)


def crossings(results: xr.Dataset) -> pd.DataFrame:
    """Return by vocabulary the scale at which the index is one, predicted and measured."""
    scales, rows = results["scale"].values, []
    for words in results["words"].values:
        vocabulary = results.sel(words=words)
        by_seed = [crossing(scales, lane) for lane in vocabulary["index"].values.T]
        rows.append(
            {
                "words": int(words),
                "predicted": float(vocabulary["crossing"]),
                "measured": float(crossing(scales, vocabulary["index"].median("seed").values)),
                "least seed": float(np.min(by_seed)),
                "largest seed": float(np.max(by_seed)),
                "same side %": 100 * float(_same_side(vocabulary).mean()),
            }
        )
    return pd.DataFrame(rows)


def _same_side(vocabulary: xr.Dataset) -> xr.DataArray:
    return (vocabulary["index"].median("seed") > 1) == (vocabulary["predicted_index"] > 1)


def report(results: xr.Dataset) -> str:
    """Return all tables as text."""
    return as_text(agreement(results), needed(results), crossings(results))


# Vermilion where steps run into each other, white at one, blue where they are apart.
_COLORS = LinearSegmentedColormap.from_list("separation", [CONTRAST, "#FFFFFF", ACCENT])
_NORM = LogNorm(1 / 6, 6)
_TICKS = (0.2, 0.5, 1, 2, 5)


def draw(results: xr.Dataset) -> Figure:
    """Draw pairs of modes above, vocabularies below."""
    scales, few = map_scales(results), results["scale"].values
    of_pairs = results.sel(depth=scales)
    measured = of_pairs["measured"].median("seed").values
    index = results["index"].median("seed").values
    with style():
        figure = new_figure(TEXT_WIDTH, 5.2)
        (left, right), (below, beside) = figure.subplots(2, 2, sharey=True)
        pairs = results["pair"].values
        expected = np.clip(results["needed"].values, -300, 300)
        crossed_pairs = [crossing(scales, measured[:, pair]) for pair in range(pairs.size)]
        for axes, values in ((left, of_pairs["predicted"].values), (right, measured)):
            _map(axes, scales, pairs, values)
            _line(axes, 10.0**expected, "-")
            axes.set_xticks([1, *range(5, pairs[-1] + 1, 5)])
            axes.set_xlabel("pair of modes $k$, $k+1$")
        _line(right, np.array(crossed_pairs), ":")
        words = np.arange(1, results.sizes["words"] + 1)
        crossed = [crossing(few, column) for column in index]
        for axes, values in ((below, results["predicted_index"].values), (beside, index)):
            _map(axes, few, words, values.T)
            _line(axes, results["crossing"].values, "-")
            axes.set_xticks(words[::2], [f"{size:g}" for size in results["words"].values[::2]])
            axes.set_xlabel("vocabulary $V$")
        _line(beside, np.array(crossed), ":")
        left.set_title("predicted")
        right.set_title(f"exact flow, median of {results.attrs['seeds']} seeds")
        for axes in (left, below):
            axes.set_ylabel(r"scale $\sigma$")
        _explain(figure, [left, right, below, beside])
    return figure


def _explain(figure: Figure, panels: list[Axes]) -> None:
    """Say beside the panels what colours are, and below them what lines are."""
    bar = figure.colorbar(
        ScalarMappable(_NORM, _COLORS), ax=panels, extend="both", aspect=40, pad=0.02,
        label="separation (rise times); below, the run’s index",
    )  # fmt: skip
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.set_ticks(_TICKS)
    lines = [
        Line2D([], [], color=INK, lw=1.3, label="one rise time, predicted"),
        Line2D([], [], color=INK, lw=1.3, ls=(0, (1, 1)), label="the same, measured"),
    ]
    figure.legend(handles=lines, loc="outside lower center", ncols=2)


def _map(axes: Axes, scales: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
    """Draw cells, small scales at the top."""
    logs = np.log10(scales)
    half = (logs[0] - logs[1]) / 2
    edges = 10.0 ** np.concatenate([logs + half, [logs[-1] - half]])
    sides = np.concatenate([columns - 0.5, [columns[-1] + 0.5]])
    shown = np.clip(values, _NORM.vmin, _NORM.vmax)  # the other order counts as together
    axes.pcolormesh(sides, edges, shown, cmap=_COLORS, norm=_NORM, rasterized=True)
    axes.set_yscale("log")
    axes.set_ylim(scales[0], scales[-1])
    axes.yaxis.set_minor_locator(NullLocator())


def _line(axes: Axes, heights: np.ndarray, look: str) -> None:
    """Draw from column to column where the separation is one; nan if it never gets there."""
    low, high = sorted(axes.get_ylim())
    clipped = np.clip(np.where(np.isnan(heights), 0.0, heights), low / 10, high * 10)
    x = np.repeat(np.arange(1, clipped.size + 1), 2) + np.tile([-0.5, 0.5], clipped.size)
    shown = {"-": "-", ":": (0, (1, 1))}[look]
    axes.plot(x, np.repeat(clipped, 2), color=INK, lw=1.3, ls=shown)


EXPERIMENT = Experiment(
    name="stepness_map",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"stepness_map": draw(results)},
    tables=lambda results: {
        "agreement": agreement(results),
        "needed": needed(results),
        "crossings": crossings(results),
    },
    report=report,
)
