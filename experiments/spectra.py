"""Spectra of M*, PMI and PPMI, and how corpus size and window change them.

    python -m gradflow.experiments spectra --text FILE    # full size, minutes on two cores
    python -m gradflow.experiments spectra --quick        # wikipedia-2k, seconds

Claim: beyond the first ten, the eigenvalues of all three fall roughly as a power of their rank. The
exponent is one of the corpus and the window as much as of the target: with less text noise flattens
the spectrum, and with very little there is no power law. Writes figures/spectra/.

FILE has one document a line, plain or compressed; the smaller corpora are every 4th to every 256th
of its documents, each with a vocabulary of its own, and beside them the counts of the whole text,
thinned as much. The quick size thins the embedded counts.
"""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import scipy.linalg
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

import gradflow as gf
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.experiments._framework import Experiment, every_document
from gradflow.experiments._tables import as_text
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    INK,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades
from gradflow.targets import AbstractTarget
from gradflow.validity import thinned_statistics


@dataclasses.dataclass(frozen=True)
class Config:
    """Sizes and settings of a run.

    Attributes:
        words: V, the most frequent words of each corpus.
        vocab_size: Of the text that the corpora are taken from; None for all words.
        every: One corpus for each: every so many-th document of the text, falling to 1, and the
            counts of the whole thinned as much; powers of two.
        windows: Of the counts of the whole text, rising; the embedded counts have their own.
        window: Of the counts of the smaller corpora; one of `windows`.
        kept: How many of the largest eigenvalues are kept.
        fitted: First and last rank that a power law is fitted to.
    """

    words: int = 2000
    vocab_size: int | None = None
    every: tuple[int, ...] = (256, 64, 16, 4, 1)
    windows: tuple[int, ...] = (2, 4, 8, 16, 32)
    window: int = 16
    kept: int = 1000
    fitted: tuple[int, int] = (10, 300)


FULL = Config()
QUICK = Config(words=1000, every=(64, 16, 4, 1), windows=(16,), kept=400, fitted=(10, 200))
"""Of the embedded wikipedia-2k, with its own window; smaller corpora by thinning its counts."""


TARGETS: dict[str, Callable[[CooccurrenceStatistics], AbstractTarget]] = {
    "M*": gf.mstar,
    "PMI": gf.pmi,  # zero where a pair never occurs
    "PPMI": gf.ppmi,
}


def run(config: Config, corpus: TokenCorpus | None = None) -> xr.Dataset:
    """Compute spectra, and fit a power law to each.

    Returns:
        By case, a corpus and a window, and by target: `eigenvalue` (rank), the largest, falling;
        `positive`, the share of all eigenvalues above zero; `lowest`; `exponent` α, `factor` c
        and `misfit` of λ_i ≈ c i^−α at the fitted ranks. By case: `every`, `made`, "documents"
        or "thinned" from the counts of the whole, `window`, `tokens`, and `seen`, the share of
        pairs that occur.
    """
    if corpus is None:
        counts = gf.load_statistics("wikipedia-2k").top(config.words)
        spectra = [_case(config, counts, 1, "documents")]
    else:
        # The vocabulary of a part is its own: words of the whole may not occur in it at all.
        parts = {every: gf.read_corpus(every_document(corpus, every), config.words)
                 for every in config.every}  # fmt: skip
        counts = parts[config.every[-1]].count(config.window)
        cases = [(every, config.window) for every in config.every[:-1]]
        cases += [(config.every[-1], window) for window in config.windows]
        spectra = [
            _case(config, parts[every].count(window), every, "documents") for every, window in cases
        ]
    spectra += [
        _case(
            config,
            thinned_statistics(counts, every.bit_length() - 1, every),
            every,
            "thinned",
        )
        for every in config.every[:-1]
    ]
    return xr.concat(spectra, "case").assign_attrs(
        words=config.words, window=config.window, fitted=list(config.fitted)
    )


