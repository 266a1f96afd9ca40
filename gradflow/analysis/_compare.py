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
    predicted = _checked_predictions(data, "measured", "eigenvalue")
    steps = data[["measured", *predicted]]
    table = steps.to_dataframe(dim_order=["scale", "seed", "mode"]).reset_index()
    rows = np.searchsorted(data["mode"].values, table["mode"])
    table.insert(3, "eigenvalue", data["eigenvalue"].values[rows])
    return table


def relative_errors(data: xr.Dataset) -> xr.Dataset:
    """|predicted/measured − 1| of every rule.

    Args:
        data: As for `steps_table`; `eigenvalue` is not needed.

    Returns:
        Dataset with one variable a rule (scale, seed, mode); nan where a step was not measured or
        not predicted.

    Raises:
        ArgumentError: One of them is missing.
    """
    return xr.Dataset(
        {
            name.removeprefix(_PREFIX): abs(data[name] / data["measured"] - 1)
            for name in _checked_predictions(data, "measured")
        }
    )


def error_summary(data: xr.Dataset) -> pd.DataFrame:
    """Relative errors of the step times by scale and rule, over modes and seeds.

    Errors have no sign: a rule that is always early and one that scatters look alike here.

    Args:
        data: As for `steps_table`; `eigenvalue` is not needed.

    Returns:
        Columns scale, rule, median, q10, q90, largest (relative errors |predicted/measured − 1|
        over modes and seeds), seed_spread (half the distance between the 10 % and 90 % quantiles
        over seeds of the measured time, relative to its median, median over modes; nan for one
        seed, and too small for few, whose quantiles lie inside those of many), measured (how many
        steps were both measured and predicted by that rule).

    Raises:
        ArgumentError: One of them is missing.
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


def _checked_predictions(data: xr.Dataset, *needed: str) -> list[str]:
    """Names of the predicted variables, at least one, once it is sure that all needed are there."""
    if not isinstance(data, xr.Dataset):
        raise ArgumentError("data", "a dataset", type(data).__name__)
    predicted = [str(name) for name in data.data_vars if str(name).startswith(_PREFIX)]
    for name in (*needed, *([] if predicted else [_PREFIX + "qr"])):
        if name not in data:
            raise ArgumentError("data", f"a dataset with {name!r}", f"{list(data.data_vars)}")
    return predicted


def _seed_spread(measured: xr.DataArray) -> xr.DataArray:
    """Spread over seeds relative to their median, median over the modes that every seed learned."""
    if measured.sizes["seed"] < 2:
        return xr.full_like(measured.isel(seed=0, mode=0), np.nan)
    learned = measured.where(measured.notnull().all("seed"), 1.0)
    spread = (learned.quantile(0.9, "seed") - learned.quantile(0.1, "seed")) / 2
    relative = (spread / learned.median("seed")).where(measured.notnull().all("seed"))
    return relative.reduce(_median_of_known, "mode")


def _median_of_known(values: np.ndarray, axis: int) -> np.ndarray:
    rows = np.moveaxis(values, axis, -1)
    known = [row[np.isfinite(row)] for row in rows]
    return np.array([np.median(row) if row.size else np.nan for row in known])
