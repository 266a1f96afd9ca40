"""What the number of negatives k changes: target, spectrum, step times, vectors.

    python -m gradflow.experiments negatives            # full size, about a minute on two cores
    python -m gradflow.experiments negatives --quick    # about 15 s, most of it compiling

Claim: M* = 2 tanh((PMI − ln k)/2), so more negatives push every entry down. Few entries stay above
zero, but half of the eigenvalues do: what sinks is the constant direction. The other eigenvalues
fall, by less than 1/k, and step times are those that they say. Leading eigenvectors change little,
and the vectors are as good or better. Writes figures/negatives/.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
import scipy.linalg
import xarray as xr
from jaxtyping import Float64
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics
from gradflow.evaluation import analogy_accuracy, similarity_correlation
from gradflow.experiments._framework import Experiment
from gradflow.experiments._tables import as_columns
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades
from gradflow.targets import AbstractTarget
from gradflow.theory import PredictionRule


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        negatives: k, rising; 1 is among them.
        bins: Of the density of entries, from −2 to 2.
        eigenvalues: How many of each M* are kept.
        overlap_dims: Sizes of leading eigenspaces that are compared with those of k = 1.
        dim: d of the flows.
        scale: σ of their starts.
        seeds: How many starts, the same for every k.
        num_times: Times at which a run is looked at; they only bracket the steps.
        vector_dims: d of the vectors that are asked analogies and similarities; none for none.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    negatives: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
    bins: int = 80
    eigenvalues: int = 100
    overlap_dims: tuple[int, ...] = (5, 10, 20, 50, 100)
    dim: int = 50
    scale: float = 1e-4
    seeds: int = 8
    num_times: int = 100
    vector_dims: tuple[int, ...] = (50, 100, 200)


FULL = Config()
QUICK = Config(
    words=200, negatives=(1.0, 20.0, 2000.0), bins=20, eigenvalues=40, overlap_dims=(5, 10), dim=12,
    seeds=3, vector_dims=(),
)  # fmt: skip


BENCHMARKS = ("google", "wordsim353")
RULES: tuple[PredictionRule, ...] = ("qr", "clusters")


def run(config: Config) -> xr.Dataset:
    """Compare targets, spectra, steps and vectors of several k.

    Returns:
        By negatives: `positive`, the share of all entries above zero, `mean` and `spread` (standard
        deviation) of all entries, `density` (bin) of those of pairs that were seen; `eigenvalue`
        (rank), `positive_modes`, how many there are above zero, and `lowest`, the least; `overlap`
        (size) of leading eigenspaces with those of k = 1; `measured` (seed, mode) and `predicted`
        (rule, seed, mode) step times; `score` (benchmark, vector_dim) of top-d vectors. Beside
        these `many` (rank), what k λ tends to as k grows, and `seen`, the share of pairs that were.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    targets = {k: gf.mstar(stats, k) for k in config.negatives}
    first = _eigenvectors(targets[1.0], max(config.overlap_dims))
    parts = [
        xr.merge(
            [
                _entries(config, stats, target),
                _modes(config, target),
                _overlaps(config, target, first),
            ]
        )
        for target in targets.values()
    ]
    joined = xr.concat(parts, xr.Variable("negatives", list(config.negatives)))
    return xr.merge([joined, _steps(config, targets), _scores(config, targets, stats)]).assign(
        many=("rank", _of_many_negatives(targets[1.0])[: config.eigenvalues]),
        seen=stats.pair_counts.nnz / stats.vocab_size**2,
    )


def _entries(config: Config, stats: CooccurrenceStatistics, target: AbstractTarget) -> xr.Dataset:
    """Return statistics of all V² entries, and the density of those whose pair was seen."""
    matrix = target.todense()
    edges = np.linspace(-2.0, 2.0, config.bins + 1)
    counted = matrix[stats.pair_counts.nonzero()]
    density, _ = np.histogram(counted, edges, density=True)
    return xr.Dataset(
        {
            "positive": float(np.mean(matrix > 0)),
            "mean": float(matrix.mean()),
            "spread": float(matrix.std()),
            "density": ("bin", density),
        },
        {"bin": (edges[1:] + edges[:-1]) / 2},
    )


def _modes(config: Config, target: AbstractTarget) -> xr.Dataset:
    values, _ = target.top_eigenpairs(target.vocab_size)
    count = config.eigenvalues
    return xr.Dataset(
        {
            "eigenvalue": ("rank", values[:count]),
            "positive_modes": int(np.count_nonzero(values > 0)),
            "lowest": float(values[-1]),
        },
        {"rank": np.arange(1, count + 1)},
    )


