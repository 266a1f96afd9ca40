"""Tables and figures of eigen-features and of scores with their intervals."""

import textwrap

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from gradflow.experiments._tables import as_text
from gradflow.experiments.features._run import (
    BENCHMARKS,
    MSTAR_NAME,
    PAPER,
    PAPER_TOKENS,
    PMI_FLOOR_NAME,
    PMI_NAME,
    PPMI_NAME,
    REFERENCE,
)
from gradflow.plotting._style import (
    ACCENT,
    COLUMN_WIDTH,
    CONTRAST,
    FAINT,
    HAIR,
    INK,
    PALE_ACCENT,
    SMALL_SIZE,
    TEXT_WIDTH,
    new_figure,
    style,
)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return scores, 95 % intervals, and those of differences to M*, by benchmark and model.

    Analogies are resampled by word pairs, the wider of the two intervals.
    """
    rows = []
    for benchmark in results["benchmark"].values:
        kind = "pairs" if benchmark == "google" else "items"
        scores = results.sel(benchmark=benchmark, resampling=kind)
        reference = float(scores["score"].sel(model=REFERENCE))
        for model in results["model"].values:
            score = scores.sel(model=model)
            low, high = score["interval"].values
            less, more = score["difference_interval"].values
            rows.append(
                {
                    "benchmark": benchmark,
                    "model": _plain(model),
                    "score": float(score["score"]),
                    "low": low,
                    "high": high,
                    "difference": float(score["score"]) - reference,
                    "difference low": less,
                    "difference high": more,
                    "paper": PAPER.get(benchmark, {}).get(model, np.nan),
                    "items": int(scores["items"]),
                }
            )
    return pd.DataFrame(rows)


def eigen_features(results: xr.Dataset) -> pd.DataFrame:
    """Return one row an eigen-feature of M*."""
    return pd.DataFrame(
        {
            "mode": results["mode"],
            "eigenvalue": results["eigenvalue"],
            "word2vec's": results["match"],
            "squared overlap": results["overlap"],
            "positive end": results["words"].sel(end="positive"),
            "negative end": results["words"].sel(end="negative"),
        }
    )


def closed(results: xr.Dataset) -> pd.DataFrame:
    """Return analogies solved by vocabulary and target, as fewer and fewer pairs are seen."""
    rows = []
    for words in results["words_kept"].values:
        for target in results["target"].values:
            form = results.sel(words_kept=words, target=target, resampling="pairs")
            low, high = form["closed_interval"].values
            less, more = form["closed_difference_interval"].values
            rows.append(
                {
                    "words": int(words),
                    "d": int(form["vector_dim"]),
                    "unseen pairs %": 100 * float(form["unseen"]),
                    "target": _plain(target),
                    "score": float(form["closed_score"]),
                    "low": low,
                    "high": high,
                    "difference low": less,
                    "difference high": more,
                    "items": int(form["closed_items"]),
                }
            )
    return pd.DataFrame(rows)


def falling(results: xr.Dataset) -> dict[str, float]:
    """Return by model what share of the fall of the loss came in the last fifth of the steps."""
    loss, count = results["loss"], results.sizes["step"]
    last_fall = loss.isel(step=count - 1 - count // 5) - loss.isel(step=-1)
    share = last_fall / (1 - loss.isel(step=-1))
    return {str(name): float(share.sel(trained=name)) for name in results["trained"].values}


def training(results: xr.Dataset) -> pd.DataFrame:
    """Return the loss, over that of the origin, and analogies solved while training."""
    return results[["loss", "accuracy"]].to_dataframe().reset_index()


def report(results: xr.Dataset) -> str:
    """Return all tables but that of training, and whether training had ended."""
    shares = (f"{name} {100 * share:.2g} %" for name, share in falling(results).items())
    return "\n".join(
        [
            as_text(eigen_features(results)),
            as_text(table(results)),
            as_text(closed(results)),
            f"Of the fall of the loss, the last fifth of the steps made: {', '.join(shares)}.",
        ]
    )


def _plain(model: str) -> str:
    return str(model).replace("$", "")


_TITLES = {
    "google": "Google analogies",
    "wordsim353": "WordSim-353",
    "simlex999": "SimLex-999",
}
_LINE, _LINES = 47, 2  # letters of words in a column
# Where columns are, in axes.
_MODE, _VALUE, _MATCH, _ENDS = 0.03, 0.11, 0.225, (0.26, 0.64)
_ROW = 0.33  # inches
_CLOSED = (MSTAR_NAME, PPMI_NAME, PMI_NAME, PMI_FLOOR_NAME)
_COLORS = (INK, ACCENT, PALE_ACCENT, CONTRAST)


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Draw all three figures."""
    return {
        "features": draw_features(results),
        "benchmarks": draw_benchmarks(results),
        "unseen": draw_unseen(results),
    }


