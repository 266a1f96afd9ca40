"""A tiny start learns one direction at a time, as theory says; from a large one all rise together.

    python -m gradflow.experiments initialisation            # full size, minutes
    python -m gradflow.experiments initialisation --quick    # about 15 s, most of it compiling

Claim: from a tiny start word2vec and QWEM learn one direction after the other, in the order and at
the times that theory says; from a large one their rises overlap and no plateaus are left. QWEM ends
the same from both; word2vec goes on drifting. Writes figures/initialisation/.
"""

import dataclasses
from collections.abc import Mapping

import jax
import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Array, Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.methods import AbstractMethod
from gradflow.plotting._style import (
    FAINT,
    HAIR,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades
from gradflow.problems import AbstractProblem
from gradflow.targets import Spectrum
from gradflow.theory._coupled_modes import COMPETITORS


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        negatives: k.
        dim: d.
        scales: σ, the large one first; both starts have the same directions.
        seed: Of the starts.
        modes: How many of the first modes are asked how stepwise they are.
        num_times: Times at which runs are looked at.
        rtol: Tolerance of the flow of word2vec.
    """

    counts: str = "wikipedia-2k"
    words: int = 1000
    negatives: float = 1.0
    dim: int = 30
    scales: tuple[float, float] = (1e-1, 1e-12)
    seed: int = 0
    modes: int = 10
    num_times: int = 240
    rtol: float = 1e-3


FULL = Config()
QUICK = Config(words=200, dim=8, modes=5, num_times=150)


FOLLOWED = ("word2vec", "QWEM")
RUNS = (*FOLLOWED, "theory")

# First time in units of the first step; until when there is little to see; and last time, of both
# starts, in units of the small one's last step.
_EARLY, _QUIET, _LATE = 0.05, 0.5, 1.1
_QUIET_SHARE = 0.15  # of the times


@dataclasses.dataclass(frozen=True)
class _Run:
    """One of the two that are followed: its loss, how it is followed, its loss at W = 0."""

    problem: AbstractProblem
    method: AbstractMethod
    origin: float


def run(config: Config) -> xr.Dataset:
    """Follow singular values from both starts.

    Returns:
        By scale: `t` (time) and `unit`, τ₁, the predicted time of the first step; of every run
        `singular_values` (time, mode), of "paper", theory with s₀ = σ, too; `step`, `rise` (mode),
        to λ/2 and from λ/10 to 0.9 λ, and `index`, the median separation of the first steps in rise
        times; of those that are followed `loss` (time), less that of W = 0, `shared` (time), how
        much of the first d eigenvectors the span of W holds, and `aligned` (mode), the squared
        cosine of principal axis k and eigenvector k half way up mode k. `foreseen` (scale), the
        index of a typical start; `same_end` (followed), how much the spans share that both starts
        are in at the last time, the same for both; `eigenvalue` (mode).
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats, config.negatives)
    wide = gf.spectrum(target, min(config.words, config.dim + COMPETITORS))
    contrastive = gf.Contrastive(stats, "uniform", config.negatives)
    runs = {
        "word2vec": _Run(contrastive, gf.Stabilised(config.rtol), config.words**2 * np.log(2)),
        "QWEM": _Run(gf.Quadratic(target), gf.Exact(), target.squared_norm / 8),
    }
    starts = [_start(config, scale) for scale in config.scales]
    steps = [np.asarray(gf.predict_steps(wide, w0, "qr"))[: config.dim] for w0 in starts]
    last = _LATE * max(float(np.nanmax(times)) for times in steps)
    parts, ends = zip(
        *(
            _scale(config, scale, wide, runs, float(times[0]), last)
            for scale, times in zip(config.scales, steps, strict=True)
        ),
        strict=True,
    )
    results = xr.concat(parts, xr.Variable("scale", list(config.scales)))
    large, small = ends
    same = [np.sum((large[name].T @ small[name]) ** 2) / config.dim for name in FOLLOWED]
    return results.assign(
        eigenvalue=("mode", wide.eigenvalues[: config.dim]), same_end=("followed", same)
    ).assign_attrs(words=config.words, dim=config.dim, modes=config.modes)


def _start(config: Config, scale: float) -> Array:
    """Return the start W₀ of a scale; both scales have the same directions."""
    return gf.gaussian_init(jax.random.key(config.seed), config.words, config.dim, scale)


