"""Singular values of skip-gram and CBOW, and what their directions are."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from experiments.from_text._table import overlaps
from gradflow.plotting import (
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
    number_line_ends,
    sequential_colors,
    style,
)


def draw(results: xr.Dataset) -> Figure:
    """Singular values of skip-gram and CBOW, and what their first directions are."""
    with style():
        figure = new_figure(TEXT_WIDTH, 2.9)
        engine = figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine), "the style sheet asks for it"
        engine.set(wspace=0.06)
        left, middle, right = figure.subplots(1, 3)
        ends = [
            (left, _draw_values(left, results, "skip-gram", "predicted")),
            (middle, _draw_values(middle, results, "CBOW", "predicted_cbow")),
        ]
        top = 1.05 * float(results["singular_values"].max())
        for axes in (left, middle):
            axes.set_ylim(0, top)
            axes.set_xlabel(r"time $t$ (units of $1/\lambda_1$)")
        left.set_ylabel("singular value $s_k$ of $W$")
        bars = _draw_overlaps(right, results)
        plain: dict[str, Any] = {"color": INK, "linestyle": ""}
        lines = [
            Line2D([], [], color=INK, label="flow of skip-gram's counts"),
            Line2D([], [], marker="o", markersize=2.5, label="descent from the text", **plain),
            Line2D([], [], color=STEP_MARK, linewidth=0.6, label="predicted steps"),
        ]
        which = Line2D(
            [], [], marker="$3$", markersize=4, mew=0.1, label="which mode of the flow", **plain
        )
        figure.legend(handles=[*lines, *bars, which], loc="outside lower center", ncols=4)
        number_line_ends(figure, ends)
    return figure


def _draw_values(axes: Axes, results: xr.Dataset, name: str, predicted: str) -> np.ndarray:
    """A run as dots beside the flow; where its dots end."""
    unit = float(results["eigenvalue"][0])
    times = unit * results["t"].values
    every = max(1, len(times) // 40)
    for mode, color in zip(
        results["mode"].values, sequential_colors(results.sizes["mode"]), strict=True
    ):
        values = results["singular_values"].sel(mode=mode)
        axes.axvline(unit * float(results[predicted].sel(mode=mode)), color=HAIR, lw=0.6, zorder=0)
        axes.plot(times, values.sel(run="flow"), color=color, linewidth=1.0)
        dots = values.sel(run=name).values[::every]
        (points,) = axes.plot(times[::every], dots, "o", markersize=2.2, mfc=color)
        points.set(mec="white", mew=0.3, clip_on=False)
    axes.set_xlim(0, times[-1])
    axes.set_title(name)
    return np.asarray(results["singular_values"].sel(run=name).values[-1])


def _draw_overlaps(axes: Axes, results: xr.Dataset) -> list[BarContainer]:
    """By mode: with the singular vectors at the origin, and with what the flow learned."""
    same, modes = overlaps(results), results["mode"].values
    kinds = (
        ("skip-gram", "origin", ACCENT),
        ("CBOW", "origin", CONTRAST),
        ("skip-gram", "flow", PALE_ACCENT),
        ("CBOW", "flow", PALE_CONTRAST),
    )
    bars = []
    for place, (name, kind, color) in enumerate(kinds):
        label = f"{name} with " + ("its own counts" if kind == "origin" else "the flow")
        at, values = modes + 0.2 * (place - 1.5), same[kind].sel(run=name).values
        bars.append(axes.bar(at, values, width=0.18, color=color, label=label))
        if kind != "flow":
            continue
        for x, mode, number, value in zip(
            at, modes, same["alike"].sel(run=name), values, strict=True
        ):
            if value > 0 and number != mode:  # the flow's number of it, on top of the bar
                axes.text(x, value, f"{int(number)}", ha="center", va="bottom", fontsize=SMALL_SIZE)
    axes.set_xticks(modes)
    axes.set_ylim(0, 1.05)
    axes.set_title("directions")
    axes.set_xlabel("mode $k$, at its own step")
    axes.set_ylabel("squared overlap")
    return bars