def _case(config: Config, stats: CooccurrenceStatistics, every: int, kind: str) -> xr.Dataset:
    parts = [_spectrum(config, target(stats)) for target in TARGETS.values()]
    return xr.concat(parts, xr.Variable("target", list(TARGETS))).assign(
        every=every,
        made=kind,
        window=stats.window,
        tokens=stats.total_tokens,
        seen=stats.pair_counts.nnz / stats.vocab_size**2,
    )


def _spectrum(config: Config, target: AbstractTarget) -> xr.Dataset:
    values = scipy.linalg.eigvalsh(target.todense(), check_finite=False)[::-1]
    exponent, factor, misfit = power_law(values, *config.fitted)
    return xr.Dataset(
        {
            "eigenvalue": ("rank", values[: config.kept]),
            "positive": np.count_nonzero(values > 0) / values.size,
            "lowest": values[-1],
            "exponent": exponent,
            "factor": factor,
            "misfit": misfit,
        },
        {"rank": np.arange(1, config.kept + 1)},
    )


def power_law(values: np.ndarray, first: int, last: int) -> tuple[float, float, float]:
    """Fit ln λ_i by least squares on ln i, at ranks equally spaced in ln i.

    Args:
        values: Eigenvalues, falling, those of the fitted ranks above zero.
        first: Rank at which the fit begins, from 1.
        last: Rank at which it ends.

    Returns:
        α and c of λ_i ≈ c i^−α, and the largest distance of their logarithms.
    """
    ranks = np.unique(np.geomspace(first, last, 60).round().astype(int))
    x, y = np.log(ranks), np.log(values[ranks - 1])
    slope, height = np.polyfit(x, y, 1)
    misfit = np.abs(y - slope * x - height).max()
    return float(-slope), float(np.exp(height)), float(misfit)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each case and target."""
    rows = []
    for case in range(results.sizes["case"]):
        for target in results["target"].values:
            spectrum = results.isel(case=case).sel(target=target)
            rows.append(
                {
                    "tokens": int(spectrum["tokens"]),
                    "made": str(spectrum["made"].values),
                    "window": int(spectrum["window"]),
                    "pairs seen %": float(100 * spectrum["seen"]),
                    "target": target,
                    "largest": float(spectrum["eigenvalue"][0]),
                    "lowest": float(spectrum["lowest"]),
                    "positive %": float(100 * spectrum["positive"]),
                    "exponent": float(spectrum["exponent"]),
                    "misfit": float(spectrum["misfit"]),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return the table as text."""
    return as_text(table(results))


_MADE = {
    "documents": ("o", ACCENT, "part of the documents"),
    "thinned": ("s", CONTRAST, "thinned counts"),
}


def draw(results: xr.Dataset) -> Figure:
    """Draw eigenvalues as lines, fits dotted; first and last exponents as text."""
    rows = [_sizes(results), _windows(results)]
    rows = [row for row in rows if row.sizes["case"] > 1] or rows[:1]
    with style():
        figure = new_figure(TEXT_WIDTH, 0.6 + 2.1 * len(rows))
        grid = figure.subplots(
            len(rows), results.sizes["target"], sharex=True, sharey=True, squeeze=False
        )
        for panels, row in zip(grid, rows, strict=True):
            for axes, target in zip(panels, results["target"].values, strict=True):
                _draw_panel(axes, row.sel(target=target), results.attrs["fitted"])
            _legend(panels[-1], row, "tokens" if row is rows[0] else "window")
            panels[0].set_ylabel(r"eigenvalue $\lambda_i$")
        for axes, target in zip(grid[0], results["target"].values, strict=True):
            axes.set_title("$M^*$" if target == "M*" else target)
        for axes in grid[-1]:
            axes.set_xlabel("rank $i$")
        least = float(results["eigenvalue"].sel(rank=results.attrs["fitted"][1]).min())
        grid[0, 0].set_ylim(bottom=least / 10)  # some eigenvalue is always next to zero
        label_decades(grid[0, 0].xaxis, *grid[0, 0].get_xlim())
        label_decades(grid[0, 0].yaxis, *grid[0, 0].get_ylim())
    return figure