def _scale(
    config: Config, scale: float, wide: Spectrum, runs: Mapping[str, _Run], unit: float, last: float
) -> tuple[xr.Dataset, dict[str, Float64[np.ndarray, "V d"]]]:
    """Follow all runs from one start; return them, and the axes that each ends in."""
    w0, times = _start(config, scale), _times(config, unit, last)
    parts, ends = [], {}
    for name, followed_run in runs.items():
        arrays, ends[name] = _follow(config, followed_run, wide, w0, times)
        parts.append(arrays)
    followed = xr.concat(parts, xr.Variable("followed", list(runs)))
    shared_names = ["singular_values", "step", "rise", "index"]
    joined = xr.concat(
        [
            followed[shared_names].rename(followed="run"),
            _theory(config, wide, w0, times, "qr").expand_dims(run=["theory"]),
            _theory(config, wide, w0, times, "paper").expand_dims(run=["paper"]),
        ],
        "run",
    )
    foreseen = gf.predict(wide, scale=scale, dim=config.dim).stepness(config.modes).index
    everything = joined.merge(followed.drop_vars(shared_names))
    return everything.assign(t=("time", times), unit=unit, foreseen=foreseen), ends


def _times(config: Config, unit: float, last: float) -> Float64[np.ndarray, " T"]:
    """Return times from long before the first step, at `unit`."""
    quiet = round(_QUIET_SHARE * config.num_times)
    before = np.geomspace(_EARLY * unit, _QUIET * unit, quiet, endpoint=False)
    after = np.geomspace(_QUIET * unit, last, config.num_times - quiet)
    return np.concatenate([before, after])


def _follow(
    config: Config, followed: _Run, wide: Spectrum, w0: Array, times: Float64[np.ndarray, " T"]
) -> tuple[xr.Dataset, Float64[np.ndarray, "V d"]]:
    """Return one run, and the principal axes at its end."""
    vectors = wide.eigenvectors[:, : config.dim]
    axes = gf.methods.PrincipalAxes(config.dim)
    snapshots = gf.Snapshots({"axes": axes}, times)
    solution = gf.solve(followed.problem, w0, times, method=followed.method, snapshots=snapshots)
    # All are measured against the same heights, λ: word2vec has none of its own where it drifts.
    heights = wide.eigenvalues[: config.dim]
    measurement = gf.measure(solution, plateaus=heights)
    step, rise = (np.asarray(times) for times in (measurement.steps, measurement.rise_times))
    learned = np.asarray(solution.snapshots["axes"])
    squares = np.einsum("vm,tvk->tmk", vectors, learned) ** 2
    near = np.abs(times - np.nan_to_num(step)[:, None]).argmin(axis=1)
    each = np.arange(config.dim)
    aligned = np.where(np.isnan(step), np.nan, squares[near, each, each])
    arrays = _arrays(config, np.asarray(solution.singular_values), step, rise).assign(
        loss=("time", np.asarray(solution.loss) - followed.origin),
        shared=("time", squares.sum(axis=(1, 2)) / config.dim),
        aligned=("mode", aligned),
    )
    return arrays, learned[-1]


def _theory(
    config: Config,
    wide: Spectrum,
    w0: Array,
    times: Float64[np.ndarray, " T"],
    rule: gf.theory.PredictionRule,
) -> xr.Dataset:
    """Return sigmoids from the s₀ of a rule."""
    prediction = gf.predict(wide, w0, rule=rule)
    values, step, rise = (
        np.asarray(array)[..., : config.dim]
        for array in (prediction.singular_values(times), prediction.steps, prediction.rise_times)
    )
    return _arrays(config, values, step, rise)


def _arrays(config: Config, values: np.ndarray, step: np.ndarray, rise: np.ndarray) -> xr.Dataset:
    """Return the arrays that all runs have."""
    return xr.Dataset(
        {
            "singular_values": (("time", "mode"), values.astype(np.float32)),
            "step": ("mode", step),
            "rise": ("mode", rise),
            "index": gf.theory.stepness(step[: config.modes], rise[: config.modes]).index,
        },
        {"mode": np.arange(1, config.dim + 1)},
    )


PAIRS = (("word2vec", "QWEM"), ("QWEM", "theory"), ("word2vec", "theory"), ("QWEM", "paper"))


