"""Up to which initialisation scale learning goes in steps, for three corpora of different size.

    python -m gradflow.experiments stepness --text FILE            # full size, a good half minute
    python -m gradflow.experiments stepness --text FILE --quick    # about 20 s, mostly compiling

Claim: the median separation of neighbouring steps, in rise times, grows with ln(1/σ) as eigenvalues
alone say, and so does the scale follow at which it crosses one and learning stops being stepwise.
Writes figures/stepness/.

FILE has one document a line, plain or compressed; the smaller corpora are every 10th and every
100th of its documents.
"""

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.experiments._framework import Experiment, every_document
from gradflow.experiments._tables import as_text
from gradflow.plotting._style import FAINT, INK, TEXT_WIDTH, new_figure, sequential_colors, style
from gradflow.plotting._ticks import label_decades
from gradflow.studies import RiseTimes


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        every: One corpus for each: every so many-th document of the text, falling.
        words: V, the most frequent words of each corpus.
        vocab_size: Of the text that the corpora are taken from; None for all words.
        window: Of the counts.
        dim: d.
        modes: How many of the first steps the index is of.
        scales: σ, falling.
        seeds: Exact runs of each scale.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    every: tuple[int, ...] = (100, 10, 1)
    words: int = 1000
    vocab_size: int | None = None
    window: int = 16
    dim: int = 50
    modes: int = 10
    scales: tuple[float, ...] = tuple(10.0**-power for power in range(1, 18))
    seeds: int = 5
    num_times: int = 100