def _overlaps(
    config: Config, target: AbstractTarget, reference: Float64[np.ndarray, "V m"]
) -> xr.Dataset:
    """Return mean squared cosines of principal angles: 1 for equal spaces, m/V for unrelated."""
    leading = _eigenvectors(target, max(config.overlap_dims))
    squares = (reference.T @ leading) ** 2
    shares = [squares[:size, :size].sum() / size for size in config.overlap_dims]
    return xr.Dataset({"overlap": ("size", shares)}, {"size": list(config.overlap_dims)})


def _steps(config: Config, targets: Mapping[float, AbstractTarget]) -> xr.Dataset:
    """Return steps of the exact flow, and what W₀ said of them."""
    data = gf.sweep(
        {k: gf.Quadratic(target) for k, target in targets.items()},
        [config.scale],
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        rules=RULES,
        lanes_at_once=4,
    )
    steps = data[["measured", "predicted"]].isel(scale=0, drop=True)
    return steps.rename(problem="negatives")


def _scores(
    config: Config, targets: Mapping[float, AbstractTarget], stats: CooccurrenceStatistics
) -> xr.Dataset:
    """Return accuracy and Spearman's correlation of u_k √λ_k, k ≤ d."""
    scores = np.empty((len(BENCHMARKS), len(targets), len(config.vector_dims)))
    if config.vector_dims:  # the quick size has too few words to be asked
        analogies = gf.load_analogies(BENCHMARKS[0]).indexed(stats.words)
        pairs = gf.load_similarities(BENCHMARKS[1]).indexed(stats.words)
    for row, target in enumerate(targets.values()):
        for column, dim in enumerate(config.vector_dims):
            values, vectors = target.top_eigenpairs(dim)
            embeddings = vectors * np.sqrt(np.maximum(values, 0.0))
            scores[0, row, column] = analogy_accuracy(embeddings, analogies).accuracy
            scores[1, row, column] = similarity_correlation(embeddings, pairs).spearman
    return xr.Dataset(
        {"score": (("benchmark", "negatives", "vector_dim"), scores)},
        {
            "benchmark": list(BENCHMARKS),
            "negatives": list(targets),
            "vector_dim": np.array(config.vector_dims, int),
        },
    )


def _eigenvectors(target: AbstractTarget, count: int) -> Float64[np.ndarray, "V m"]:
    return target.top_eigenpairs(count)[1]


