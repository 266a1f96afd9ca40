"""The index by scale, and where it crosses one."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._stepwise import crossing
from experiments._tables import as_text


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
                "predicted": float(one["crossing"]),
                "measured": float(crossing(scales, one["measured"].median("seed").values)),
                "least seed": float(np.min(by_seed)),
                "largest seed": float(np.max(by_seed)),
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
                    "predicted": float(one["predicted"]),
                    "measured": float(seeds.median()),
                    "least": float(seeds.min()),
                    "largest": float(seeds.max()),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Both tables."""
    return "\n\n".join(as_text(one(results)) for one in (table, crossings))
