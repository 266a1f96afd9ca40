"""NetCDF files: arrays packed, written whole or not at all, and damage told in one line."""

from typing import TYPE_CHECKING, Any, Final

from gradflow._errors import DataError
from gradflow._files import StrPath, atomic_write, shown

if TYPE_CHECKING:
    import xarray as xr

# Trajectories hardly pack, whatever the level.
_PACKING = {"zlib": True, "complevel": 1, "shuffle": True}
_ENGINE: Final = "h5netcdf"

# What xarray, h5netcdf and HDF5 raise of files that are truncated, damaged or of another kind.
_DAMAGE = (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError)


def write_netcdf(data: "xr.Dataset | xr.DataTree", path: StrPath, *, argument: str = "out") -> None:
    """Write a dataset, or a tree of them, as one netCDF file that appears whole or not at all.

    Args:
        data: Labelled arrays. Arrays of numbers are packed.
        path: The file, replaced where it exists; its folder must exist.
        argument: Name of the caller's argument that held `path`, for error messages.

    Raises:
        DataError: The folder is missing or cannot be written, the disk is full, or a variable is of
            a kind that netCDF does not hold.
    """
    content = _content(data, argument)
    with atomic_write(path, argument=argument) as temporary:
        temporary.write_bytes(content)


def _content(data: "xr.Dataset | xr.DataTree", argument: str) -> bytes | memoryview:
    """Return the file's bytes, made in memory: on a full disk HDF5 itself crashes the process."""
    import xarray as xr

    datasets = [data] if isinstance(data, xr.Dataset) else [node.dataset for node in data.subtree]
    for dataset in datasets:
        for name, variable in dataset.variables.items():
            if variable.dtype.kind == "c":
                wanted = f"real numbers in {name!r}, as netCDF has no others"
                raise DataError(argument, wanted, f"dtype {variable.dtype}")
    if isinstance(data, xr.Dataset):
        return data.to_netcdf(engine=_ENGINE, encoding=packing(data))
    encoding = {node.path: packing(node.dataset) for node in data.subtree}
    return data.to_netcdf(engine=_ENGINE, encoding=encoding)


def packing(data: "xr.Dataset") -> dict[Any, dict[str, Any]]:
    """Return what `to_netcdf` takes as encoding.

    HDF5 packs arrays of numbers, not scalars and not texts of any length.
    """
    return {
        name: _PACKING
        for name, array in data.data_vars.items()
        if array.ndim > 0 and array.dtype.kind in "bfiu"
    }


def read_netcdf(path: StrPath, *, argument: str = "path") -> "xr.Dataset":
    """Read a dataset into memory and close its file.

    Args:
        path: The file.
        argument: Name of the caller's argument that held `path`, for error messages.

    Raises:
        DataError: There is no such file, or it is damaged or of another kind.
    """
    import xarray as xr

    return _read(xr.open_dataset, path, argument)


def read_netcdf_tree(path: StrPath, *, argument: str = "path") -> "xr.DataTree":
    """Read a tree of datasets into memory and close its file.

    The arguments and the errors are those of `read_netcdf`.
    """
    import xarray as xr

    return _read(xr.open_datatree, path, argument)


def _read(opener: Any, path: StrPath, argument: str) -> Any:
    try:
        with open(path, "rb"):  # a missing file has an error of its own, whatever the engine says
            pass
        with opener(path, engine=_ENGINE) as opened:
            return opened.load()
    except FileNotFoundError as error:
        raise DataError(argument, "a netCDF file", f"no file {shown(path)}") from error
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(
            argument, "an undamaged netCDF file of gradflow", f"{shown(path)}: {reason}"
        ) from error