def _of_many_negatives(target: AbstractTarget) -> Float64[np.ndarray, " V"]:
    """Return the limits of k λ as k grows, falling.

    M* = S − 2·11ᵀ with k S → 4 P/Π. The constant direction has −2V ever after; the others see the
    rest of 4 P/Π. The target of k = 1 gives P/Π = (2 + M*)/(2 − M*).
    """
    matrix = target.todense()
    ratio = 4 * (2 + matrix) / (2 - matrix)
    centred = ratio - ratio.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    return scipy.linalg.eigvalsh(centred, check_finite=False)[::-1]


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each k: entries, spectrum, steps (medians over seeds, modes), vectors."""
    errors = gf.compare(results)["relative_error"]
    scaled = results["negatives"] * results["eigenvalue"]
    first, last = results["measured"].median("seed").isel(mode=[0, -1]).values.T
    columns = {
        "k": results["negatives"],
        "positive %": 100 * results["positive"],
        "spread": results["spread"],
        "eigenvalue 1": results["eigenvalue"].isel(rank=0),
        "lowest": results["lowest"],
        "positive eigenvalues": results["positive_modes"],
        "of many negatives": (scaled / results["many"]).median("rank"),
        "first step": first,
        "last step": last,
    }
    for rule in results["rule"].values:
        error = errors.sel(rule=rule)
        columns[f"{rule}: median %"] = 100 * error.median(("seed", "mode"))
        columns[f"{rule}: largest %"] = 100 * error.max(("seed", "mode"))
    for size in results["size"].values:
        columns[f"overlap {size}"] = results["overlap"].sel(size=size)
    for name in results["benchmark"].values:
        for dim in results["vector_dim"].values:
            columns[f"{name} {dim}"] = results["score"].sel(benchmark=name, vector_dim=dim)
    rows = pd.DataFrame({name: xr.DataArray(error).values for name, error in columns.items()})
    return rows.astype({"positive eigenvalues": int})


def report(results: xr.Dataset) -> str:
    """Return the table as text, one column a k."""
    return as_columns(table(results), "k")


_SHOWN_STEPS = 20
_SCORES = {
    "google": ("analogies solved", ACCENT),
    "wordsim353": ("WordSim-353, Spearman’s ρ", CONTRAST),
}


def draw(results: xr.Dataset) -> Figure:
    """Draw one colour a k in three panels; what becomes of the vectors in the fourth."""
    colors = sequential_colors(results.sizes["negatives"])
    with style():
        figure = new_figure(TEXT_WIDTH, 4.6)
        (entries, modes), (steps, vectors) = figure.subplots(2, 2)
        entries.axvline(0.0, color=FAINT, linewidth=0.8, zorder=0)
        for index, color in enumerate(colors):
            by_k = results.isel(negatives=index)
            entries.plot(by_k["bin"], by_k["density"], color=color, linewidth=1.0)
            modes.plot(by_k["rank"], by_k["eigenvalue"], color=color, linewidth=1.0)
            _draw_steps(steps, by_k, color)
        entries.set(xlabel="entry of $M^*$ (pairs that occur)", ylabel="density")
        entries.set(xlim=(-2, 2), ylim=(0, None), xticks=[-2, -1, 0, 1, 2])
        modes.set(xlabel="mode $i$", ylabel=r"eigenvalue $\lambda_i$ of $M^*$", xscale="log")
        _log_heights(modes)
        label_decades(modes.xaxis, *modes.get_xlim())
        steps.set(xlabel="mode $i$", ylabel="step time $t_i$\n" r"($dW/dt = -\nabla L$)")
        steps.set_xticks([1, *range(5, _SHOWN_STEPS + 1, 5)])
        _log_heights(steps)
        _draw_vectors(vectors, results)
        figure.legend(handles=_handles(results, colors), loc="outside lower center", ncols=4)
    return figure


def _draw_steps(axes: Axes, by_k: xr.Dataset, color: np.ndarray) -> None:
    """Draw medians over seeds, of the flow and as predicted."""
    shown = by_k.isel(mode=slice(_SHOWN_STEPS))
    predicted = shown["predicted"].sel(rule="clusters").median("seed")
    axes.plot(shown["mode"], predicted, color=color, linewidth=1.0)
    measured = shown["measured"].median("seed")
    axes.plot(shown["mode"], measured, "o", color=color, ms=2.8, mec="white", mew=0.3)


def _draw_vectors(axes: Axes, results: xr.Dataset) -> None:
    ks, sizes = results["negatives"].values, results["size"].values
    for size in {sizes[0], sizes[len(sizes) // 2], sizes[-1]}:
        shared = results["overlap"].sel(size=size)
        axes.plot(ks, shared, color=INK, linewidth=1.0)
        axes.annotate(
            f"first {size}",
            (ks[-1], float(shared[-1])),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=SMALL_SIZE,
            va="center",
        )
    for name, color in _shown_scores(results):
        score = results["score"].sel(benchmark=name).isel(vector_dim=-1)
        axes.plot(ks, score, "o-", color=color, markersize=3, linewidth=1.0)
    axes.set(xscale="log", xlabel="negatives $k$", ylabel="share, or correlation", ylim=(0, 1.03))
    axes.set_xticks(ks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _log_heights(axes: Axes) -> None:
    axes.set_yscale("log")
    label_decades(axes.yaxis, *axes.get_ylim())


def _shown_scores(results: xr.Dataset) -> list[tuple[str, str]]:
    asked = results.sizes["vector_dim"] > 0
    return [(name, color) for name, (_, color) in _SCORES.items() if asked]


def _handles(results: xr.Dataset, colors: np.ndarray) -> list[Line2D]:
    ks = [
        Line2D([], [], color=color, label=f"$k$ = {k:g}")
        for k, color in zip(results["negatives"].values, colors, strict=True)
    ]
    scores = [
        Line2D(
            [], [], color=color, marker="o", ms=3, lw=1.0,
            label=f"{_SCORES[name][0]} ($d$ = {results['vector_dim'].values[-1]})",
        )
        for name, color in _shown_scores(results)
    ]  # fmt: skip
    return [
        *ks,
        Line2D([], [], color=INK, ls="", marker="o", ms=2.8, label="exact flow"),
        Line2D([], [], color=INK, lw=1.0, label="predicted; modes shared with $k$ = 1"),
        *scores,
    ]


EXPERIMENT = Experiment(
    name="negatives",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"negatives": draw(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
)