def draw_features(results: xr.Dataset) -> Figure:
    """Draw one row an eigen-feature: eigenvalue, word2vec's like it, words at both ends."""
    modes = results.sizes["mode"]
    with style():
        figure = new_figure(TEXT_WIDTH, _ROW * (modes + 1))
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set(xlim=(0, 1), ylim=(modes + 0.55, -0.5))
        write = lambda x, y, text, align="left": axes.text(  # noqa: E731
            x, y, text, ha=align, va="center", fontsize=SMALL_SIZE, linespacing=1.15
        )
        heads = [
            "mode $k$",
            r"$\lambda_k$",
            "word2vec’s\n(overlap²)",
            "positive end",
            "negative end",
        ]
        places = [_MODE, _VALUE, _MATCH, *_ENDS]
        aligned = ["center", "center", "right", "left", "left"]
        for x, head, align in zip(places, heads, aligned, strict=True):
            write(x, 0, head, align)
        axes.axhline(0.45, color=INK, linewidth=0.8)
        for row in range(modes):
            feature = results.isel(mode=row)
            write(_MODE, row + 1, f"{int(feature['mode'])}", "center")
            write(_VALUE, row + 1, f"{float(feature['eigenvalue']):,.0f}", "center")
            match = f"{int(feature['match'])}  ({float(feature['overlap']):.2f})"
            write(_MATCH, row + 1, match, "right")
            for x, words in zip(_ENDS, feature["words"].values, strict=True):
                write(x, row + 1, _wrapped(str(words).split()))
            axes.axhline(row + 1.5, color=HAIR, linewidth=0.5)
    return figure


def _wrapped(words: list[str]) -> str:
    """Return as many words as two lines hold."""
    for count in range(len(words), 0, -1):
        lines = textwrap.wrap(", ".join(words[:count]), _LINE)
        if len(lines) <= _LINES:
            break
    return "\n".join(lines)


def draw_benchmarks(results: xr.Dataset) -> Figure:
    """Draw scores above, differences to the closed form of M* below, a column a benchmark."""
    with style():
        figure = new_figure(TEXT_WIDTH, 5.2)
        upper, lower = figure.subplots(2, len(BENCHMARKS), sharey=True)
        for column, benchmark in enumerate(BENCHMARKS):
            scores = results.sel(benchmark=benchmark)
            unit = 100 if benchmark == "google" else 1
            noun = "solved (%)" if unit == 100 else "Spearman’s ρ"
            items = "questions" if unit == 100 else "pairs"
            axes = upper[column]
            axes.set_title(f"{_TITLES[benchmark]}, {int(scores['items']):,} {items}")
            axes.set_xlabel(noun)
            _draw_intervals(axes, scores["score"], scores["interval"], unit)
            for row, model in enumerate(results["model"].values):
                paper = PAPER.get(benchmark, {}).get(str(model))
                if paper is not None:
                    axes.plot(unit * paper, row, "D", mfc="none", mec=CONTRAST, mew=0.8, ms=3.6)
            axes = lower[column]
            axes.axvline(0, color=FAINT, linewidth=0.8, zorder=0)
            apart = scores["score"] - scores["score"].sel(model=REFERENCE)
            _draw_intervals(axes, apart, scores["difference_interval"], unit)
            axes.set_xlabel("difference to $M^*$ " + ("(points)" if unit == 100 else "(ρ)"))
            _point_at_what_is_far(axes, unit * apart, unit * scores["difference_interval"])
        for axes in (upper[0], lower[0]):
            axes.set_yticks(np.arange(results.sizes["model"]), list(results["model"].values))
            axes.set_ylim(results.sizes["model"] - 0.5, -0.5)
        for axes in [*upper, *lower]:
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.grid(axis="y", color=HAIR, linewidth=0.5)
            axes.tick_params(axis="y", length=0)
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=4)
    return figure


