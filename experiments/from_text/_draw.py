"""Tables and figures of what was learned when, and of which directions."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from gradflow.experiments._tables import as_text
from gradflow.experiments.from_text._run import RUNS
from gradflow.plotting._line_ends import number_line_ends
from gradflow.plotting._style import (
    ACCENT,
    CONTRAST,
    HAIR,
    INK,
    PALE_ACCENT,
    PALE_CONTRAST,
    SMALL_SIZE,
    STEP_MARK,
    TEXT_WIDTH,
    new_figure,
    sequential_colors,
    style,
)

_WORDS = 3  # named at each end of a mode


def overlaps(results: xr.Dataset) -> xr.Dataset:
    """Return squared overlaps (contrast, run, mode) of what was learned.

    `origin`: with singular vector k at the origin, of the counts that the run itself sees.
    `flow`: with whatever mode the flow of the same contrast learned that is most like it; `alike`
    is its number. nan where it was not learned.
    """
    learned = results["learned"]
    flow = learned.sel(run="flow", drop=True).rename(mode="other").fillna(0)
    with_flow = (learned * flow).sum("word", skipna=False) ** 2
    learned_all = with_flow.notnull().all("other")
    return xr.Dataset(
        {
            "origin": (learned * results["vector"]).sum("word", skipna=False) ** 2,
            "flow": with_flow.max("other"),
            "alike": (with_flow.fillna(0).argmax("other") + 1).where(learned_all),
        }
    )


def across(results: xr.Dataset) -> xr.DataArray:
    """Return squared overlaps (run, mode, other) at the end, NCE's modes with the others'."""
    sampled, nce = (
        results["final"].sel(contrast=name, drop=True) for name in ("negative-sampling", "nce")
    )
    return (nce * sampled.rename(mode="other")).sum("word") ** 2


def ends(
    results: xr.Dataset, contrast: str, mode: int, count: int = _WORDS
) -> tuple[list[str], list[str]]:
    """Return words at both ends of what the flow has learned as its mode in the end."""
    entries = results["final"].sel(contrast=contrast, run="flow", mode=mode)
    order = [str(word) for word in results["word"].values[np.argsort(entries.values)]]
    return order[::-1][:count], order[:count]


def table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each contrast and mode; all times are λ₁t."""
    unit, same = results.attrs["unit"], overlaps(results)
    rows = []
    for contrast in results["contrast"].values:
        for mode in results["mode"].values:
            where = {"contrast": contrast, "mode": mode}
            mode_row, overlap = results.sel(where), same.sel(where)
            high, low = ends(results, contrast, int(mode))
            row = {**where, "words": " ".join(high) + " / " + " ".join(low)}
            row["height"] = float(mode_row["height"])
            for name in RUNS:
                row[f"{name} predicted"] = unit * float(mode_row["predicted"].sel(run=name))
                row[f"{name} step"] = unit * float(mode_row["step"].sel(run=name))
            for name in RUNS:
                row[f"{name} | origin"] = float(overlap["origin"].sel(run=name))
            for name in RUNS[1:]:
                row[f"{name} | flow"] = float(overlap["flow"].sel(run=name))
                row[f"{name} is the flow's"] = float(overlap["alike"].sel(run=name))
            rows.append(row)
    return pd.DataFrame(rows)


