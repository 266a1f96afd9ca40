"""A grid of runs as one file."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import xarray as xr

from gradflow._files import StrPath, atomic_write
from gradflow._netcdf import packing
from gradflow.io._environment import environment
from gradflow.studies._grid_settings import GridSettings


def save_grid(
    data: xr.Dataset, path: StrPath, settings: GridSettings, source: Mapping[str, Any]
) -> None:
    """Write one netCDF file, whole or not at all; `xarray.open_dataset` reads it.

    Args:
        data: What `sweep_grid` returned.
        path: The file; it is replaced.
        settings: What was asked for, kept in its attributes.
        source: The counts it was made from, as `describe_source` puts it.

    Raises:
        DataError: The folder is missing or cannot be written, or the disk is full.
    """
    attributes = {
        "title": "Gradient flows of word embeddings over a grid of problems and starts",
        "settings": json.dumps(dataclasses.asdict(settings)),
        "source": json.dumps(source),
        "environment": json.dumps(environment()),
    }
    described = data.assign_attrs(attributes)
    content = described.to_netcdf(engine="h5netcdf", encoding=packing(described))
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