def _draw_intervals(axes: Axes, values: xr.DataArray, bounds: xr.DataArray, unit: float) -> None:
    """Draw intervals, thick with items drawn anew, thin with word pairs of questions."""
    rows = np.arange(values.sizes["model"])
    for kind, color, width in (("pairs", INK, 0.8), ("items", PALE_ACCENT, 3.0)):
        low, high = unit * bounds.sel(resampling=kind).transpose("bound", "model").values
        axes.hlines(rows, low, high, color=color, linewidth=width, zorder=2)
    axes.plot(unit * values, rows, "o", color=ACCENT, ms=3.4, mec="white", mew=0.3, zorder=3)


def _point_at_what_is_far(axes: Axes, apart: xr.DataArray, bounds: xr.DataArray) -> None:
    """Write PMI with its floor as a number: its dot would leave the others no room."""
    others = bounds.sel(model=[name for name in apart["model"].values if name != PMI_FLOOR_NAME])
    low, high = float(others.min()), float(others.max())
    if float(bounds.sel(model=PMI_FLOOR_NAME).max()) >= low:
        return
    margin = 0.06 * (high - low)
    axes.set_xlim(low - margin, high + margin)
    value = float(apart.sel(model=PMI_FLOOR_NAME))
    row = list(apart["model"].values).index(PMI_FLOOR_NAME)
    text = f"◂ {value:.0f}" if abs(value) > 1 else f"◂ {value:.2f}"
    left = axes.get_yaxis_transform()
    label = axes.text(0.02, row, text.replace("-", "−"), transform=left, color=ACCENT)
    label.set(va="center", fontsize=SMALL_SIZE)
    label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})


def _handles(results: xr.Dataset) -> list[Line2D]:
    more = PAPER_TOKENS / results.attrs["tokens"]
    return [
        Line2D([], [], color=ACCENT, marker="o", ms=3.4, linestyle="", label="here"),
        Line2D([], [], color=PALE_ACCENT, lw=3, label="95 %, items drawn anew"),
        Line2D([], [], color=INK, lw=0.8, label="95 %, questions’ word pairs drawn anew"),
        Line2D(
            [], [], color=CONTRAST, marker="D", ms=3.6, mfc="none", mew=0.8, linestyle="",
            label=f"paper, {more:.0f} times the text",
        ),
    ]  # fmt: skip


def draw_unseen(results: xr.Dataset) -> Figure:
    """Draw analogies that closed forms solve against the share of pairs that never occur."""
    unseen = 100 * results["unseen"].values
    with style():
        figure = new_figure(COLUMN_WIDTH, 2.9)
        axes = figure.subplots()
        for place, (target, color) in enumerate(zip(_CLOSED, _COLORS, strict=True)):
            form = results.sel(target=target)
            score = 100 * form["closed_score"].values
            low, high = 100 * form["closed_interval"].sel(resampling="pairs").values.T
            x = unseen + 0.7 * (place - 1.5)  # side by side, or bars would hide each other
            axes.errorbar(
                x, score, (score - low, high - score), fmt="o-", color=color, ms=3.4, lw=1.0,
                elinewidth=0.8, mec="white", mew=0.3, label=target,
            )  # fmt: skip
        axes.set_xticks(
            unseen,
            [
                f"{share:.0f}\n({int(words):,})"
                for share, words in zip(unseen, results["words_kept"].values, strict=True)
            ],
        )
        axes.set_ylim(bottom=0)
        axes.set_xlabel("pairs that never occur together (%)\n(vocabulary $V$)")
        axes.set_ylabel("Google analogies solved (%)\n95 %, word pairs drawn anew")
        figure.legend(loc="outside lower center", ncols=2)
    return figure