def draw_exponents(results: xr.Dataset) -> Figure:
    """Draw exponents by corpus size: of parts of the documents, and of counts thinned as much."""
    same_window = results.isel(case=(results["window"] == results.attrs["window"]).values)
    with style():
        figure = new_figure(TEXT_WIDTH, 2.3)
        panels = figure.subplots(1, results.sizes["target"], sharey=True)
        for axes, target in zip(panels, results["target"].values, strict=True):
            for kind, (marker, color, label) in _MADE.items():
                # The whole is neither; both lines begin there.
                chosen = same_window.isel(
                    case=((same_window["made"] == kind) | (same_window["every"] == 1)).values
                )
                row = chosen.sortby("tokens").sel(target=target)
                if row.sizes["case"] > 1:
                    axes.plot(row["tokens"], row["exponent"], marker + "-", color=color,
                              ms=4, lw=1.0, label=label)  # fmt: skip
            axes.set(
                xscale="log", xlabel="tokens", ylim=(0, 1.08 * float(same_window["exponent"].max()))
            )
            axes.set_title("$M^*$" if target == "M*" else target)
            low, high = axes.get_xlim()
            label_decades(axes.xaxis, low, max(high, 1000 * low))  # powers of ten alone
        panels[0].set_ylabel(r"exponent $\alpha$")
        handles, _ = panels[0].get_legend_handles_labels()
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _sizes(results: xr.Dataset) -> xr.Dataset:
    """Return corpora of rising size, counted with one window: of documents, if there are such."""
    parts = results["made"] == ("documents" if _has_documents(results) else "thinned")
    chosen = (parts | (results["every"] == 1)) & (results["window"] == results.attrs["window"])
    return results.isel(case=chosen.values).sortby("tokens")


def _has_documents(results: xr.Dataset) -> bool:
    return bool(((results["made"] == "documents") & (results["every"] > 1)).any())


def _windows(results: xr.Dataset) -> xr.Dataset:
    """Return the counts of the whole text."""
    return results.isel(case=(results["every"] == results["every"].min()).values)


def _draw_panel(axes: Axes, row: xr.Dataset, fitted: Sequence[int] | np.ndarray) -> None:
    ranks, ends = row["rank"].values, np.asarray(fitted, float)
    axes.set(xscale="log", yscale="log")
    for case, color in enumerate(sequential_colors(row.sizes["case"])):
        spectrum = row.isel(case=case)
        values = spectrum["eigenvalue"].values
        axes.plot(ranks, np.where(values > 0, values, np.nan), color=color, linewidth=1.0)
        fit = float(spectrum["factor"]) * ends ** -float(spectrum["exponent"])
        axes.plot(ends, fit, ":", color=INK, linewidth=0.8)
    # The first and the last in the legend.
    shown = [f"{float(row['exponent'][case]):.2f}" for case in (0, -1)]
    said = shown[0] if row.sizes["case"] == 1 else f"{shown[0]} … {shown[1]}"
    axes.text(0.04, 0.04, rf"$\alpha$ = {said}", transform=axes.transAxes, fontsize=SMALL_SIZE)


def _legend(axes: Axes, row: xr.Dataset, what: str) -> None:
    """Write beside one row what its colours are."""
    names = {
        "tokens": [f"{_rounded(int(count))} tokens" for count in row["tokens"]],
        "window": [f"window {int(window)}" for window in row["window"]],
    }[what]
    colors = sequential_colors(len(names))
    handles = [Line2D([], [], color=c, label=n) for c, n in zip(colors, names, strict=True)]
    fit = Line2D([], [], color=INK, ls=":", lw=0.8, label=r"$\propto i^{-\alpha}$")
    axes.legend(handles=[*handles, fit], loc="upper left", bbox_to_anchor=(1.02, 1.0))


def _rounded(count: int) -> str:
    return f"{count / 1e6:.2g} million" if count >= 1e6 else f"{round(count, -3):,}"


EXPERIMENT = Experiment(
    name="spectra",
    claim=__doc__.splitlines()[0],
    full=FULL,
    quick=QUICK,
    run=run,
    draw=lambda results: {"spectra": draw(results), "exponents": draw_exponents(results)},
    tables=lambda results: {"table": table(results)},
    report=report,
    needs_text=True,
    quick_needs_text=False,
)
