"""Tables and figures of each start, and of each imbalance."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.experiments._tables import as_columns, as_text
from gradflow.experiments.input_output._run import HALF, crossing_times
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    PALE_ACCENT,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades

# The index is of the first ten steps.
_INDEX_MODES = 10


def by_start(results: xr.Dataset) -> pd.DataFrame:
    """Return one row a start: what is conserved, errors of steps in percent, the end, scores."""
    rows = []
    for name in results["start"].values:
        end = results.sel(start=name)
        row: dict[str, object] = {"start": str(name), "λ": float(end["imbalance"])}
        row |= {kind: float(end[kind]) for kind in ("spread", "drift")}
        row["evaluations"] = int(end["evaluations"])
        for side in end["side"].values:
            errors = gf.compare(end.sel(side=side).rename(steps="measured"))["relative_error"]
            for rule in end["rule"].values:
                error = 100 * errors.sel(rule=rule)
                row[f"{side} {rule} %"] = float(error.median())
                row[f"{side} {rule} max %"] = float(error.max())
        crossed = crossing_times(end["t"].values[1:], end["share"].values[1:])
        foretold = crossing_times(end["t"].values[1:], end["expected"].values[1:])
        error = 100 * abs(foretold[HALF] / crossed[HALF] - 1)
        row["mean field %"] = float(_median(error))
        row["index"] = float(index(crossed, end["eigenvalue"].values))
        row["opposite modes"] = int((end["mode_cosine"] < -0.99).sum())
        row["same modes"] = int((end["mode_cosine"] > 0.99).sum())
        row["word cosine"] = float(end["word_cosine"])
        row |= {f"{s} from limit": float(end["limit"].sel(side=s)) for s in end["side"].values}
        for benchmark in end["benchmark"].values:
            for kind in end["vectors"].values:
                score = end["score"].sel(vectors=kind, benchmark=benchmark)
                row[f"{benchmark} {kind}"] = float(score)
        rows.append(row)
    return pd.DataFrame(rows)


def by_imbalance(results: xr.Dataset) -> pd.DataFrame:
    """Return one row a λ: half-learned times, median over seeds, and by the mean field."""
    rows = []
    values = results["eigenvalue"].values
    for relative in results["relative"].values:
        timed = results.sel(relative=relative)
        middle, foretold = timed["crossed"].median("seed").values, timed["foretold"].values
        error = 100 * abs(foretold[HALF] / middle[HALF] - 1)
        apart = timed["crossed"].isel(level=HALF)
        spread = 100 * (apart.std("seed") / apart.mean("seed"))
        indices = [index(seed, values) for seed in timed["crossed"].values]
        rows.append(
            {
                "λ/|λ_1|": relative,
                "first step": float(middle[HALF, 0]),
                "first, mean field": float(foretold[HALF, 0]),
                "last step": float(middle[HALF, -1]),
                "last, mean field": float(foretold[HALF, -1]),
                "error %": float(_median(error)),
                "largest %": float(np.nanmax(error)),
                "seeds %": float(spread.median()),
                "index": float(np.median(indices)),
                "index, mean field": float(index(foretold, values)),
            }
        )
    return pd.DataFrame(rows)


def index(crossed: np.ndarray, eigenvalues: np.ndarray) -> float:
    """Return the stepness of the first modes from times of three levels (level, mode), or nan."""
    steps, rises = crossed[HALF, :_INDEX_MODES], (crossed[-1] - crossed[0])[:_INDEX_MODES]
    return gf.theory.stepness(steps, rises, abs(eigenvalues[:_INDEX_MODES])).index


def report(results: xr.Dataset) -> str:
    """Return both tables as text; of starts one column each."""
    starts = as_columns(by_start(results), "start")
    return f"{starts}\n\n{as_text(by_imbalance(results))}"


def _median(errors: np.ndarray) -> float:
    """Return the median of what is finite; nan where nothing is."""
    finite = errors[np.isfinite(errors)]
    return float(np.median(finite)) if finite.size else float("nan")


_SHOWN = {
    "balanced": r"balanced, $\sigma$ = {scale}",
    "word2vec": "word2vec.c’s own",
    "unequal": r"$\lambda$-balanced, $\lambda$ = {lazy}",
}
_MODES = 8
_TIMED = (1, 2, 5, 10, 20)
_BARS = {
    "tied": "tied",
    "balanced": "balanced",
    "word2vec": "word2vec.c",
    "unequal": r"$\lambda$-balanced",
}
_BAR_COLORS = (ACCENT, PALE_ACCENT, CONTRAST, FAINT)


def draw_learning(results: xr.Dataset) -> Figure:
    """Draw what each mode contributes to WCᵀ, and squared singular values of W and C."""
    with style():
        figure = new_figure(TEXT_WIDTH, 4.4)
        upper, lower = figure.subplots(2, 3, sharex="col", sharey="row")
        for above, below, (name, title) in zip(upper, lower, _SHOWN.items(), strict=True):
            run = results.sel(start=name).isel(time=slice(1, None), mode=slice(_MODES))
            lazy = _power(float(results["imbalance"].sel(start="unequal")))
            above.set_title(title.format(scale=_power(results.attrs["scale"]), lazy=lazy))
            _contributions(above, run)
            _sides(below, run)
            above.set_xscale("log")
            below.set_xlabel(r"time $t$  ($dW/dt = -\partial L/\partial W$)")
            label_decades(below.xaxis, *below.get_xlim())
        upper[0].set_ylabel(r"$u_k^\top W C^\top u_k$")
        lower[0].set_ylabel("squared singular values")
        low = float(results["c_squared"].sel(start="word2vec").isel(time=-1).min()) * 1e-6
        lower[0].set_ylim(bottom=low)
        label_decades(lower[0].yaxis, *lower[0].get_ylim())
        figure.legend(handles=_learning_handles(), loc="outside lower center", ncols=5)
    return figure


def _contributions(axes: Axes, run: xr.Dataset) -> None:
    """Draw modes in the colours of their eigenvalues' signs, the mean field dotted."""
    axes.axhline(0.0, color=FAINT, lw=0.8, zorder=0)
    for mode, value in enumerate(run["eigenvalue"].values):
        color = ACCENT if value > 0 else CONTRAST
        axes.plot(run["t"], value * run["share"][:, mode], color=color, lw=1.0)
        axes.plot(run["t"], value * run["expected"][:, mode], color=INK, lw=1.0, ls=(0, (1, 1.5)))


