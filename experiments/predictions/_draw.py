"""Tables, all in percent, and figures of the errors of predicted steps."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from gradflow.experiments._tables import as_text, percent
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    INK,
    PALE_ACCENT,
    SMALL_SIZE,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)
from gradflow.plotting._ticks import label_decades

# Rows that a table leads with.
_KEYS = ["source", "d", "scale", "rule"]


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each source, d, scale and rule, over all modes and seeds."""
    largest = results["by_seed"].max("seed")
    rows = []
    for cell, where in _each(results, "source", "dim", "scale", "rule"):
        rows.append(
            {
                **dict(zip(_KEYS, where.values(), strict=True)),
                "seeds": int(results["by_seed"].sel(where).isel(statistic=0).notnull().sum()),
                "steps": int(cell["measured"]),
                "not predicted": int(cell["measured"] - cell["known"]),
                "median %": percent(cell["median"]),
                "90 % quantile %": percent(cell["q90"]),
                "largest of first 80 % of modes %": percent(largest.sel(where).isel(statistic=1)),
                "largest %": percent(largest.sel(where).isel(statistic=2)),
            }
        )
    return pd.DataFrame(rows)


def goals(results: xr.Dataset) -> pd.DataFrame:
    """Return errors at the d and the scale of the goals: a typical seed and the worst."""
    shown = results["by_seed"].sel(
        dim=results.attrs["shown_dim"], scale=results.attrs["goal_scale"]
    )
    rows = []
    for cell, where in _each(shown.to_dataset(name="error"), "source", "rule"):
        row = {**where}
        for name in shown["statistic"].values:
            values = cell["error"].sel(statistic=name)
            row[f"{name}, median seed %"] = percent(values.median("seed"))
            row[f"{name}, worst seed %"] = percent(values.max("seed"))
        rows.append(row)
    return pd.DataFrame(rows)


def beside(results: xr.Dataset) -> pd.DataFrame:
    """Return cost by d; errors of rise times and embeddings at the d of the goals."""
    rows = []
    for cell, place in _each(results, "source", "dim"):
        exact, clusters = float(cell["exact_seconds"]), float(cell["clusters_seconds"])
        about = {
            "exact flow s": exact,
            "clusters s": clusters,
            "exact/clusters": exact / clusters,
            "change of steps by 4 × times": float(cell["grid_change"]),
        }
        where = {
            "source": place["source"],
            "d": place["dim"],
            "scale": results.attrs["goal_scale"],
        }
        rows += [{**where, "what": name, "value": float(x)} for name, x in about.items()]
    for cell, place in _each(results, "source", "beside_scale"):
        rise, embedding = cell["rise_error"], cell["embedding_error"]
        first_modes = rise[: round(0.8 * rise.size)]
        errors = {
            "rise times, median %": rise.median(),
            "rise times, largest of first 80 % of modes %": first_modes.max(),
            "rise times, largest %": rise.max(),
            "embeddings, median over times %": embedding.median(),
            "embeddings, worst time %": embedding.max(),
        }
        where = {"source": place["source"], "d": results.attrs["shown_dim"]}
        where["scale"] = place["beside_scale"]
        rows += [{**where, "what": name, "value": percent(x)} for name, x in errors.items()]
    return pd.DataFrame(rows, columns=["source", "d", "scale", "what", "value"])


