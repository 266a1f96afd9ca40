"""What k changes, in numbers."""

import pandas as pd
import xarray as xr

from experiments._tables import as_columns


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each k: entries, spectrum, steps (medians over seeds and modes), vectors."""
    errors = abs(results["predicted"] / results["measured"] - 1)
    scaled = results["negatives"] * results["eigenvalue"]
    first, last = results["measured"].median("seed").isel(mode=[0, -1]).values.T
    columns = {
        "k": results["negatives"],
        "positive %": 100 * results["positive"],
        "spread": results["spread"],
        "eigenvalue 1": results["eigenvalue"].isel(rank=0),
        "lowest": results["lowest"],
        "positive eigenvalues": results["positive_modes"],
        "of many negatives": (scaled / results["many"]).median("rank"),
        "first step": first,
        "last step": last,
    }
    for rule in results["rule"].values:
        one = errors.sel(rule=rule)
        columns[f"{rule}: median %"] = 100 * one.median(("seed", "mode"))
        columns[f"{rule}: largest %"] = 100 * one.max(("seed", "mode"))
    for size in results["size"].values:
        columns[f"overlap {size}"] = results["overlap"].sel(size=size)
    for name in results["benchmark"].values:
        for dim in results["vector_dim"].values:
            columns[f"{name} {dim}"] = results["score"].sel(benchmark=name, vector_dim=dim)
    rows = pd.DataFrame({name: xr.DataArray(one).values for name, one in columns.items()})
    return rows.astype({"positive eigenvalues": int})


def report(results: xr.Dataset) -> str:
    """The table, one column a k."""
    return as_columns(table(results), "k")
