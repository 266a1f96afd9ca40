"""The index by scale, and where it crosses one."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._stepwise import crossing


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