def _sides(axes: Axes, run: xr.Dataset) -> None:
    for mode in range(run.sizes["mode"]):
        axes.plot(run["t"], run["w_squared"][:, mode], color=INK, lw=0.9)
        axes.plot(run["t"], run["c_squared"][:, mode], color=INK, lw=0.9, ls=(0, (3, 1.5)))
    axes.set_yscale("log")


def _learning_handles() -> list[Line2D]:
    return [
        Line2D([], [], color=ACCENT, lw=1.0, label=r"$\lambda_k > 0$"),
        Line2D([], [], color=CONTRAST, lw=1.0, label=r"$\lambda_k < 0$"),
        Line2D([], [], color=INK, lw=1.0, ls=(0, (1, 1.5)), label="mean field"),
        Line2D([], [], color=INK, lw=0.9, label="$W$"),
        Line2D([], [], color=INK, lw=0.9, ls=(0, (3, 1.5)), label="$C$"),
    ]


def draw_imbalance(results: xr.Dataset) -> Figure:
    """Draw times and index against λ, and what the vectors are worth at the end."""
    scored = bool(np.isfinite(results["score"]).any())
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        panels = figure.subplots(1, 3 if scored else 2)
        _times(panels[0], results)
        _indices(panels[1], results)
        for axes in panels[:2]:
            axes.set_xscale("log")
            word2vec = float(
                results["imbalance"].sel(start="word2vec") / abs(results["eigenvalue"][0])
            )
            axes.axvline(word2vec, color=FAINT, lw=0.8, zorder=0)
            _name_line(axes, word2vec)
            axes.set_xlabel(r"imbalance $\lambda/|\lambda_1|$")
        if scored:
            _bars(panels[2], results)
    return figure


