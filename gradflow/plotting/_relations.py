"""Spectra of task vectors over their noise, and how linear relations are against d."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Real
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from gradflow._errors import ArgumentError
from gradflow.plotting._arrays import shaped
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

_BINS = 8
_LEAST = 1e-3  # of the upper edge
_PANEL_HEIGHT = 1.25


@dataclasses.dataclass(frozen=True, eq=False)
class TaskSpectrum:
    """One panel: eigenvalues, the law of noise beneath them, and which of them stand out.

    Attributes:
        eigenvalues: (m,), falling.
        x: (P,), rising, where the density of noise is given.
        density: (P,), which integrates to one.
        outliers: How many of the first eigenvalues are no noise.
        threshold: What noise exceeds at the rate of the test.
        title: Of the panel.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import TaskSpectrum
        >>> x, density = np.linspace(0.5, 2.0, 4), np.full(4, 2 / 3)
        >>> eigenvalues = np.array([5.0, 2.0, 1.0])
        >>> panel = TaskSpectrum(eigenvalues, x, density, outliers=1, threshold=2.5)
        >>> panel.eigenvalues[: panel.outliers]
        array([5.])
    """

    eigenvalues: Float[np.ndarray, " m"]
    x: Float[np.ndarray, " P"]
    density: Float[np.ndarray, " P"]
    outliers: int
    threshold: float
    title: str = ""

    def __post_init__(self) -> None:
        sizes: dict[str, int] = {}
        for name, axes in (("eigenvalues", "m"), ("x", "P"), ("density", "P")):
            object.__setattr__(self, name, shaped(name, getattr(self, name), axes, sizes))
        if not 0 <= self.outliers < len(self.eigenvalues):
            wanted = f"from 0 to {len(self.eigenvalues) - 1}"
            raise ArgumentError("outliers", wanted, self.outliers)


def plot_task_spectra(panels: Sequence[Sequence[TaskSpectrum]]) -> Figure:
    """Draw histograms of eigenvalues over the upper edge of noise, in a grid of panels.

    Eigenvalues are shown in units of the upper edge on a logarithmic axis, densities per unit of
    its logarithm. A histogram counts only what is not an outlier; outliers are dots.

    Args:
        panels: Rows of as many panels each.

    Returns:
        The figure, as wide as the text of a paper.

    Raises:
        ArgumentError: Rows of different length, or none.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import TaskSpectrum, plot_task_spectra
        >>> x, density = np.linspace(0.5, 2.0, 4), np.full(4, 2 / 3)
        >>> eigenvalues = np.array([5.0, 2.0, 1.0])
        >>> panel = TaskSpectrum(eigenvalues, x, density, outliers=1, threshold=2.5)
        >>> len(plot_task_spectra([[panel, panel]]).axes)
        2
    """
    columns = {len(row) for row in panels}
    if len(columns) != 1 or columns == {0}:
        raise ArgumentError("panels", "rows of as many panels each", f"{len(columns)} lengths")
    with style():
        figure = new_figure(TEXT_WIDTH, 0.5 + _PANEL_HEIGHT * len(panels))
        grid = figure.subplots(len(panels), columns.pop(), squeeze=False, sharex="row")
        for axes_row, row in zip(grid, panels, strict=True):
            for axes, panel in zip(axes_row, row, strict=True):
                _draw_spectrum(axes, panel)
            low, high = axes_row[0].get_xlim()
            if high < 100 * low:
                axes_row[0].xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
            axes_row[0].set_ylabel("density per\nunit of ln")
        for axes in grid[-1]:
            axes.set_xlabel("eigenvalue / edge of noise")
        handles = [
            Line2D([], [], color=PALE_ACCENT, linewidth=5, label="eigenvalues"),
            Line2D([], [], color=INK, label="law of noise, fitted"),
            Line2D([], [], color=FAINT, linestyle=":", label="threshold of the test"),
            Line2D([], [], color=CONTRAST, marker="o", ms=3.5, linestyle="", label="outliers"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def _draw_spectrum(axes: Axes, panel: TaskSpectrum) -> None:
    edge = float(panel.x.max())
    values, x = panel.eigenvalues / edge, panel.x / edge
    # The law of fewer directions than samples begins at zero, which a logarithm has no place for.
    bulk = np.log(np.maximum(values[panel.outliers :], _LEAST))
    low = min(float(np.log(max(x.min(), _LEAST))), float(bulk.min()))
    heights, bins = np.histogram(
        bulk, np.linspace(low, max(0.0, float(bulk.max())), _BINS + 1), density=True
    )
    axes.stairs(heights, np.exp(bins), fill=True, color=PALE_ACCENT)
    density = panel.density * edge * x
    shown = x >= _LEAST
    axes.plot(x[shown], density[shown], color=INK, linewidth=1.0)
    axes.axvline(panel.threshold / edge, color=FAINT, linestyle=":", linewidth=1.0, zorder=0)
    top = 1.15 * max(density.max(), heights.max())
    axes.set_ylim(0, top)
    above = values[: panel.outliers]
    axes.plot(above, np.full(len(above), 0.06 * top), "o", color=CONTRAST, ms=3.5)
    axes.set_title(panel.title)
    axes.set_xscale("log")
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def plot_relation_curves(
    dims: Real[np.ndarray, " D"] | Sequence[float],
    snr: Mapping[str, Real[np.ndarray, " D"] | Sequence[float]],
    accuracy: Mapping[str, Real[np.ndarray, " D"] | Sequence[float]],
    visible: Mapping[str, Real[np.ndarray, " D"] | Sequence[float]],
) -> Figure:
    """Draw signal to noise and analogy accuracy of each relation against d.

    Args:
        dims: (D,), numbers of eigen-features.
        snr: Signal to noise (D,) of each relation, by name; not positive ones are not shown.
        accuracy: Share of solved analogies (D,), for the same names.
        visible: Signal to noise (D,) from which on the mean task vector is visible, for the same
            names; shown as a band over all of them.

    Returns:
        The figure, as wide as the text of a paper.

    Raises:
        ArgumentError: Other names, or not as many numbers as dims.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import plot_relation_curves
        >>> snr, visible = {"capitals": np.array([1.0, 2.0])}, {"capitals": np.array([1.0, 1.0])}
        >>> accuracy = {"capitals": np.array([0.3, 0.4])}
        >>> figure = plot_relation_curves(np.array([10.0, 20.0]), snr, accuracy, visible)
        >>> len(figure.axes)
        2
    """
    sizes: dict[str, int] = {}
    x = shaped("dims", dims, "D", sizes)
    if not list(snr) or list(accuracy) != list(snr) or list(visible) != list(snr):
        raise ArgumentError("accuracy", "the relations of snr", "others")
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        left, right = figure.subplots(1, 2)
        band = np.array([shaped("visible", each, "D", sizes) for each in visible.values()])
        left.fill_between(x, band.min(axis=0), band.max(axis=0), color=FAINT, alpha=0.5, lw=0)
        handles = []
        for (name, values), color in zip(snr.items(), sequential_colors(len(snr)), strict=True):
            ratio = shaped("snr", values, "D", sizes)
            solved = shaped("accuracy", accuracy[name], "D", sizes)
            shown = np.where(ratio > 0, ratio, np.nan)
            left.plot(x, shown, "o-", color=color, ms=2.5, linewidth=1.0)
            right.plot(x, 100 * solved, "o-", color=color, ms=2.5, linewidth=1.0)
            handles.append(Line2D([], [], color=color, marker="o", ms=2.5, label=name))
        handles.append(Line2D([], [], color=FAINT, linewidth=5, alpha=0.5, label="visible from"))
        left.set_yscale("log")
        left.set_ylabel(r"signal to noise $\Vert\mu\Vert^2/\mathrm{tr}\,\Sigma$")
        right.set_ylabel("analogies solved (%)")
        right.set_ylim(bottom=0)
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xlabel("eigen-features $d$")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure


def plot_task_projections(
    t: Mapping[str, Real[np.ndarray, " m"] | Sequence[float]],
    labels: Sequence[str],
    marked: int = 3,
) -> Figure:
    """Draw mean task vectors on each eigen-feature, in standard errors, the largest ones named.

    Args:
        t: Mean over its standard error (m,), by relation.
        labels: Name of each eigen-feature (m,), such as the words at its ends.
        marked: How many are named in each panel.

    Returns:
        The figure, as wide as the text of a paper.

    Raises:
        ArgumentError: Not as many numbers as labels.

    Example:
        >>> import numpy as np
        >>> from gradflow.plotting import plot_task_projections
        >>> labels = ["war, army", "film, song", "city, river"]
        >>> means = {"capitals": np.array([1.0, -0.5, 7.0])}
        >>> figure = plot_task_projections(means, labels, marked=1)
        >>> figure.axes[0].texts[0].get_text()
        '3: city, river'
    """
    if not t:
        raise ArgumentError("t", "a relation or more", "none")
    sizes = {"m": len(labels)}
    with style():
        figure = new_figure(TEXT_WIDTH, 0.45 + 1.15 * len(t))
        rows = figure.subplots(len(t), 1, sharex=True, squeeze=False)[:, 0]
        modes = np.arange(1, len(labels) + 1)
        for axes, (name, values) in zip(rows, t.items(), strict=True):
            means = shaped("t", values, "m", sizes)
            largest = np.argsort(-np.nan_to_num(abs(means)))[:marked]
            axes.vlines(modes, 0, means, color=FAINT, linewidth=0.7)
            axes.axhspan(-2, 2, color=FAINT, alpha=0.25, linewidth=0)
            axes.vlines(modes[largest], 0, means[largest], color=ACCENT, linewidth=1.4)
            axes.set_xscale("log")
            axes.set_xlim(0.9, len(labels) * 1.05)
            axes.margins(y=0.15)
            axes.set_title(name, loc="left")
            words = "\n".join(f"{mode + 1}: {labels[mode]}" for mode in sorted(largest))
            axes.text(1.01, 0.98, words, transform=axes.transAxes, fontsize=SMALL_SIZE, va="top")
        rows[-1].set_xlabel("eigen-feature $k$")
        rows[-1].xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        figure.supylabel("mean task vector (standard errors)", fontsize=8)
    return figure
