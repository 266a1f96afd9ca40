"""A study as files that other programs read."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pandas as pd
import xarray as xr

from gradflow._files import StrPath, atomic_write
from gradflow.io._encoding import packing
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
    "xarray.open_datatree('results.nc', engine='h5netcdf'), or gradflow.io.load_study_data; groups "
    "sweep (scale, seed, time, mode), spectrum (word, mode), embeddings (slice, word, axis), sgns "
    "(time, mode; absent where it was not asked for). Times are in the unit of dW/dt = -dL/dW."
)


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
    appears whole or not at all, give one that `gradflow._files.atomic_directory` yields.

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
        path.write_bytes(_results(study, summary, eigenvectors))
    with atomic_write(folder / STEPS) as path:
        _seven_columns(study.steps).to_csv(path, index=False)
    with atomic_write(folder / SUMMARY) as path:
        path.write_text(json_text(summary), encoding="utf-8")
    return summary


def _seven_columns(steps: pd.DataFrame) -> pd.DataFrame:
    """Floats are written with all their digits, nan as an empty field."""
    return steps[_COLUMNS]


def _results(study: Study, summary: Mapping[str, Any], eigenvectors: bool) -> bytes | memoryview:
    """The netCDF file, made in memory: on a full disk HDF5 itself crashes the process."""
    groups = {"sweep": study.sweep, "spectrum": _spectrum(study), "embeddings": study.embeddings}
    if not eigenvectors:
        groups["spectrum"] = groups["spectrum"].drop_vars(["eigenvector", "word"])
    if study.sgns is not None:
        groups["sgns"] = study.sgns
    root = xr.Dataset(
        attrs={
            "title": "When word embeddings learn each mode, measured and predicted",
            "gradflow_version": summary["versions"]["gradflow"],
            "settings": json.dumps(summary["settings"]),
            "validity": json.dumps(summary["validity"]),
            "dtype": summary["dtype"],
            "created": summary["created"],
            "how_to_read": _HOW_TO_READ,
        }
    )
    tree = xr.DataTree.from_dict({"/": root, **{f"/{name}": data for name, data in groups.items()}})
    encoding = {f"/{name}": packing(data) for name, data in groups.items()}
    return tree.to_netcdf(engine="h5netcdf", encoding=encoding)


def _spectrum(study: Study) -> xr.Dataset:
    spec = study.spectrum
    data = xr.Dataset(
        {
            "eigenvalue": ("mode", spec.eigenvalues),
            "eigenvector": (("word", "mode"), spec.eigenvectors),
            "squared_norm": spec.squared_norm,
        },
        {"mode": range(1, spec.eigenvalues.size + 1), "word": study.embeddings["word"].values},
        {"target": spec.name},
    )
    data["squared_norm"].attrs["long_name"] = "sum of the squares of all entries of the target"
    return data
