"""Exponents by corpus, window and target."""

import pandas as pd
import xarray as xr


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
                    "pairs seen %": _short(100 * one["seen"]),
                    "target": target,
                    "largest": _short(one["eigenvalue"][0]),
                    "lowest": _short(one["lowest"]),
                    "positive %": _short(100 * one["positive"]),
                    "exponent": _short(one["exponent"]),
                    "misfit": _short(one["misfit"]),
                }
            )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The table."""
    return table(results).to_string(index=False)


def _short(value: xr.DataArray) -> float:
    return float(f"{float(value):.4g}")
