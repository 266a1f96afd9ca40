"""Analogies and similarities along training and against d, before the run and in it.

    python -m gradflow.experiments downstream            # full size, minutes on two cores
    python -m gradflow.experiments downstream --quick    # about 10 s, most of it compiling

Claim: how good embeddings are at any time follows from eigenpairs and W₀ alone: W(t) = Σ_k s_k(t)
u_k e_kᵀ with sigmoids s_k(t) solves as many analogies as the W(t) of the flow, and is as similar as
people say, from the first step on. Writes figures/downstream/.
"""

import dataclasses

import jax
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

import gradflow as gf
from gradflow.evaluation import downstream_agreement, downstream_curves
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    style,
)
from gradflow.plotting._ticks import label_decades


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dims: d, rising.
        shown: Those of them that are drawn against time, at most two.
        scale: σ of the starts.
        seeds: How many starts for each d.
        num_times: Times at which embeddings are asked.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dims: tuple[int, ...] = (10, 25, 50, 100, 200)
    shown: tuple[int, ...] = (25, 100)
    scale: float = 1e-3
    seeds: int = 2
    num_times: int = 60


FULL = Config()
QUICK = Config(words=1000, dims=(20,), shown=(20,), seeds=1, num_times=24)


def run(config: Config) -> xr.Dataset:
    """Ask the embeddings of every time, predicted and trained, for scores.

    Returns:
        What `downstream_curves` returns, without sections; `predicted_step` (dim, rank), of the
        first seed, nan beyond d; and λ₁ as `fastest`.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats)
    curves = downstream_curves(
        gf.Quadratic(target),
        config.dims,
        scale=config.scale,
        num_times=config.num_times,
        seeds=config.seeds,
    )
    totals = {"questions": int(curves["covered"].sum())}
    steps = np.full((len(config.dims), max(config.dims)), np.nan)
    for row, dim in enumerate(config.dims):
        w0 = gf.gaussian_init(jax.random.key(0), target.vocab_size, dim, config.scale)
        steps[row, :dim] = np.asarray(gf.predict_steps(gf.spectrum(target, dim), w0, "qr"))
    fastest = float(gf.spectrum(target, 1).eigenvalues[0])
    return (
        curves.drop_dims("section")
        .assign(predicted_step=(("dim", "rank"), steps), fastest=((), fastest))
        .assign_attrs(**totals, shown=list(config.shown))
    )


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return `downstream_agreement`, and the score of the top d eigenvectors times √λ."""
    rows = downstream_agreement(results)
    ends = []
    for score, dim in zip(rows["score"], rows["dim"], strict=True):
        curves = results.sel(dim=dim)
        accuracy = curves["final_accuracy"]
        end = accuracy if score == "accuracy" else curves["final_spearman"].sel(benchmark=score)
        ends.append(float(end))
    return rows.assign(closed_form=ends)


def report(results: xr.Dataset) -> str:
    """Return the table as text, and how many questions that were."""
    asked = f"{results.attrs['questions']} analogies; differences from the first step on."
    return f"{as_text(table(results))}\n{asked}"


_SHOWN_STEPS = 10
_COLORS = {"analogies solved": ACCENT, "WordSim-353, Spearman’s ρ": CONTRAST}


def draw(results: xr.Dataset) -> Figure:
    """Draw one panel against time for each d that is shown, and one against d."""
    shown = np.atleast_1d(results.attrs["shown"]).tolist()
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        *panels, last = figure.subplots(1, len(shown) + 1, sharey=True)
        for axes, dim in zip(panels, shown, strict=True):
            _draw_times(axes, results.sel(dim=dim))
            axes.set_title(f"$d$ = {dim}")
        panels[0].set(ylabel="share, or correlation", ylim=(0, None))
        _draw_dims(last, results)
        figure.legend(handles=_handles(), loc="outside lower center", ncols=5)
    return figure


def _scores(results: xr.Dataset, before: str = "") -> list[xr.DataArray]:
    similar = results[f"{before}spearman"].sel(benchmark="wordsim353")
    return [results[f"{before}accuracy"], similar]


def _draw_times(axes: Axes, curves: xr.Dataset) -> None:
    """Draw scores from the first predicted step on: before it W is what it was at the start."""
    unit = float(curves["fastest"])
    for step in curves["predicted_step"].values[:_SHOWN_STEPS]:
        axes.axvline(unit * step, color=HAIR, linewidth=0.6, zorder=0)
    first = float(curves["first_step"].min())
    after_step = np.flatnonzero(curves["t"].values >= first)
    times = unit * curves["t"].values[after_step]
    for score, color in zip(_scores(curves), _COLORS.values(), strict=True):
        scored = score.isel(time=after_step)
        axes.plot(times, scored.sel(source="predicted").isel(seed=0), color=color, linewidth=1.0)
        dots = scored.sel(source="trained").isel(seed=0)
        axes.plot(times, dots, "o", color=color, ms=2.6, mec="white", mew=0.3)
    axes.set(xscale="log", xlim=(0.9 * times[0], times[-1]), xlabel=r"time $\lambda_1 t$")
    label_decades(axes.xaxis, *axes.get_xlim())


def _draw_dims(axes: Axes, results: xr.Dataset) -> None:
    """Draw scores against d, in closed form and at the last time."""
    dims = results["dim"].values
    ends = _scores(results.isel(time=-1).sel(source="trained"))
    for closed, end, color in zip(_scores(results, "final_"), ends, _COLORS.values(), strict=True):
        axes.plot(dims, closed, color=color, linewidth=1.0)
        for seed in range(results.sizes["seed"]):
            axes.plot(dims, end.isel(seed=seed), "o", color=color, ms=2.6, mec="white", mew=0.3)
    axes.set(xscale="log", xlabel="dimension $d$", title="at the end")
    axes.set_xticks(dims)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _handles() -> list[Line2D]:
    return [
        *(Line2D([], [], color=color, label=name) for name, color in _COLORS.items()),
        Line2D([], [], color=INK, lw=1.0, label="predicted"),
        Line2D([], [], color=INK, ls="", marker="o", ms=2.6, label="trained"),
        Line2D([], [], color=STEP_MARK, lw=0.6, label=f"first {_SHOWN_STEPS} steps"),
    ]


EXPERIMENT = Experiment(
    name="downstream",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"downstream": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
