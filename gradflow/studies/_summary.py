"""The short account of a run, as JSON."""

import dataclasses
import datetime
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path
from gradflow.analysis._compare import relative_error
from gradflow.io._environment import environment
from gradflow.methods import Status
from gradflow.studies._study import Study

FORMAT = "gradflow study"
SUMMARY = "summary.json"


def summarise(
    study: Study,
    source: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return what a run was, where it ran and how good the predictions were.

    Args:
        study: The run.
        source: The counts it was made from, as `describe_source` puts it.
        seconds: Wall-clock seconds of phases before and after the study.

    Returns:
        JSON values, but for numbers that are not finite; `json_text` makes null of them.
    """
    data = study.sweep.sel(mode=slice(1, study.settings.modes))
    scales = data["scale"].values.tolist()
    status = study.sweep["status"].values
    return {
        "format": FORMAT,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "settings": dataclasses.asdict(study.settings),
        "source": dict(source or {}),
        **environment(),
        "dtype": str(study.sweep["measured"].dtype),
        "shown_scale": study.settings.shown_scale,
        "median_relative_error": {
            "overall": _medians(data),
            "by_scale": [{"scale": scale, **_medians(data.sel(scale=scale))} for scale in scales],
        },
        "steps": {
            "measured": int(data["measured"].notnull().sum()),
            "looked_for": data["measured"].size,
        },
        "lanes": {"total": int(status.size), "failed": _failures(status)},
        "sgns": None if study.sgns is None else _sgns(study.sgns),
        "validity": None if study.validity is None else study.validity.as_dict(),
        "seconds": {**study.seconds, **(seconds or {})},
    }


def read_summary(folder: StrPath) -> dict[str, Any]:
    """Return the summary of a run that was saved.

    Raises:
        DataError: There is none, or it is not one of gradflow's.
    """
    path = pathlib.Path(folder, SUMMARY)
    wanted = "a folder that gradflow wrote a run to"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("folder", wanted, f"{shown_path(folder)}, which has no {SUMMARY}") from None
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError("folder", wanted, f"{shown_path(path)}: {reason}") from error
    if not isinstance(summary, dict) or summary.get("format") != FORMAT:
        raise DataError("folder", wanted, f"{shown_path(path)}, a file of another kind")
    return summary


def _medians(data: xr.Dataset) -> dict[str, float]:
    """Median of |predicted/measured − 1| by rule, over the steps measured; nan where none was."""
    errors = relative_error(data["measured"], data["predicted"])
    medians = {}
    for rule in data["rule"].values.tolist():
        values = errors.sel(rule=rule).values
        values = values[np.isfinite(values)]
        medians[rule] = float(np.median(values)) if values.size else float("nan")
    return medians


def _failures(status: np.ndarray) -> dict[str, int]:
    """How many lanes ended in each way but the good one."""
    values, counts = np.unique(status[status != Status.ok], return_counts=True)
    return {
        Status(value).name: count
        for value, count in zip(values.tolist(), counts.tolist(), strict=True)
    }


def _sgns(data: xr.Dataset) -> dict[str, Any]:
    return {
        **{name: data.attrs.get(name) for name in ("words", "weighting", "scale", "seed")},
        "dim": data.sizes["mode"],
        "measured": int(data["measured"].notnull().sum()),
        "median_relative_error": _medians(data),
        "status": Status(int(data["status"])).name,
        "evaluations": int(data["evaluations"]),
    }
