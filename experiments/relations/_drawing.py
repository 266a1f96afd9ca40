"""Spectra over noise, curves against d, projections on eigen-features."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow.plotting import (
    FAINT,
    TEXT_WIDTH,
    TaskSpectrum,
    label_decades,
    new_figure,
    plot_relation_curves,
    plot_task_projections,
    plot_task_spectra,
    sequential_colors,
    style,
)

_PROJECTIONS = 3  # relations


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Four figures."""
    return {
        "spectra": _spectra(results),
        "curves": _curves(results),
        "answers": _answers(results),
        "projections": _projections(results),
    }


def short(name: str) -> str:
    """A relation's name without its number: gram7-past-tense is past tense."""
    rest = name.partition("-")[2] if name.startswith("gram") else name
    return rest.replace("-", " ")


def _spectra(results: xr.Dataset) -> Figure:
    shown = results["relation"].values[:4]
    panels = [
        [_panel(results.sel(shown=dim, relation=name), first=row == 0) for name in shown]
        for row, dim in enumerate(results["shown"].values)
    ]
    return plot_task_spectra(panels)


def _panel(one: xr.Dataset, first: bool) -> TaskSpectrum:
    name = f"{short(str(one['relation'].values))}\n" if first else ""
    values = one["eigenvalue"].values
    return TaskSpectrum(
        eigenvalues=values[np.isfinite(values)],
        x=one["law_x"].values,
        density=one["law_density"].values,
        outliers=int(one["outlier_count"]),
        threshold=float(one["threshold"]),
        title=f"{name}$d$ = {int(one['shown'])}",
    )


def _curves(results: xr.Dataset) -> Figure:
    names = results["relation"].values.tolist()
    one = results.sel(section=names)
    by_name = {
        variable: {short(name): one[variable].sel(section=name).values for name in names}
        for variable in ("snr", "accuracy", "visible")
    }
    return plot_relation_curves(results["dim"].values, **by_name)


def _answers(results: xr.Dataset) -> Figure:
    """Cosines of answers, and what they are over those of the best rivals."""
    names, dims = results["relation"].values, results["dim"].values
    with style():
        figure = new_figure(TEXT_WIDTH, 2.7)
        left, right = figure.subplots(1, 2)
        right.axhline(1.0, color=FAINT, linewidth=0.8, zorder=0)
        for name, color in zip(names, sequential_colors(len(names)), strict=True):
            one = results.sel(section=name)
            for axes, variable in ((left, "answer_cosine"), (right, "answer_ratio")):
                values = one[variable].values
                axes.plot(dims, values, "o-", color=color, ms=2.5, lw=1.0, label=short(name))
        left.set_ylabel("cosine of the answer\nwith $b - a + c$")
        right.set_ylabel("the same over that\nof its best rival")
        for axes in (left, right):
            axes.set_xscale("log")
            axes.set_xlabel("eigen-features $d$")
            label_decades(axes.xaxis, *axes.get_xlim())
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _projections(results: xr.Dataset) -> Figure:
    names = results["relation"].values[:_PROJECTIONS].tolist()
    t = {short(name): results["t"].sel(relation=name).values for name in names}
    return plot_task_projections(t, results["ends"].values.tolist())
