"""How far descent is from the flow, and where it stops following it."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text

_DIVERGED = 10.0


def errors(results: xr.Dataset) -> xr.Dataset:
    """How far minibatches are from the flow, by (batch, rate).

    `temperature` is η/B. `value` is the largest difference of a singular value at any time,
    relative to the largest singular value; `step` (…, learned) those of step times, relative and
    signed; `floor` the last singular value when the flow learns its second mode, relative to the
    first; `kept` whether every mode is more like the flow's mode of that number than any other;
    `alike` the smallest overlap with that one. All are nan, or False, where a run was left out, or
    diverged: met ten times the flow's largest singular value.
    """
    top = results["flow"].max()
    fine = results["trained"].max(("time", "mode"), skipna=False) < _DIVERGED * top
    off = abs(results["trained"] - results["flow"]).max(("time", "mode"))
    second = int(np.searchsorted(results["t"], results["flow_time"][1]))
    then = results["trained"].isel(time=second)
    alike = results["overlap"].fillna(0).argmax("other") + 1
    own = results["overlap"].where(results["learned"] == results["other"]).max("other")
    return xr.Dataset(
        {
            "temperature": results["rate"] / results["batch"],
            "value": (off / top).where(fine),
            "step": (results["trained_time"] / results["flow_time"] - 1).where(fine),
            "floor": then.isel(mode=-1) / then.isel(mode=0).where(fine),
            "kept": (alike == alike["learned"]).all("learned") & fine,
            "alike": own.min("learned", skipna=False).where(fine),
        }
    ).transpose("batch", "rate", ...)


def where_crossed(temperature: np.ndarray, error: np.ndarray, level: float) -> float:
    """The η/B at which an error passes a level, on a straight line of logarithms.

    nan if it never does, or has done so at the smallest.

    Args:
        temperature: (n,), those of several batches may coincide, and are averaged.
        error: (n,), above zero; nan where not known.
        level: Above zero.
    """
    known = np.isfinite(error) & (error > 0)
    logs = pd.Series(np.log(error[known])).groupby(np.round(np.log(temperature[known]), 6)).mean()
    x, y = logs.index.to_numpy(), logs.to_numpy() - np.log(level)
    above = np.flatnonzero(y >= 0)
    if not len(above) or above[0] == 0:
        return float("nan")
    low, high = above[0] - 1, above[0]
    return float(np.exp(x[low] - y[low] * (x[high] - x[low]) / (y[high] - y[low])))


def thresholds(results: xr.Dataset) -> dict[str, float]:
    """The η/B at which values and steps are off by a tenth, and so on, in words."""
    off = errors(results)
    hot = off["temperature"].values.ravel()
    measures = {
        "singular values 10 % off": off["value"],
        "step times 10 % off": abs(off["step"]).max("learned", skipna=False),
        "last singular value a tenth of the first": off["floor"],
    }
    found = {name: where_crossed(hot, one.values.ravel(), 0.1) for name, one in measures.items()}
    own = where_crossed(hot, 1 / off["alike"].values.ravel(), 2)
    return found | {"a direction half lost": own}


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each rate and batch that was run, by rising η/B."""
    off = errors(results)
    rows = []
    for batch in results["batch"].values:
        for rate in results["rate"].values:
            one = off.sel(batch=batch, rate=rate)
            if np.isnan(results["seconds"].sel(batch=batch, rate=rate)):
                continue
            overlap = results["overlap"].sel(batch=batch, rate=rate)
            row = {
                "rate / batch": float(one["temperature"]),
                "batch": int(batch),
                "rate": float(rate),
                "rate x lambda_1": float(rate * results["fastest"]),
                "max error %": float(100 * one["value"]),
                "floor %": float(100 * one["floor"]),
                "same order": bool(one["kept"]),
            }
            for mode in results["learned"].values:
                row[f"t_{mode} off %"] = float(100 * one["step"].sel(learned=mode))
            for mode in results["learned"].values:
                row[f"overlap {mode}"] = float(overlap.sel(learned=mode, other=mode))
            rows.append(row | {"seconds": float(results["seconds"].sel(batch=batch, rate=rate))})
    return pd.DataFrame(rows).sort_values("rate / batch", kind="stable", ignore_index=True)


def descent_table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each run on the full batch, with how late the first and last mode are."""
    ratio = results["descent_step"] / results["flow_step"] - 1
    apart = abs((1 + ratio) / results["late"] - 1).max("compared")
    ends = [int(results["compared"][0]), int(results["compared"][-1])]
    rows = []
    for at in range(results.sizes["descent"]):
        momentum = float(results["beta"][at])
        row = {
            "optimiser": f"momentum {momentum:g}" if momentum else "plain",
            "rate x lambda_1": float(results["pace"][at]),
        }
        for mode in ends:
            row[f"t_{mode} late %"] = float(100 * ratio.isel(descent=at).sel(compared=mode))
            late = results["late"].isel(descent=at).sel(compared=mode) - 1
            row[f"t_{mode} in theory %"] = float(100 * late)
        rows.append(row | {"largest difference of all %": float(100 * apart[at])})
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """Both tables, limits and thresholds."""
    limits = ", ".join(
        f"{kind} {float(results['limit'].sel(beta_kind=kind)):.4g} in theory and "
        f"{float(results['limit_found'].sel(beta_kind=kind)):.4g} found"
        for kind in results["beta_kind"].values
    )
    lines = [
        as_text(descent_table(results)),
        f"Largest stable rate x lambda_1: {limits}.",
        "Spread of step times, last over first: flow "
        f"{_spread(results['flow_step']):.3g}, Adam "
        + ", ".join(
            f"{_spread(one):.3g} at {float(one['adam']):g}" for one in results["adam_step"]
        ),
        "Squared overlaps with eigenvectors: flow " + _listed(results["flow_overlap"]),
        *(f"  Adam {float(one['adam']):g}: {_listed(one)}" for one in results["adam_overlap"]),
        as_text(table(results)),
        *(f"{name} at rate / batch = {at:.3g}" for name, at in thresholds(results).items()),
    ]
    return "\n".join(lines)


def _spread(steps: xr.DataArray) -> float:
    return float(steps.isel(compared=-1) / steps.isel(compared=0))


def _listed(values: xr.DataArray) -> str:
    return ", ".join(f"{value:.2f}" for value in values.values)
