"""The index by scale, and where it crosses one."""

import numpy as np
import pandas as pd
import xarray as xr


def crossing(scales: np.ndarray, index: np.ndarray) -> float:
    """The largest scale below which the index is above one, straight in ln σ; nan where none is.

    Args:
        scales: σ, falling.
        index: Of each.
    """
    below = np.flatnonzero(~(index > 1))
    if below.size == 0 or below[-1] == len(scales) - 1:
        return float("nan")
    ends = slice(below[-1], below[-1] + 2)
    logs, heights = np.log(scales[ends]), index[ends]
    return float(np.exp(np.interp(1.0, heights, logs)))


def crossings(results: xr.Dataset) -> pd.DataFrame:
    """One row a corpus: where learning stops being stepwise, predicted and measured."""
    scales = results["scale"].values
    rows = []
    for index in range(results.sizes["corpus"]):
        one = results.isel(corpus=index)
        by_seed = [crossing(scales, lane) for lane in one["measured"].values.T]
        rows.append(
            {
                "documents": int(one["documents"]),
                "tokens": int(one["tokens"]),
                "predicted": _short(one["crossing"]),
                "measured": _short(crossing(scales, one["measured"].median("seed").values)),
                "least seed": _short(np.min(by_seed)),
                "largest seed": _short(np.max(by_seed)),
            }
        )
    return pd.DataFrame(rows)


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each corpus and scale: the index, predicted, and median and range over seeds."""
    rows = []
    for index in range(results.sizes["corpus"]):
        for at in range(results.sizes["scale"]):
            one = results.isel(corpus=index, scale=at)
            seeds = one["measured"]
            rows.append(
                {
                    "documents": int(one["documents"]),
                    "scale": float(one["scale"]),
                    "predicted": _short(one["predicted"]),
                    "measured": _short(seeds.median()),
                    "least": _short(seeds.min()),
                    "largest": _short(seeds.max()),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Both tables."""
    return "\n\n".join(one(results).to_string(index=False) for one in (table, crossings))


def _short(value: xr.DataArray | float) -> float:
    return float(f"{float(value):.4g}")
