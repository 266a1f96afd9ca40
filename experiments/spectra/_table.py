"""Exponents by corpus, window and target."""

import pandas as pd
import xarray as xr

from experiments._tables import as_text


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each case and target."""
    rows = []
    for case in range(results.sizes["case"]):
        for target in results["target"].values:
            one = results.isel(case=case).sel(target=target)
            rows.append(
                {
                    "tokens": int(one["tokens"]),
                    "made": str(one["made"].values),
                    "window": int(one["window"]),
                    "pairs seen %": float(100 * one["seen"]),
                    "target": target,
                    "largest": float(one["eigenvalue"][0]),
                    "lowest": float(one["lowest"]),
                    "positive %": float(100 * one["positive"]),
                    "exponent": float(one["exponent"]),
                    "misfit": float(one["misfit"]),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The table."""
    return as_text(table(results))