def sizes(results: xr.Dataset) -> pd.DataFrame:
    """Return errors by vocabulary and by length of the text, at the goals' d and scale."""
    rows = []
    for prefix, axis in (("vocabulary", "vocab_size"), ("corpus", "corpus_tokens")):
        for cell, where in _each(results[[f"{prefix}_error"]], axis, "rule"):
            errors = cell[f"{prefix}_error"]
            row = {"varied": axis.replace("_", " "), "size": where[axis], "rule": where["rule"]}
            for name in errors["statistic"].values:
                for share in errors["quantile"].values:
                    value = errors.sel(statistic=name, quantile=share)
                    row[f"{name}, {100 * share:.0f} % of seeds %"] = percent(value)
            rows.append(row)
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return all tables as text."""
    return as_text(table(results), goals(results), beside(results), sizes(results))


def _each(results: xr.Dataset, *names: str) -> list[tuple[xr.Dataset, dict]]:
    """Return every combination of the named coordinates, and where it is."""
    cells = []
    for index in np.ndindex(*(results.sizes[name] for name in names)):
        cell = results.isel(dict(zip(names, index, strict=True)))
        cells.append((cell, {name: cell[name].item() for name in names}))
    return cells


RULE_COLORS = {"paper": STEP_MARK, "row": PALE_ACCENT, "qr": ACCENT, "clusters": CONTRAST}
_LABELS = {
    "paper": r"“paper”: $s_0 = \sigma$",
    "row": r"“row”: $s_0 = \Vert$row $k$ of $U^\top W_0\Vert$",
    "qr": r"“qr”: $s_0 = |R_{kk}|$",
    "clusters": "“clusters”: with its neighbours",
}
_LINES = ("-", "--")  # of the sources


def draw(results: xr.Dataset) -> Figure:
    """Draw the error by mode above, at as many scales as d; the median by scale below."""
    scales, dims = np.atleast_1d(results.attrs["shown_scales"]), results["dim"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 4.9)
        upper, lower = figure.subplots(2, len(scales), sharey="row", squeeze=False)
        for axes, scale in zip(upper, scales, strict=True):
            _draw_modes(axes, results.isel(source=0).sel(scale=scale))
        upper[0].set_ylabel("error of the step time (%)")
        for axes, dim in zip(lower, dims, strict=True):
            _draw_scales(axes, results["median"].sel(dim=dim))
        lower[0].set_ylabel("median error (%)")
        figure.legend(handles=_handles(results), loc="outside lower center", ncols=3)
    return figure


def _draw_modes(axes: Axes, by_mode: xr.Dataset) -> None:
    """Draw medians over seeds, and the 10 to 90 % band."""
    dim = by_mode.attrs["shown_dim"]
    modes = by_mode["mode"].values[:dim]
    for rule, color in RULE_COLORS.items():
        low, middle, high = (
            100 * by_mode["by_mode"].sel(dim=dim, rule=rule, quantile=share).values[:dim]
            for share in by_mode["quantile"].values
        )
        axes.fill_between(modes, low, high, color=color, alpha=0.25, linewidth=0)
        axes.plot(modes, middle, color=color, linewidth=1.0)
    percent_axis(axes)
    axes.set_xlim(1, dim)
    axes.set_xlabel("mode $k$")
    axes.set_title(f"$d$ = {dim}, scale $10^{{{np.log10(by_mode['scale'].item()):.0f}}}$")


def _draw_scales(axes: Axes, medians: xr.DataArray) -> None:
    """Draw one line for each rule and source."""
    for rule, color in RULE_COLORS.items():
        for source, line in zip(medians["source"].values, _LINES, strict=True):
            values = 100 * medians.sel(rule=rule, source=source)
            axes.plot(
                medians["scale"], values, line, color=color, marker="o", markersize=2.5, lw=1.0
            )
    axes.set_xscale("log")
    axes.invert_xaxis()
    percent_axis(axes)
    axes.set_xlabel(r"scale $\sigma$")
    axes.set_title(f"all modes of $d$ = {medians['dim'].item()}")


def percent_axis(axes: Axes) -> None:
    """Make an axis logarithmic, with plain numbers where they are short."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(_percentage))


def _percentage(value: float, _: int) -> str:
    return f"{value:g}" if value > 5e-4 else f"$10^{{{np.log10(value):.0f}}}$"


def rule_handles() -> list[Line2D]:
    """Return the rules' lines for a legend."""
    return [Line2D([], [], color=color, label=_LABELS[rule]) for rule, color in RULE_COLORS.items()]


def _handles(results: xr.Dataset) -> list[Line2D]:
    sizes = [f"{words:,} words" for words in results.attrs["words"]]
    names = [f"{name}, {size}" for name, size in zip(results["source"].values, sizes, strict=True)]
    below = [
        Line2D([], [], ls=line, label=name, color=INK, linewidth=1.0)
        for name, line in zip(names, _LINES, strict=True)
    ]
    return [*rule_handles(), *below]


_MODES = (1, 5, 10, 20, 50)  # drawn, as far as there are so many
_TEN = 10  # from here on numbers have no decimals
_COLUMNS = (
    ("vocabulary", "vocab_size", "vocabulary $V$ (words)"),
    ("corpus", "corpus_tokens", "text, in words of the vocabulary"),
)


