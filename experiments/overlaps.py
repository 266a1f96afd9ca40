"""Overlaps of trained word2vec's eigen-features with those of QWEM, M* and PPMI.

    python -m gradflow.experiments overlaps            # full size, 4 min on two cores
    python -m gradflow.experiments overlaps --quick    # about 10 s, most of it compiling

Claim (karkada2025, figure 5): word2vec's leading eigen-features are QWEM's, one to one, and not
those of PPMI. Here with word2vec's own weights and with uniform ones. Writes figures/overlaps/.
"""

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import gradflow as gf
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_text
from gradflow.experiments._trained import (
    QUADRATIC_NAME,
    QWEM_NAME,
    UNIFORM_NAME,
    WORD2VEC_NAME,
    Descent,
    features,
    train,
)
from gradflow.plotting._style import ACCENT, CONTRAST, FAINT, INK, TEXT_WIDTH, new_figure, style
from gradflow.plotting._ticks import label_decades

MSTAR_NAME, PPMI_NAME = "$M^*$", "PPMI"
ROWS = (WORD2VEC_NAME, UNIFORM_NAME)
COLUMNS = (QWEM_NAME, MSTAR_NAME, QUADRATIC_NAME, PPMI_NAME)


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dim: d.
        shown: How many leading eigen-features are compared.
        few: How many of them are followed through training, beside all that are shown.
        descent: How the models are trained.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 100
    shown: int = 64
    few: int = 8
    descent: Descent = dataclasses.field(default_factory=Descent)


FULL = Config(descent=Descent(looks=20))
QUICK = Config(words=400, dim=24, shown=16, few=4, descent=Descent(steps=60, looks=5))


def run(config: Config) -> xr.Dataset:
    """Train, factorise, compare.

    Returns:
        `overlap` (model, other, i, j), |⟨u_i, v_j⟩|² of eigen-feature i of a trained model and j of
        another; `shared` (model, other, i), the share of their first i directions that is the
        same; `way` (model, step, count), that share with M* for the first `count` directions at
        the steps of training, with `loss` (model, step) in units of that of the origin; `spread`
        (features, i), over how many words each eigen-feature is spread.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    trained = {name: train(name, stats, config.dim, config.descent) for name in ROWS}
    others = {
        name: features(train(name, stats, config.dim, config.descent)["w"].values[-1])
        for name in (QWEM_NAME, QUADRATIC_NAME)
    }
    others[MSTAR_NAME] = gf.spectrum(gf.mstar(stats), config.shown).eigenvectors
    others[PPMI_NAME] = gf.spectrum(gf.ppmi(stats), config.shown).eigenvectors
    ends = {row: features(trained[row]["w"].values[-1]) for row in ROWS}
    squares = np.array(
        [[overlaps(ends[row], others[column], config.shown) for column in COLUMNS] for row in ROWS]
    )
    counts = [config.few, config.shown]
    ways = [_way(trained[row]["w"].values, others[MSTAR_NAME], counts) for row in ROWS]
    spreads = {name: spread(u)[: config.shown] for name, u in (ends | others).items()}
    numbers = np.arange(1, config.shown + 1)
    return xr.Dataset(
        {
            "overlap": (("model", "other", "i", "j"), squares),
            "shared": (("model", "other", "i"), shared(squares)),
            "way": (("model", "step", "count"), ways),
            "spread": (("features", "i"), list(spreads.values())),
            "loss": (("model", "step"), [trained[row]["loss"].values for row in ROWS]),
        },
        {
            "features": list(spreads), "model": list(ROWS), "other": list(COLUMNS),
            "i": numbers, "j": numbers, "step": trained[ROWS[0]]["step"].values, "count": counts,
        },
        {"words": config.words, "dim": config.dim},
    )  # fmt: skip


def overlaps(
    u: Float[np.ndarray, "V a"], v: Float[np.ndarray, "V b"], count: int
) -> Float[np.ndarray, "m m"]:
    """Return squared cosines of the first directions of both."""
    return (u[:, :count].T @ v[:, :count]) ** 2


def shared(squares: Float[np.ndarray, "... m m"]) -> Float[np.ndarray, "... m"]:
    """Return what share of the first 1, 2, … m directions two spaces have in common.

    Mean squared cosine of their principal angles: 1 for the same space, m/V for unrelated ones.
    """
    sums = squares.cumsum(axis=-1).cumsum(axis=-2)
    return np.diagonal(sums, axis1=-2, axis2=-1) / np.arange(1, squares.shape[-1] + 1)


def spread(u: Float[np.ndarray, "V m"]) -> Float[np.ndarray, " m"]:
    """Return 1/Σ u_i⁴ of unit columns: n for n equal entries and zeros elsewhere."""
    return 1 / (u**4).sum(axis=0)


def _way(
    w: Float[np.ndarray, "T V d"], v: Float[np.ndarray, "V m"], counts: list[int]
) -> Float[np.ndarray, "T n"]:
    largest = max(counts)
    shares = [shared(overlaps(features(looked.astype(float)), v, largest)) for looked in w]
    return np.array(shares)[:, np.array(counts) - 1]


_SIZES = (4, 8, 16, 32, 64)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row a pair of models and m, for the first m eigen-features of the trained one.

    "diagonal" is their mean squared overlap with the other's of the same number, "nearest" that
    with the nearest of all of the other's that are shown, "shared" the share of directions that
    both spaces of m have in common, "words" over how many words the trained one's are spread, in
    the median.
    """
    rows = []
    for model in results["model"].values:
        for other in results["other"].values:
            pair = results.sel(model=model, other=other)
            squares = pair["overlap"].values
            for size in [size for size in _SIZES if size <= len(squares)]:
                rows.append(
                    {
                        "model": model,
                        "other": str(other).replace("$", ""),
                        "m": size,
                        "diagonal": np.diag(squares)[:size].mean(),
                        "nearest": squares[:size].max(axis=1).mean(),
                        "shared": float(pair["shared"].sel(i=size)),
                        "words": results["spread"].sel(features=model)[:size].median().item(),
                    }
                )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return the table as text."""
    return as_text(table(results))


_MAP = "magma_r"  # perceptually uniform, pale where nothing is
_STYLES = ((INK, "-"), (FAINT, "--"), (ACCENT, "-"), (CONTRAST, "-"))  # of the other models


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Draw both figures."""
    return {"overlaps": draw_overlaps(results), "training": draw_training(results)}