def across_table(results: xr.Dataset) -> pd.DataFrame:
    """Return one row for each run and mode of NCE: overlaps with negative sampling's."""
    squares = across(results)
    rows = []
    for run in squares["run"].values:
        for mode in squares["mode"].values:
            shares = squares.sel(run=run, mode=mode).values
            named = {f"negative sampling {n + 1}": share for n, share in enumerate(shares)}
            rows.append({"run": run, "mode of NCE": int(mode), **named})
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Return the tables as text, what their columns are, and what is remarkable."""
    return "\n".join(
        [
            "Step times are λ₁t. Squared overlaps of direction k, at its own step: with singular "
            "vector",
            "k of the run's own counts at the origin; with the most similar direction of the flow.",
            as_text(table(results)),
            "Squared overlaps at the end of NCE's modes with those by negative sampling.",
            as_text(across_table(results)),
            *(remarks(results, contrast) for contrast in results["contrast"].values),
            first_of_nce(results),
        ]
    )


def remarks(results: xr.Dataset, contrast: str) -> str:
    """Return CBOW's time unit, and where it deviates, in words."""
    runs, same = results.sel(contrast=contrast), overlaps(results).sel(contrast=contrast)
    skip_gram, cbow = (runs.sel(run=name) for name in ("skip-gram", "CBOW"))
    factors = (cbow["step"] / skip_gram["step"]).values
    predicted = (cbow["predicted"] / skip_gram["predicted"]).values
    sizes = (cbow["singular_values"] / skip_gram["singular_values"]).isel(time=-1).values
    alike = same.sel(run="CBOW")
    other = [
        f"its mode {mode} is the flow's mode {int(number)} (overlap {float(share):.2f})"
        for mode, number, share in zip(
            runs["mode"].values, alike["alike"], alike["flow"], strict=True
        )
        if share > 0 and number != mode
    ]
    return "\n".join(
        [
            f"{contrast}: CBOW's step times over skip-gram's, by mode: {_listed(factors)}"
            + (
                f"; from the counts: {_listed(predicted)}." if np.isfinite(predicted).any() else "."
            ),
            f"{contrast}: CBOW's singular values at the end over skip-gram's: {_listed(sizes)}.",
            f"{contrast}: CBOW's order: " + ("; ".join(other) or "the flow's") + ".",
        ]
    )


def first_of_nce(results: xr.Dataset) -> str:
    """Return what NCE learns first, and when that is over, in words."""
    flow = results.sel(run="flow", contrast="nce")
    first = flow["singular_values"].sel(mode=1).values ** 2
    second = int(np.searchsorted(flow["t"].values, float(flow["step"].sel(mode=2))))
    rates = flow["eigenvalue"].values[:2] / results.attrs["unit"]
    return (
        f"NCE's first mode has s² = {first[min(second, len(first) - 1)]:.5g} when the second comes "
        f"and {first[-1]:.5g} at the end; ln p_j for all words i alike would be "
        f"{results.attrs['unigram']:.5g}. Rates at the origin, in units of λ₁: {rates[0]:.3g}, "
        f"then {rates[1]:.3g}."
    )


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in values)


_RUNS = ("skip-gram", "CBOW")
_NAMES = {"negative-sampling": "negative sampling", "nce": "NCE"}
_DARK = 0.5  # overlaps below this are written in white


def draw(results: xr.Dataset) -> Figure:
    """Draw a row for each contrast: skip-gram, CBOW, and what their first directions are."""
    with style():
        figure = new_figure(TEXT_WIDTH, 4.9)
        engine = figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine), "the style sheet asks for it"
        engine.set(wspace=0.08, hspace=0.06)
        panels = figure.subplot_mosaic([[*"aabbcc"], [*"ddeefg"]])
        top = 1.05 * float(results["singular_values"].sel(contrast="negative-sampling").max())
        ends = []
        for letter, (contrast, name) in zip(
            "abde", [(c, run) for c in _NAMES for run in _RUNS], strict=True
        ):
            axes, runs = panels[letter], results.sel(contrast=contrast)
            axes.set_ylim(0, top)
            ends.append((axes, _draw_values(axes, runs, name, results.attrs["unit"])))
            axes.set_title(f"{name}, {_NAMES[contrast]}")
        for letter in "ad":
            panels[letter].set_ylabel("singular value $s_k$ of $W$")
        for letter in "abde":
            panels[letter].set_xlabel(r"time $t$ (units of $1/\lambda_1$)")
        bars = _draw_overlaps(panels["c"], results)
        for letter, name in zip("fg", _RUNS, strict=True):
            _draw_across(panels[letter], across(results).sel(run=name))
        panels["f"].set_ylabel("mode by NCE (squared overlap)")
        panels["f"].set_xlabel("mode by negative sampling", x=1.04)  # of both
        panels["g"].set_yticks([])
        figure.legend(handles=_handles(bars), loc="outside lower center", ncols=4)
        number_line_ends(figure, ends)
    return figure


