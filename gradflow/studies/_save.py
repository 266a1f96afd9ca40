"""A study as files that other programs read."""

import io
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import xarray as xr

from gradflow._files import StrPath, atomic_write
from gradflow._netcdf import packing
from gradflow.io._json import json_text
from gradflow.studies._study import Study
from gradflow.studies._summary import SUMMARY, summarise

RESULTS = "results.nc"
STEPS = "steps.csv"

_COLUMNS = [
    *("scale", "seed", "mode", "eigenvalue", "measured"),
    *("predicted_paper", "predicted_qr", "predicted_clusters"),
]
_HOW_TO_READ = (
    "gradflow.load_study(folder) makes the study of it again. xarray.open_datatree('results.nc') "
    "opens all, xarray.open_dataset('results.nc') the sweep (scale, seed, time, mode, rule) and "
    "xarray.open_dataset('results.nc', group=...) one of the groups spectrum (word, mode), shown "
    "(time, mode: the lane of the figures), embeddings (slice, word, axis) and sgns (sgns_time, "
    "sgns_mode, sgns_rule; absent where it was not asked for). Times are in the unit of "
    "dW/dt = -dL/dW."
)
# The SGNS flow has other times and fewer modes than the sweep. In one file a dimension has one
# size, from a group down to all within it, or `xarray.open_datatree` refuses the file.
SGNS_DIMENSIONS = {name: f"sgns_{name}" for name in ("time", "mode", "rule")}


def save_study(
    study: Study,
    folder: StrPath,
    source: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
    *,
    eigenvectors: bool = True,
) -> dict[str, Any]:
    """Write `results.nc`, `steps.csv` and, last of all, `summary.json`.

    Each file appears whole or not at all; files of these names are replaced. For a folder that
    appears whole or not at all, call `Study.save`.

    Args:
        study: What to save.
        folder: An existing folder.
        source: The counts it was made from, as `describe_source` puts it.
        seconds: Wall-clock seconds of phases before and after the study, for the summary.
        eigenvectors: Keep them in `results.nc`: 8 bytes a word and mode, which hardly pack and
            follow from the counts.

    Returns:
        The summary.

    Raises:
        DataError: The folder is missing or cannot be written, or the disk is full.
    """
    summary = summarise(study, source, seconds)
    folder = pathlib.Path(folder)
    with atomic_write(folder / RESULTS) as path:
        path.write_bytes(_netcdf(_groups(study, summary, eigenvectors)))
    with atomic_write(folder / STEPS) as path:
        # Floats are written with all their digits, nan as an empty field.
        study.steps[_COLUMNS].to_csv(path, index=False)
    with atomic_write(folder / SUMMARY) as path:
        path.write_text(json_text(summary), encoding="utf-8")
    return summary


def _groups(
    study: Study, summary: Mapping[str, Any], eigenvectors: bool
) -> dict[str | None, xr.Dataset]:
    """The datasets of the file by group, the main one at its root."""
    attributes = {
        "title": "When word embeddings learn each mode, measured and predicted",
        "gradflow_version": summary["versions"]["gradflow"],
        "settings": json.dumps(summary["settings"]),
        "validity": json.dumps(summary["validity"]),
        "dtype": summary["dtype"],
        "created": summary["created"],
        "how_to_read": _HOW_TO_READ,
    }
    groups: dict[str | None, xr.Dataset] = {
        None: study.sweep.assign_attrs(attributes),
        "spectrum": _spectrum(study, eigenvectors),
        "embeddings": study.embeddings,
    }
    if study.shown is not None:
        groups["shown"] = study.shown
    if study.sgns is not None:
        groups["sgns"] = study.sgns.rename(SGNS_DIMENSIONS)
    return groups


def _netcdf(groups: Mapping[str | None, xr.Dataset]) -> bytes:
    """The file, made in memory: on a full disk HDF5 itself crashes the process."""
    content = io.BytesIO()
    for index, (group, data) in enumerate(groups.items()):
        data.to_netcdf(
            content,
            mode="a" if index else "w",
            group=group,
            engine="h5netcdf",
            encoding=packing(data),
        )
    return content.getvalue()


def _spectrum(study: Study, eigenvectors: bool) -> xr.Dataset:
    """Eigenvalues, and eigenvectors where they are kept."""
    spec = study.spectrum
    data = xr.Dataset(
        {
            "eigenvalue": ("mode", spec.eigenvalues),
            "squared_norm": spec.squared_norm,
        },
        {"mode": range(1, spec.eigenvalues.size + 1)},
        {"target": spec.name},
    )
    data["squared_norm"].attrs["long_name"] = "sum of the squares of all entries of the target"
    if not eigenvectors:
        return data
    return data.assign(eigenvector=(("word", "mode"), spec.eigenvectors)).assign_coords(
        word=study.embeddings["word"].values
    )