def distance(results: xr.Dataset, first: str, second: str) -> xr.DataArray:
    """Return relative distances of singular values by scale, root mean square over times, modes.

    Times are those up to the last predicted step.

    Args:
        results: What `run` gave.
        first: A run.
        second: Another, in whose root mean square the result is.
    """
    learning = results["t"] <= results["step"].sel(run="theory").max("mode")
    values = results["singular_values"].astype(float).where(learning)
    values_first, values_second = values.sel(run=first), values.sel(run=second)
    over = ("time", "mode")
    return (((values_first - values_second) ** 2).mean(over) / (values_second**2).mean(over)) ** 0.5


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one column a scale."""
    modes = slice(1, results.attrs["modes"])
    rows = {
        "stepness, typical start": results["foreseen"],
        **{f"stepness, {run}": results["index"].sel(run=run) for run in results["run"].values},
    }
    for pair in PAIRS:
        rows[f"{pair[0]} from {pair[1]} %"] = 100 * distance(results, *pair)
    for run in results["followed"].values:
        followed = results.sel(followed=run)
        steps = results["step"].sel(run=run, mode=modes)
        off = abs(steps / results["step"].sel(run="theory", mode=modes) - 1)
        rows[f"steps of {run} from theory, median %"] = 100 * off.median("mode")
        rows[f"axis k on eigenvector k, {run}"] = followed["aligned"].sel(mode=modes).median("mode")
        rows[f"shared with eigenvectors at the end, {run}"] = followed["shared"].isel(time=-1)
        rows[f"fall of the loss, {run}"] = -followed["loss"].isel(time=-1)
    frame = pd.DataFrame({name: row.values for name, row in rows.items()}).T
    frame.columns = [f"{scale:g}" for scale in results["scale"].values]
    return frame.rename_axis("").reset_index()


def report(results: xr.Dataset) -> str:
    """Return the table as text, and what both starts have in common at the end."""
    lines = [as_text(table(results))]
    ends = results["singular_values"].isel(time=-1).astype(float)
    for run in results["followed"].values:
        apart = abs(ends.sel(run=run).isel(scale=0) / ends.sel(run=run).isel(scale=1) - 1)
        shared = float(results["same_end"].sel(followed=run))
        lines.append(
            f"{run}: both starts end in spans that share {100 * shared:.4g} %, with singular "
            f"values {100 * float(apart.median()):.3g} % apart (largest "
            f"{100 * float(apart.max()):.3g} %)."
        )
    return "\n".join(lines)


_COLUMNS = ("word2vec", "QWEM", "theory")
_ROWS = ("large start", "small start")
_FIRST, _LAST = 0.1, 1.1  # of the axis, in units of τ₁ and of the last predicted step


def draw(results: xr.Dataset) -> Figure:
    """Draw singular values against t/τ₁; a row has one axis of time, all have one of heights."""
    with style():
        figure = new_figure(TEXT_WIDTH, 3.9)
        grid = figure.subplots(2, len(_COLUMNS), sharex="row", sharey=True)
        for row, name in enumerate(_ROWS):
            by_start = results.isel(scale=row)
            for axes, run in zip(grid[row], _COLUMNS, strict=True):
                _draw_panel(axes, by_start, run)
            exponent = round(np.log10(float(by_start["scale"])))
            grid[row, 0].set_ylabel(f"{name}, $\\sigma = 10^{{{exponent}}}$\nsingular value $s_k$")
        for axes, title in zip(grid[0], _COLUMNS, strict=True):
            axes.set_title(title)
        for axes in grid[-1]:
            axes.set_xlabel(r"time $t/\tau_1$")
        grid[0, 0].set_ylim(0, 1.05 * _highest(results))
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
    return figure


def _highest(results: xr.Dataset) -> float:
    """Return the largest singular value that is shown."""
    shown = results["t"] <= _LAST * results["step"].sel(run="theory").max("mode")
    return float(results["singular_values"].where(shown).max())


def _draw_panel(axes: Axes, by_start: xr.Dataset, run: str) -> None:
    modes, unit = by_start.attrs["modes"], float(by_start["unit"])
    values = by_start["singular_values"].sel(run=run).values
    times = by_start["t"].values / unit
    axes.plot(times, values[:, modes:], color=FAINT, linewidth=0.5, zorder=1)
    for curve, color in zip(values[:, :modes].T, sequential_colors(modes), strict=True):
        axes.plot(times, curve, color=color, linewidth=1.2, zorder=2)
    steps = by_start["step"].sel(run="theory").values / unit
    for step in steps[:modes]:
        axes.axvline(step, color=HAIR, linewidth=0.5, zorder=0)
    axes.set_xscale("log")
    first, last = _FIRST, _LAST * float(np.nanmax(steps))
    axes.set_xlim(first, last)
    label_decades(axes.xaxis, first, last)


def _handles(results: xr.Dataset) -> list[Line2D]:
    modes = results.attrs["modes"]
    middle = sequential_colors(3)[1]
    return [
        Line2D([], [], color=middle, lw=1.4, label=f"modes 1 (dark) to {modes} (light)"),
        Line2D([], [], color=FAINT, lw=0.8, label=f"modes {modes + 1} to {results.sizes['mode']}"),
        Line2D([], [], color=STEP_MARK, lw=0.6, label=f"predicted steps of modes 1 to {modes}"),
    ]


EXPERIMENT = Experiment(
    name="initialisation",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"initialisation": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
