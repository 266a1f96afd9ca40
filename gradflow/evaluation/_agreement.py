"""Predicted against trained, in one table."""

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from gradflow._errors import ArgumentError

_NEEDED = ("accuracy", "spearman", "t", "first_step")


def downstream_agreement(data: xr.Dataset) -> pd.DataFrame:
    """How far predicted scores are from trained ones, by score and d.

    Times before the first predicted step are left out: until then W(t) is W₀, whose directions
    beyond the first d eigenvectors no prediction has.

    Args:
        data: From `downstream_curves`.

    Returns:
        Columns score ("accuracy", or a benchmark, whose score is Spearman's), dim, mean, largest
        (|predicted − trained| over times and seeds), bias (mean of predicted − trained), last
        (mean over seeds of the absolute difference at the last time), trained (mean over seeds at
        the last time, the scale of the others). nan where a score is not known.

    Raises:
        ArgumentError: Not such a dataset.
    """
    missing = [name for name in _NEEDED if not isinstance(data, xr.Dataset) or name not in data]
    if missing:
        raise ArgumentError(
            "data", "the dataset of downstream_curves", f"one without {missing[0]!r}"
        )
    curves = {"accuracy": data["accuracy"]}
    for benchmark in data["benchmark"].values:
        curves[str(benchmark)] = data["spearman"].sel(benchmark=benchmark)
    rows = []
    for score, curve in curves.items():
        signed = curve.sel(source="predicted") - curve.sel(source="trained")
        late = signed.where(data["t"] >= data["first_step"])
        for dim in data["dim"].values:
            known = _known(late.sel(dim=dim))
            end = signed.sel(dim=dim).isel(time=-1)
            trained = curve.sel(source="trained", dim=dim).isel(time=-1)
            size = np.abs(known)
            numbers = (size.mean(), size.max(), known.mean(), float(abs(end).mean()))
            rows.append((score, int(dim), *map(float, numbers), float(trained.mean())))
    columns = ["score", "dim", "mean", "largest", "bias", "last", "trained"]
    return pd.DataFrame(rows, columns=columns)


def _known(values: xr.DataArray) -> Float[np.ndarray, " n"]:
    """The finite ones, or one nan."""
    flat = values.values.ravel()
    finite = flat[np.isfinite(flat)]
    return finite if finite.size else np.array([np.nan])