def draw_overlaps(results: xr.Dataset) -> Figure:
    """Draw one row a trained model: a heatmap for each other one, then shares of directions."""
    models, others = results["model"].values, results["other"].values
    size = results.sizes["i"]
    with style():
        figure = new_figure(TEXT_WIDTH, 3.6)
        grid = figure.subplots(
            len(models), len(others) + 1, width_ratios=[1] * len(others) + [1.25], squeeze=False
        )
        for row, model in enumerate(models):
            for column, other in enumerate(others):
                axes = grid[row, column]
                squares = results["overlap"].sel(model=model, other=other)
                image = axes.imshow(
                    squares, cmap=_MAP, vmin=0, vmax=1, interpolation="nearest",
                    extent=(0.5, size + 0.5, size + 0.5, 0.5),
                )  # fmt: skip
                for axis in (axes.xaxis, axes.yaxis):
                    axis.set_ticks([1, size // 2, size])
                axes.set_title(str(other))
                if column:
                    axes.set_yticklabels([])
            grid[row, 0].set_ylabel(f"mode $i$ of\n{model}")
            _draw_shares(grid[row, -1], results.sel(model=model))
        for axes in grid[-1, :-1]:
            axes.set_xlabel("mode $j$")
        grid[-1, -1].set_xlabel("first $m$ modes")
        grid[0, -1].legend(loc="center right", bbox_to_anchor=(1.0, 0.35))
        bar = figure.colorbar(
            image, ax=grid[:, :-1], location="bottom", shrink=0.5, aspect=40, pad=0.03
        )
        bar.set_label(r"squared overlap $\langle u_i, v_j\rangle^2$")
    return figure


def _draw_shares(axes: Axes, by_model: xr.Dataset) -> None:
    """Draw shares against the number of directions."""
    m = by_model["i"].values
    for other, (color, line) in zip(by_model["other"].values, _STYLES, strict=True):
        axes.plot(m, by_model["shared"].sel(other=other), color=color, ls=line, lw=1.0, label=other)
    axes.plot(m, m / by_model.attrs["words"], color=FAINT, ls=":", lw=1.0, label="random, $m/V$")
    axes.set(xlim=(0, m[-1]), ylim=(0, 1.02), ylabel="share of directions")
    axes.set_xticks([1, len(m) // 2, len(m)])


def draw_training(results: xr.Dataset) -> Figure:
    """Draw shares with M* while training, and how many words modes are made of."""
    steps, modes = results["step"].values, results["i"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 2.4)
        left, right = figure.subplots(1, 2)
        for model, color in zip(results["model"].values, (ACCENT, CONTRAST), strict=True):
            for count, line in zip(results["count"].values, ("-", "--"), strict=True):
                shown = results["way"].sel(model=model, count=count)
                left.plot(steps, shown, color=color, ls=line, marker="o", ms=2, lw=1.0,
                          label=f"{model}, first {count}")  # fmt: skip
            right.plot(modes, results["spread"].sel(features=model), color=color, lw=1.0)
        target = results["spread"].sel(features=MSTAR_NAME)
        right.plot(modes, target, color=INK, lw=1.0, label="eigenvectors of $M^*$")
        left.set(xlabel="steps of full-batch descent", ylabel="directions shared with $M^*$")
        left.set(xlim=(0, steps[-1]), ylim=(0, 1.02))
        right.set(xlabel="mode $i$", ylabel="words it is spread over", yscale="log")
        right.set_xticks([1, len(modes) // 2, len(modes)])
        label_decades(right.yaxis, *right.get_ylim())
        figure.legend(loc="outside lower center", ncols=5)
    return figure


EXPERIMENT = Experiment(
    name="overlaps",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=draw,
    tables=lambda results: {"table": table(results)},
    report=report,
)
