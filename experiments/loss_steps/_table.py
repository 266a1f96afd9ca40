"""When and how far the loss falls, in numbers."""

import pandas as pd
import xarray as xr

from experiments._tables import as_text

CLOSE = {"time": 2.0, "height": 5.0}  # in percent: a step of the loss that agrees with theory


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each step of the loss; errors in percent of what was predicted."""
    columns = {
        "modes": [_span(*ends) for ends in zip(results["first"], results["last"], strict=True)],
        "predicted time": results["predicted_time"].values,
        "predicted height": results["predicted_height"].values,
        "of the staircase": results["stairs"].values,
    }
    for run in results["run"].values:
        for name in CLOSE:
            columns[f"{run}: {name} %"] = errors(results, name).sel(run=run).values
    return pd.DataFrame(columns)


def errors(results: xr.Dataset, name: str) -> xr.DataArray:
    """Of "time" or "height" (run, jump), in percent, signed."""
    return 100 * (results[f"jump_{name}"] / results[f"predicted_{name}"] - 1)


def mode_table(results: xr.Dataset) -> pd.DataFrame:
    """One row a mode: when s_k² reaches λ/2, and where it ends; errors in percent."""
    columns = {
        "mode": results["mode"].values,
        "eigenvalue": results["eigenvalue"].values,
        "predicted": results["predicted"].values,
    }
    for run in results["run"].values:
        one = results.sel(run=run)
        columns[f"{run}: step"] = one["measured"].values
        columns[f"{run}: step off %"] = 100 * (one["measured"] / one["predicted"] - 1).values
        columns[f"{run}: end off λ %"] = 100 * (one["end"] / one["eigenvalue"] - 1).values
    return pd.DataFrame(columns)


def report(results: xr.Dataset) -> str:
    """The steps of the loss, then how many agree, and the modes."""
    lines = [as_text(table(results))]
    for run in results["run"].values:
        time, height = (abs(errors(results, name).sel(run=run)) for name in CLOSE)
        both = int(((time <= CLOSE["time"]) & (height <= CLOSE["height"])).sum())
        one = results.sel(run=run)
        moved = 100 * abs(one["measured"] / one["predicted"] - 1)
        grown = 100 * (one["end"] / one["eigenvalue"] - 1)
        lines.append(
            f"{run}: {both} of {time.size} steps of the loss within {CLOSE['time']:g} % of their "
            f"time and {CLOSE['height']:g} % of their height; median {float(time.median()):.3g} "
            f"and {float(height.median()):.3g} %. {int(moved.count())} of {moved.size} modes have "
            f"a step, median error {float(moved.median()):.3g} %; they end "
            f"{float(grown.min()):+.3g} to {float(grown.max()):+.3g} % off λ, median "
            f"{float(grown.median()):+.3g} %; {int(one['gradients'])} gradients."
        )
    return "\n".join(lines)


def _span(first: xr.DataArray, last: xr.DataArray) -> str:
    return str(int(first)) if int(first) == int(last) else f"{int(first)}–{int(last)}"