def draw_sizes(results: xr.Dataset) -> Figure:
    """Draw step times, measured and predicted, above; errors of the rules below."""
    fixed = results.attrs["fixed_words"]
    with style():
        figure = new_figure(TEXT_WIDTH, 4.6)
        panels = figure.subplots(2, 2, sharex="col", sharey="row")
        for column, (prefix, axis, label) in enumerate(_COLUMNS):
            upper, lower = panels[:, column]
            _draw_steps(upper, results[f"{prefix}_step"], results[axis], shown_modes(results))
            _draw_errors(lower, results[f"{prefix}_error"], results[axis])
            _size_axis(lower, results[axis])
            lower.set_xlabel(label)
        panels[0, 0].set_title("the most frequent words of the whole text")
        panels[0, 1].set_title(f"more and more documents, $V$ = {fixed:,}")
        panels[0, 0].set_yscale("log")
        label_decades(panels[0, 0].yaxis, *panels[0, 0].get_ylim())
        panels[0, 0].set_ylabel(r"step time $t_k$ ($\dot W = -\nabla L$)")
        percent_axis(panels[1, 0])
        panels[1, 0].set_ylabel("median error of a run's\nstep times (%)")
        figure.legend(handles=_size_handles(), loc="outside lower center", ncols=3)
    return figure


def shown_modes(results: xr.Dataset) -> list[int]:
    """Return which modes are drawn."""
    return [mode for mode in _MODES if mode <= results.attrs["shown_dim"]]


def _draw_steps(axes: Axes, steps: xr.DataArray, sizes: xr.DataArray, modes: list[int]) -> None:
    """Draw measured steps as dots with 10 to 90 % of seeds, predicted ones as lines."""
    for mode, color in zip(modes, sequential_colors(len(modes)), strict=True):
        by_size = steps.sel(mode=mode)
        axes.plot(sizes, by_size.sel(run="clusters", quantile=0.5), color=color, linewidth=1.0)
        _bars(axes, sizes, by_size.sel(run="measured"), color)
    last = steps.isel({sizes.dims[0]: -1}).sel(run="clusters", quantile=0.5)
    for mode in modes:
        axes.annotate(
            f"{mode}", (1.01, float(last.sel(mode=mode))), xycoords=("axes fraction", "data"),
            va="center", fontsize=SMALL_SIZE,
        )  # fmt: skip


def _draw_errors(axes: Axes, errors: xr.DataArray, sizes: xr.DataArray) -> None:
    """Draw medians over modes: of a typical seed, with 10 to 90 % of seeds."""
    medians = 100 * errors.sel(statistic="median")
    for rule, color in RULE_COLORS.items():
        by_size = medians.sel(rule=rule)
        axes.plot(sizes, by_size.sel(quantile=0.5), color=color, linewidth=0.8)
        _bars(axes, sizes, by_size, color)


def _bars(axes: Axes, sizes: xr.DataArray, values: xr.DataArray, color: object) -> None:
    low, middle, high = (values.sel(quantile=share).values for share in (0.1, 0.5, 0.9))
    axes.errorbar(
        sizes, middle, (middle - low, high - middle), fmt="o", color=color, ms=3.0, mec="white",
        mew=0.3, elinewidth=0.8, capsize=1.5, capthick=0.8,
    )  # fmt: skip


def _size_axis(axes: Axes, sizes: xr.DataArray) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sizes.values)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(_short))


def _short(size: float, _: int) -> str:
    """Return a number as 500, 1k, 63k, 5.7M."""
    unit, name = (1e6, "M") if size >= 1e6 else (1e3, "k") if size >= 1e3 else (1.0, "")
    many = size / unit
    return (f"{many:.0f}" if many >= _TEN else f"{many:.1f}".removesuffix(".0")) + name


def _size_handles() -> list[Line2D]:
    dots: dict[str, Any] = {"linestyle": "", "marker": "o", "ms": 3.0}
    return [
        *rule_handles(),
        Line2D([], [], color=INK, label="measured, 10 to 90 % of seeds", **dots),
        Line2D([], [], color=INK, linewidth=1.0, label="predicted (“clusters”)"),
    ]
