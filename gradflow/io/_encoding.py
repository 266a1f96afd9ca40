"""How arrays are packed in a netCDF file."""

from typing import Any

import xarray as xr

# Trajectories hardly pack, whatever the level.
_PACKING = {"zlib": True, "complevel": 1, "shuffle": True}


def packing(data: xr.Dataset) -> dict[Any, dict[str, Any]]:
    """What `to_netcdf` takes as encoding.

    HDF5 packs arrays of numbers, not scalars and not texts of any length.
    """
    return {
        name: _PACKING
        for name, array in data.data_vars.items()
        if array.ndim > 0 and array.dtype.kind in "bfiu"
    }
