"""Saved arrays, read back."""

import json
import pathlib

import xarray as xr

from gradflow._errors import DataError
from gradflow._files import StrPath, shown
from gradflow.studies._save import RESULTS


def load_study_data(folder: StrPath) -> xr.DataTree:
    """The labelled arrays that `save_study` wrote, held in memory.

    Args:
        folder: Folder of the run.

    Returns:
        Tree with the groups "sweep", "spectrum", "embeddings" and, where it was asked for, "sgns".
        `tree.attrs["settings"]` is a dictionary, and so is `tree.attrs["validity"]`, or None.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    path = pathlib.Path(folder, RESULTS)
    if not path.is_file():
        wanted = "a folder that gradflow wrote a run to"
        raise DataError("folder", wanted, f"{shown(folder)}, which has no {RESULTS}")
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            loaded = tree.load()
        loaded.attrs["settings"] = json.loads(loaded.attrs["settings"])
        loaded.attrs["validity"] = json.loads(loaded.attrs.get("validity", "null"))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError("folder", "an undamaged run", f"{shown(path)}: {reason}") from error
    return loaded
