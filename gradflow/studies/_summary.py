"""The short account of a run, as JSON."""

import dataclasses
import datetime
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from gradflow._errors import DataError
from gradflow._files import StrPath, shown
from gradflow.io._environment import environment
from gradflow.methods import Status
from gradflow.studies._study import Study

FORMAT = "gradflow study"
SUMMARY = "summary.json"

_PREFIX = "predicted_"


def summarise(
    study: Study,
    source: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """What a run was, where it ran and how good the predictions were.

    Args:
        study: The run.
        source: The counts it was made from, as `describe_source` puts it.
        seconds: Wall-clock seconds of phases before and after the study.

    Returns:
        JSON values, but for numbers that are not finite; `json_text` makes null of them.
    """
    steps = study.steps
    status = study.sweep["status"].values
    return {
        "format": FORMAT,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "settings": dataclasses.asdict(study.settings),
        "source": dict(source or {}),
        **environment(),
        "dtype": str(study.sweep["singular_values"].dtype),
        "median_relative_error": {
            "overall": _medians(steps),
            "by_scale": [
                {"scale": scale, **_medians(rows)}
                for scale, rows in steps.groupby("scale", sort=False)
            ],
        },
        "steps": {"measured": int(steps["measured"].notna().sum()), "looked_for": len(steps)},
        "lanes": {"total": int(status.size), "failed": _failures(status)},
        "sgns": None if study.sgns is None else _sgns(study.sgns),
        "validity": None if study.validity is None else study.validity.as_dict(),
        "seconds": {**study.seconds, **(seconds or {})},
    }


def read_summary(folder: StrPath) -> dict[str, Any]:
    """The summary of a run that was saved.

    Raises:
        DataError: There is none, or it is not one of gradflow's.
    """
    path = pathlib.Path(folder, SUMMARY)
    wanted = "a folder that gradflow wrote a run to"
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("folder", wanted, f"{shown(folder)}, which has no {SUMMARY}") from None
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError("folder", wanted, f"{shown(path)}: {reason}") from error
    if not isinstance(summary, dict) or summary.get("format") != FORMAT:
        raise DataError("folder", wanted, f"{shown(path)}, a file of another kind")
    return summary


def _medians(steps: pd.DataFrame) -> dict[str, float]:
    """Median of |predicted/measured − 1| by rule, over the steps that were measured."""
    rules = [name for name in steps.columns if name.startswith(_PREFIX)]
    return {
        rule.removeprefix(_PREFIX): float((steps[rule] / steps["measured"] - 1).abs().median())
        for rule in rules
    }


def _failures(status: np.ndarray) -> dict[str, int]:
    """How many lanes ended in each way but the good one."""
    found = np.unique(status[status != Status.ok], return_counts=True)
    return {
        Status(value).name: count
        for value, count in zip(*(part.tolist() for part in found), strict=True)
    }


def _sgns(data: xr.Dataset) -> dict[str, Any]:
    steps = data[[str(name) for name in data if name == "measured" or str(name)[:10] == _PREFIX]]
    table = steps.to_dataframe()
    return {
        **{name: data.attrs.get(name) for name in ("words", "weighting", "scale", "seed")},
        "dim": data.sizes["mode"],
        "measured": int(table["measured"].notna().sum()),
        "median_relative_error": _medians(table),
        "status": Status(int(data["status"])).name,
        "evaluations": int(data["evaluations"]),
    }
