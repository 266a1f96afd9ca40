"""Saved studies, read back."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path
from gradflow.studies._save import RESULTS, SGNS_DIMENSIONS
from gradflow.studies._study import Study
from gradflow.studies._study_settings import StudySettings
from gradflow.studies._summary import read_summary
from gradflow.targets import Spectrum
from gradflow.validity import ValidityReport


def load_study(folder: StrPath) -> Study:
    """Return the study that `Study.save`, or `gradflow run`, wrote to a folder.

    Args:
        folder: The folder.

    Returns:
        The study, its arrays held in memory, equal to the one that was saved. Where eigenvectors
        were left out, those of its spectrum have shape (0, d).

    Raises:
        DataError: There is no such folder, or a file in it is damaged.

    Example:
        >>> import tempfile, gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(60)
        >>> settings = gf.StudySettings(scales=(1e-3,), seeds=1, dim=4, num_times=24, sgns_words=0)
        >>> study = gf.study_rank_increments(stats, settings)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     summary = study.save(f"{folder}/run")
        ...     again = gf.load_study(f"{folder}/run")
        >>> again.settings == settings
        True
    """
    summary, groups = read_summary(folder), _read(folder)
    data = groups["/"]
    try:
        settings, validity = (json.loads(data.attrs[name]) for name in ("settings", "validity"))
        return Study(
            settings=StudySettings(**_with_tuples(settings)),
            spectrum=_spectrum(groups["/spectrum"], groups["/embeddings"]),
            sweep=data,
            embeddings=groups["/embeddings"],
            sgns=_sgns(groups.get("/sgns")),
            seconds=summary["seconds"],
            validity=None if validity is None else ValidityReport.from_dict(validity),
            shown=groups.get("/shown"),
        )
    except (KeyError, TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        got = f"{shown_path(pathlib.Path(folder, RESULTS))}: {reason}"
        raise DataError("folder", "an undamaged run of this version", got) from error


def _read(folder: StrPath) -> dict[str, xr.Dataset]:
    """The groups of the file, the root under "/"."""
    path = pathlib.Path(folder, RESULTS)
    if not path.is_file():
        wanted = "a folder that gradflow wrote a run to"
        raise DataError("folder", wanted, f"{shown_path(folder)}, which has no {RESULTS}")
    opened: Mapping[str, xr.Dataset] = {}
    try:
        opened = xr.open_groups(path, engine="h5netcdf")
        return {name: data.load() for name, data in opened.items()}
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError("folder", "an undamaged run", f"{shown_path(path)}: {reason}") from error
    finally:
        for data in opened.values():
            data.close()


def _with_tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where settings have tuples."""
    return {name: _tuple(value) for name, value in values.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def _sgns(data: xr.Dataset | None) -> xr.Dataset | None:
    """Return the SGNS flow with the dimensions that it has in a study."""
    if data is None:
        return None
    return data.rename({stored: name for name, stored in SGNS_DIMENSIONS.items()})


def _spectrum(data: xr.Dataset, embeddings: xr.Dataset) -> Spectrum:
    values = data["eigenvalue"].values
    vectors = data["eigenvector"].values if "eigenvector" in data else np.zeros((0, values.size))
    return Spectrum(
        eigenvalues=values,
        eigenvectors=vectors,
        squared_norm=float(data["squared_norm"]),
        words=tuple(map(str, embeddings["word"].values)),
        name=data.attrs["target"],
    )