FULL = Config()
QUICK = Config(
    every=(4, 1), words=40, dim=10, modes=5, scales=(1e-1, 1e-4, 1e-8, 1e-12), seeds=3
)  # fmt: skip


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Return the index of every run, and what eigenvalues say of it.

    Returns:
        Dimensions corpus, scale, seed: `measured`, and `predicted` (corpus, scale); `crossing`
        (corpus), the predicted scale at which the index is one; `eigenvalue` (corpus, mode);
        `documents` and `tokens` (corpus).
    """
    parts = [_corpus(config, *_every(config, corpus, every)) for every in config.every]
    return xr.concat(parts, "corpus").assign_attrs(modes=config.modes, dim=config.dim)


def _every(config: Config, corpus: TokenCorpus, every: int) -> tuple[CooccurrenceStatistics, int]:
    """Return counts of every so many-th document, with a vocabulary of their own."""
    texts = every_document(corpus, every)
    return gf.read_corpus(texts, config.words).count(config.window), len(texts)


def _corpus(config: Config, stats: CooccurrenceStatistics, documents: int) -> xr.Dataset:
    target = gf.mstar(stats)
    spec = gf.spectrum(target, config.dim)
    data = gf.sweep(
        gf.Quadratic(target),
        config.scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        rules=(),
        modes=config.modes,
        measure={"rises": RiseTimes(config.modes)},
        lanes_at_once=4,
    )
    eigenvalues = spec.eigenvalues[: config.modes]
    steps, rises = (data[name].values[..., : config.modes] for name in ("measured", "rises"))
    measured = np.array(
        [
            [
                gf.theory.stepness(times, long, eigenvalues).index
                for times, long in zip(*lanes, strict=True)
            ]
            for lanes in zip(steps, rises, strict=True)
        ]
    )
    predicted = [
        gf.predict(spec, scale=scale, dim=config.dim).stepness(config.modes).index
        for scale in config.scales
    ]
    return xr.Dataset(
        {
            "measured": (("scale", "seed"), measured),
            "predicted": ("scale", predicted),
            "crossing": gf.predict(spec, scale=1.0, dim=config.dim).largest_stepwise_scale(
                config.modes
            ),
            "eigenvalue": ("mode", eigenvalues),
            "documents": documents,
            "tokens": stats.total_tokens,
        },
        {"scale": list(config.scales), "seed": data["seed"].values},
    )


def crossing(scales: np.ndarray, index: np.ndarray) -> float:
    """Return the largest scale below which the index is above one, straight in ln σ.

    It is infinite where the index is above one at every scale, nan where it is not at the smallest.

    Args:
        scales: σ, falling.
        index: The index at each scale.
    """
    together = np.flatnonzero(~(index > 1))
    if together.size == 0:
        return float("inf")
    if together[-1] == len(scales) - 1:
        return float("nan")
    ends = slice(together[-1], together[-1] + 2)
    logs, heights = np.log(scales[ends]), index[ends]
    return float(np.exp(np.interp(1.0, heights, logs)))


def crossings(results: xr.Dataset) -> pd.DataFrame:
    """Return by corpus where learning stops being stepwise, predicted and measured."""
    scales = results["scale"].values
    rows = []
    for index in range(results.sizes["corpus"]):
        corpus = results.isel(corpus=index)
        by_seed = [crossing(scales, lane) for lane in corpus["measured"].values.T]
        rows.append(
            {
                "documents": int(corpus["documents"]),
                "tokens": int(corpus["tokens"]),
                "predicted": float(corpus["crossing"]),
                "measured": float(crossing(scales, corpus["measured"].median("seed").values)),
                "least seed": float(np.min(by_seed)),
                "largest seed": float(np.max(by_seed)),
            }
        )
    return pd.DataFrame(rows)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return the index by corpus and scale: predicted, and median and range over seeds."""
    rows = []
    for index in range(results.sizes["corpus"]):
        for scale in range(results.sizes["scale"]):
            cell = results.isel(corpus=index, scale=scale)
            seeds = cell["measured"]
            rows.append(
                {
                    "documents": int(cell["documents"]),
                    "scale": float(cell["scale"]),
                    "predicted": float(cell["predicted"]),
                    "measured": float(seeds.median()),
                    "least": float(seeds.min()),
                    "largest": float(seeds.max()),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return both tables as text."""
    return as_text(table(results), crossings(results))


def draw(results: xr.Dataset) -> Figure:
    """Draw predicted lines, measured dots, crossings as marks at one; beside it, eigenvalues."""
    colors = sequential_colors(results.sizes["corpus"])
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        left, right = figure.subplots(1, 2, width_ratios=[1.7, 1.0])
        left.axhline(1.0, color=FAINT, linewidth=0.8, zorder=0)
        for index, color in enumerate(colors):
            corpus = results.isel(corpus=index)
            scales, seeds = corpus["scale"].values, corpus["measured"].values
            left.plot(scales, corpus["predicted"], color=color, linewidth=1.0)
            left.vlines(scales, seeds.min(axis=1), seeds.max(axis=1), color=color, linewidth=0.8)
            middle = np.median(seeds, axis=1)
            left.plot(scales, middle, "o", color=color, ms=3.2, mec="white", mew=0.3)
            left.plot(corpus["crossing"], 1.0, "|", color=color, ms=9, mew=1.2)
            measured = crossing(scales, middle)
            left.plot(measured, 1.0, "D", mfc="white", color=color, ms=3.6, mew=0.9, zorder=3)
            modes = np.arange(1, corpus.sizes["mode"] + 1)
            right.plot(modes, corpus["eigenvalue"], "o-", color=color, ms=3, lw=0.9)
        left.set_xscale("log")
        left.invert_xaxis()
        left.set_ylim(bottom=0)
        left.set_xlabel(r"scale $\sigma$")
        left.set_ylabel("separation of neighbouring\nsteps (rise times, median)")
        right.set_yscale("log")
        label_decades(right.yaxis, *right.get_ylim())
        right.set_xticks(range(2, results.sizes["mode"] + 1, 2))
        right.set_xlabel("mode $k$")
        right.set_ylabel(r"eigenvalue $\lambda_k$ of $M^*$")
        figure.legend(handles=_handles(results, colors), loc="outside lower center", ncols=4)
    return figure


def _handles(results: xr.Dataset, colors: np.ndarray) -> list[Line2D]:
    sizes = [
        Line2D([], [], color=color, label=f"{int(documents):,} documents, {int(tokens):,} words")
        for color, documents, tokens in zip(
            colors, results["documents"], results["tokens"], strict=True
        )
    ]
    return [
        *sizes,
        Line2D([], [], color=INK, linewidth=1.0, label="predicted"),
        Line2D([], [], color=INK, linestyle="", marker="o", ms=3.2, label="exact flow, five seeds"),
        Line2D([], [], color=INK, linestyle="", marker="|", ms=9, label="crossing, predicted"),
        Line2D(
            [], [], color=INK, linestyle="", marker="D", ms=3.6, mfc="white",
            label="crossing, measured",
        ),
    ]  # fmt: skip


EXPERIMENT = Experiment(
    name="stepness",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"stepness": draw(results)},
    tables=lambda results: {"table": table(results), "crossings": crossings(results)},
    report=report,
    needs_text=True,
)