def _name_line(axes: Axes, x: float) -> None:
    axes.annotate(
        "word2vec.c", (x, 1.0), xytext=(-2, -4), textcoords="offset points", fontsize=SMALL_SIZE,
        xycoords=("data", "axes fraction"), rotation=90, ha="right", va="top", color=INK,
    )  # fmt: skip


def _times(axes: Axes, results: xr.Dataset) -> None:
    modes = [mode for mode in _TIMED if mode <= results.sizes["mode"]]
    relative = results["relative"].values
    for mode, color in zip(modes, sequential_colors(len(modes)), strict=True):
        where = {"level": HALF, "mode": mode - 1}
        foretold = results["line"].isel(where)
        axes.plot(results["finer"], foretold, color=color, lw=1.0, label=f"mode {mode}")
        crossed = results["crossed"].isel(where).median("seed")
        axes.plot(relative, crossed, "o", color=color, ms=3.0, mec="white", mew=0.3)
    axes.set_yscale("log")
    label_decades(axes.yaxis, *axes.get_ylim())
    axes.set_ylabel("half-learned at time $t$")
    axes.legend(loc="upper left", fontsize=SMALL_SIZE)


def _indices(axes: Axes, results: xr.Dataset) -> None:
    """Draw separations of the first steps in rise times."""
    relative, values = results["relative"].values, results["eigenvalue"].values
    axes.axhline(1.0, color=FAINT, lw=0.8, zorder=0)
    foretold = [index(times, values) for times in results["line"].values]
    axes.plot(results["finer"], foretold, color=INK, lw=1.0, label="mean field")
    measured = [[index(seed, values) for seed in times] for times in results["crossed"].values]
    middle, ends = np.median(measured, axis=1), (np.min(measured, axis=1), np.max(measured, axis=1))
    axes.vlines(relative, *ends, color=ACCENT, lw=0.9)
    axes.plot(relative, middle, "o", color=ACCENT, ms=3.2, mec="white", mew=0.3, label="exact flow")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("separation of neighbouring\nsteps (rise times, median)")
    axes.legend(loc="lower left", fontsize=SMALL_SIZE)


def _bars(axes: Axes, results: xr.Dataset) -> None:
    """Draw analogies solved by W, C, their sum and their difference."""
    kinds = results["vectors"].values
    width = 0.8 / len(kinds)
    for row, (kind, color) in enumerate(zip(kinds, _BAR_COLORS, strict=True)):
        heights = [
            100 * results["score"].sel(start=name, vectors=kind, benchmark="google")
            for name in _BARS
        ]
        left = np.arange(len(_BARS)) + (row - (len(kinds) - 1) / 2) * width
        axes.bar(left, np.nan_to_num(heights), width, color=color, label=f"${kind}$")
    axes.set_xticks(range(len(_BARS)), list(_BARS.values()), rotation=30, ha="right")
    axes.set_ylabel("analogies solved (%)")
    axes.set_ylim(0, 100)
    axes.legend(loc="upper center", ncols=2, fontsize=SMALL_SIZE)


def _power(value: float) -> str:
    """Return a number as a product with a power of ten, or the power alone."""
    exponent = int(np.floor(np.log10(value) + 1e-9))
    factor = f"{value / 10.0**exponent:.2g}"
    return f"$10^{{{exponent}}}$" if factor == "1" else f"${factor}\\times10^{{{exponent}}}$"
