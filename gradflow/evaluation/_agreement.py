"""How far predicted scores are from trained ones, in one table."""

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from gradflow._errors import ArgumentError

_VARIABLES = ("accuracy", "spearman", "t", "first_step")


def downstream_agreement(data: xr.Dataset) -> pd.DataFrame:
    """Return how far predicted scores are from trained ones, by score and d.

    Times before the first predicted step are left out: until then W(t) is W₀, whose directions
    beyond the first d eigenvectors no prediction has.

    Args:
        data: The dataset of `downstream_curves`.

    Returns:
        Columns score ("accuracy", or a benchmark, whose score is Spearman's), dim, mean, largest
        (|predicted − trained| over times and seeds), bias (mean of predicted − trained), last
        (mean over seeds of the absolute difference at the last time), trained (mean over seeds at
        the last time, the scale of the others). nan where a score is not known.

    Raises:
        ArgumentError: The argument is not such a dataset.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(20)
        >>> the, of, one, zero = stats.words[:4]
        >>> asked = gf.evaluation.AnalogySet(((the, of, one, zero),), (0,), ("any",))
        >>> pairs = ((the, of), (of, one), (one, zero))
        >>> judged = [gf.evaluation.SimilaritySet(pairs, (1.0, 2.0, 3.0))]
        >>> problem = gf.Quadratic(gf.mstar(stats))
        >>> data = gf.evaluation.downstream_curves(
        ...     problem, [2], num_times=8, analogies=asked, similarities=judged
        ... )
        >>> gf.evaluation.downstream_agreement(data)["score"].tolist()
        ['accuracy', 'similarities']
    """
    missing = [name for name in _VARIABLES if not isinstance(data, xr.Dataset) or name not in data]
    if missing:
        raise ArgumentError(
            "data", "the dataset of downstream_curves", f"one without {missing[0]!r}"
        )
    curves = {"accuracy": data["accuracy"]}
    for benchmark in data["benchmark"].values:
        curves[str(benchmark)] = data["spearman"].sel(benchmark=benchmark)
    rows = []
    for score, curve in curves.items():
        difference = curve.sel(source="predicted") - curve.sel(source="trained")
        after_first_step = difference.where(data["t"] >= data["first_step"])
        for dim in data["dim"].values:
            signed = _finite_values(after_first_step.sel(dim=dim))
            absolute = np.abs(signed)
            last = abs(difference.sel(dim=dim).isel(time=-1)).mean()
            trained = curve.sel(source="trained", dim=dim).isel(time=-1).mean()
            numbers = (absolute.mean(), absolute.max(), signed.mean(), last, trained)
            rows.append((score, int(dim), *map(float, numbers)))
    columns = ["score", "dim", "mean", "largest", "bias", "last", "trained"]
    return pd.DataFrame(rows, columns=columns)


def _finite_values(values: xr.DataArray) -> Float[np.ndarray, " n"]:
    """Return the finite values as one axis, or a single nan where there are none."""
    flat = values.values.ravel()
    finite = flat[np.isfinite(flat)]
    return finite if finite.size else np.array([np.nan])