def _handles(bars: list[BarContainer]) -> list[Any]:
    plain: dict[str, Any] = {"color": INK, "linestyle": ""}
    return [
        Line2D([], [], color=INK, label="flow of skip-gram's counts"),
        Line2D([], [], marker="o", markersize=2.5, label="descent from the text", **plain),
        Line2D([], [], color=STEP_MARK, linewidth=0.6, label="predicted from its counts"),
        *bars,
        Line2D(
            [], [], marker="$3$", markersize=4, mew=0.1, label="which mode of the flow", **plain
        ),
    ]


def _draw_values(axes: Axes, runs: xr.Dataset, name: str, unit: float) -> np.ndarray:
    """Draw a run as dots beside the flow; return where they end. What leaves says how far."""
    times, top = unit * runs["t"].values, axes.get_ylim()[1]
    every = max(1, len(times) // 40)
    for mode, color in zip(runs["mode"].values, sequential_colors(runs.sizes["mode"]), strict=True):
        values = runs["singular_values"].sel(mode=mode)
        foretold = unit * float(runs["predicted"].sel(mode=mode, run=name))
        if np.isfinite(foretold):
            axes.axvline(foretold, color=HAIR, lw=0.6, zorder=0)
        axes.plot(times, values.sel(run="flow"), color=color, linewidth=1.0)
        dots = values.sel(run=name).values[::every]
        inside = dots <= top
        (points,) = axes.plot(times[::every][inside], dots[inside], "o", markersize=2.2, mfc=color)
        points.set(mec="white", mew=0.3, clip_on=False)
        if not inside.all():
            leaves = times[::every][int(np.argmin(inside))]
            axes.annotate(
                f"{mode}: to {dots[-1]:.1f}", (leaves, top), (4, -8), textcoords="offset points",
                fontsize=SMALL_SIZE,
            )  # fmt: skip
    axes.set_xlim(0, times[-1])
    return np.asarray(runs["singular_values"].sel(run=name).values[-1])


def _draw_overlaps(axes: Axes, results: xr.Dataset) -> list[BarContainer]:
    """Draw overlaps by mode, with singular vectors at the origin and with the flow's."""
    same = overlaps(results).sel(contrast="negative-sampling")
    modes = results["mode"].values
    kinds = (
        ("skip-gram", "origin", ACCENT),
        ("CBOW", "origin", CONTRAST),
        ("skip-gram", "flow", PALE_ACCENT),
        ("CBOW", "flow", PALE_CONTRAST),
    )
    bars = []
    for place, (name, kind, color) in enumerate(kinds):
        label = f"{name} with " + ("the origin" if kind == "origin" else "the flow")
        places, values = modes + 0.2 * (place - 1.5), same[kind].sel(run=name).values
        bars.append(axes.bar(places, values, width=0.18, color=color, label=label))
        if kind != "flow":
            continue
        for x, mode, number, value in zip(
            places, modes, same["alike"].sel(run=name), values, strict=True
        ):
            if value > 0 and number != mode:  # the flow's number of it, on top of the bar
                axes.text(x, value, f"{int(number)}", ha="center", va="bottom", fontsize=SMALL_SIZE)
    axes.set_xticks(modes)
    axes.set_ylim(0, 1.05)
    axes.set_title("directions, negative sampling")
    axes.set_xlabel("mode $k$, at its own step")
    axes.set_ylabel("squared overlap")
    return bars


def _draw_across(axes: Axes, squares: xr.DataArray) -> None:
    """Draw squared overlaps at the end, written into their fields."""
    modes = squares["mode"].values
    edges = (modes[0] - 0.5, modes[-1] + 0.5)
    axes.imshow(
        squares.transpose("mode", "other"), vmin=0, vmax=1, cmap="viridis", aspect="auto",
        extent=(*edges, *edges[::-1]), interpolation="nearest",
    )  # fmt: skip
    for mode in modes:
        for other in squares["other"].values:
            value = float(squares.sel(mode=mode, other=other))
            axes.text(
                other, mode, f"{value:.2f}".lstrip("0"), ha="center", va="center",
                fontsize=SMALL_SIZE, color="white" if value < _DARK else INK,
            )  # fmt: skip
    axes.set_xticks(modes)
    axes.set_yticks(modes)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title(str(squares["run"].item()))
