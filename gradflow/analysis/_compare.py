"""Measured against predicted, in tables."""

import numpy as np
import pandas as pd
import xarray as xr

from gradflow._errors import ArgumentError

_PREFIX = "predicted_"


def steps_table(data: xr.Dataset) -> pd.DataFrame:
    """One row for each scale, seed and mode.

    Args:
        data: Dataset with `measured` and one `predicted_<rule>` or more, each (scale, seed, mode),
            and `eigenvalue` (mode).

    Returns:
        Columns scale, seed, mode, eigenvalue, measured, predicted_<rule>...; times in the unit of
        one over an eigenvalue.

    Raises:
        ArgumentError: One of them is missing.
    """
    rules = [str(name) for name in data.data_vars if str(name).startswith(_PREFIX)]
    for needed in ("measured", "eigenvalue", *([] if rules else [_PREFIX + "qr"])):
        if needed not in data:
            raise ArgumentError("data", f"a dataset with {needed!r}", f"{list(data.data_vars)}")
    steps = data[["measured", *rules]]
    table = steps.to_dataframe(dim_order=["scale", "seed", "mode"]).reset_index()
    rows = np.searchsorted(data["mode"].values, table["mode"])
    table.insert(3, "eigenvalue", data["eigenvalue"].values[rows])
    return table


def relative_errors(data: xr.Dataset) -> xr.Dataset:
    """|predicted/measured − 1| of every rule.

    Args:
        data: As for `steps_table`.

    Returns:
        Dataset with one variable a rule (scale, seed, mode); nan where a step was not measured or
        not predicted.
    """
    return xr.Dataset(
        {
            str(name).removeprefix(_PREFIX): abs(data[name] / data["measured"] - 1)
            for name in data.data_vars
            if str(name).startswith(_PREFIX)
        }
    )


def error_summary(data: xr.Dataset) -> pd.DataFrame:
    """Relative errors of the step times by scale and rule, over modes and seeds.

    Args:
        data: As for `steps_table`.

    Returns:
        Columns scale, rule, median, q10, q90, largest (relative errors over modes and seeds),
        seed_spread (half the distance between the 10 % and 90 % quantiles over seeds of the
        measured time, relative to its median, median over modes), measured (how many steps).
    """
    errors = relative_errors(data)
    spread = _seed_spread(data["measured"])
    rows = []
    for scale in data["scale"].values:
        for rule, error in errors.sel(scale=scale).items():
            values = error.values[np.isfinite(error.values)]
            quantiles = np.quantile(values, [0.5, 0.1, 0.9, 1.0]) if values.size else [np.nan] * 4
            rows.append((scale, rule, *quantiles, float(spread.sel(scale=scale)), values.size))
    names = ["scale", "rule", "median", "q10", "q90", "largest", "seed_spread", "measured"]
    return pd.DataFrame(rows, columns=names)


def _seed_spread(measured: xr.DataArray) -> xr.DataArray:
    """Spread over seeds relative to their median, median over the modes that every seed learned."""
    learned = measured.where(measured.notnull().all("seed"), 1.0)
    spread = (learned.quantile(0.9, "seed") - learned.quantile(0.1, "seed")) / 2
    relative = (spread / learned.median("seed")).where(measured.notnull().all("seed"))
    return relative.reduce(_median_of_known, "mode")


def _median_of_known(values: np.ndarray, axis: int) -> np.ndarray:
    rows = np.moveaxis(values, axis, -1)
    known = [row[np.isfinite(row)] for row in rows]
    return np.array([np.median(row) if row.size else np.nan for row in known])
