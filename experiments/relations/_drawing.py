"""Spectra over noise, curves against d, projections on eigen-features."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from gradflow.plotting import (
    TaskSpectrum,
    plot_relation_curves,
    plot_task_projections,
    plot_task_spectra,
)

_PROJECTIONS = 3  # relations


def draw(results: xr.Dataset) -> dict[str, Figure]:
    """Three figures."""
    return {
        "spectra": _spectra(results),
        "curves": _curves(results),
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


def _projections(results: xr.Dataset) -> Figure:
    names = results["relation"].values[:_PROJECTIONS].tolist()
    t = {short(name): results["t"].sel(relation=name).values for name in names}
    return plot_task_projections(t, results["ends"].values.tolist())
