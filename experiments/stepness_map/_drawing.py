"""Both maps, predicted beside measured, with the line where the separation is one."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from experiments._stepwise import crossing
from experiments.stepness_map._table import map_scales
from gradflow.plotting import ACCENT, CONTRAST, INK, TEXT_WIDTH, new_figure, style

# Vermilion where steps run into each other, white at one, blue where they are apart.
_COLORS = LinearSegmentedColormap.from_list("separation", [CONTRAST, "#FFFFFF", ACCENT])
_NORM = LogNorm(1 / 6, 6)
_TICKS = (0.2, 0.5, 1, 2, 5)


def draw(results: xr.Dataset) -> Figure:
    """Above, pairs of modes; below, vocabularies."""
    scales, few = map_scales(results), results["scale"].values
    of_pairs = results.sel(depth=scales)
    measured = of_pairs["measured"].median("seed").values
    index = results["index"].median("seed").values
    with style():
        figure = new_figure(TEXT_WIDTH, 5.2)
        (left, right), (below, beside) = figure.subplots(2, 2, sharey=True)
        pairs = results["pair"].values
        expected = np.clip(results["needed"].values, -300, 300)
        found = [crossing(scales, measured[:, at]) for at in range(pairs.size)]
        for axes, values in ((left, of_pairs["predicted"].values), (right, measured)):
            _map(axes, scales, pairs, values)
            _line(axes, 10.0**expected, "-")
            axes.set_xticks([1, *range(5, pairs[-1] + 1, 5)])
            axes.set_xlabel("pair of modes $k$, $k+1$")
        _line(right, np.array(found), ":")
        words = np.arange(1, results.sizes["words"] + 1)
        crossed = [crossing(few, one) for one in index]
        for axes, values in ((below, results["predicted_index"].values), (beside, index)):
            _map(axes, few, words, values.T)
            _line(axes, results["crossing"].values, "-")
            axes.set_xticks(words[::2], [f"{size:g}" for size in results["words"].values[::2]])
            axes.set_xlabel("vocabulary $V$")
        _line(beside, np.array(crossed), ":")
        left.set_title("predicted")
        right.set_title(f"exact flow, median of {results.attrs['seeds']} seeds")
        for axes in (left, below):
            axes.set_ylabel(r"scale $\sigma$")
        bar = figure.colorbar(
            ScalarMappable(_NORM, _COLORS), ax=[left, right, below, beside], extend="both",
            aspect=40, pad=0.02, label="separation (rise times); below, the run’s index",
        )  # fmt: skip
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.set_ticks(_TICKS)
        lines = [
            Line2D([], [], color=INK, lw=1.3, label="one rise time, predicted"),
            Line2D([], [], color=INK, lw=1.3, ls=(0, (1, 1)), label="the same, measured"),
        ]
        figure.legend(handles=lines, loc="outside lower center", ncols=2)
    return figure


def _map(axes: Axes, scales: np.ndarray, columns: np.ndarray, values: np.ndarray) -> None:
    """Cells, small scales at the top."""
    logs = np.log10(scales)
    half = (logs[0] - logs[1]) / 2
    edges = 10.0 ** np.concatenate([logs + half, [logs[-1] - half]])
    sides = np.concatenate([columns - 0.5, [columns[-1] + 0.5]])
    shown = np.clip(values, _NORM.vmin, _NORM.vmax)  # the other order counts as together
    axes.pcolormesh(sides, edges, shown, cmap=_COLORS, norm=_NORM, rasterized=True)
    axes.set_yscale("log")
    axes.set_ylim(scales[0], scales[-1])
    axes.yaxis.set_minor_locator(NullLocator())


def _line(axes: Axes, heights: np.ndarray, look: str) -> None:
    """From column to column, where the separation is one; nan if it never gets there."""
    low, high = sorted(axes.get_ylim())
    known = np.clip(np.where(np.isnan(heights), 0.0, heights), low / 10, high * 10)
    at = np.repeat(np.arange(1, known.size + 1), 2) + np.tile([-0.5, 0.5], known.size)
    shown = {"-": "-", ":": (0, (1, 1))}[look]
    axes.plot(at, np.repeat(known, 2), color=INK, lw=1.3, ls=shown)
