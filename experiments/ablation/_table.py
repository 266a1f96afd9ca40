"""How far descent is from the flow, as numbers."""

import numpy as np
import pandas as pd
import xarray as xr


def errors(results: xr.Dataset) -> xr.Dataset:
    """How far descent is from the flow.

    `values` (loss, rung): the largest difference of a singular value at any time, relative to the
    largest singular value. `steps` (loss, rung, mode): of the step times, relative and signed.
    """
    difference = abs(results["descent"] - results["flow"]).max(("time", "mode"))
    largest = results["flow"].max(("time", "mode"))
    steps = results["descent_step"] / results["flow_step"] - 1
    return xr.Dataset({"values": difference / largest, "steps": steps})


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each loss by flow, and below it one for each rung."""
    off = errors(results)
    shown = int(results["flow_step"].count("mode").max())
    rows = []
    for loss in results["loss"].values:
        one, its = results.sel(loss=loss), off.sel(loss=loss)
        row = {"loss": loss, "by": "flow", "rate x lambda_1": "", "batch": "", "max error %": ""}
        for mode in range(1, shown + 1):
            row[f"s_{mode}"] = f"{float(one['flow'].isel(time=-1).sel(mode=mode)):.4g}"
            row[f"t_{mode}"] = _number(float(one["flow_step"].sel(mode=mode)), "{:.4g}")
        rows.append(row)
        for rung in results["rung"].values:
            at = {"rung": rung}
            row = {
                "loss": "",
                "by": f"descent {rung}",
                "rate x lambda_1": f"{float(one['rate'].sel(at) * one['fastest']):.3g}",
                "batch": str(int(one["batch"].sel(at))),
                "max error %": f"{100 * float(its['values'].sel(at)):.2f}",
            }
            for mode in range(1, shown + 1):
                end = one["descent"].isel(time=-1).sel(at).sel(mode=mode)
                row[f"s_{mode}"] = f"{float(end):.4g}"
                moved = 100 * float(its["steps"].sel(at).sel(mode=mode))
                row[f"t_{mode}"] = _number(moved, "{:+.2f} %")
            rows.append(row)
    columns = ["loss", "by", "rate x lambda_1", "batch", "max error %"]
    columns += [f"{kind}_{mode}" for kind in "st" for mode in range(1, shown + 1)]
    return pd.DataFrame(rows)[columns]


def _number(value: float, form: str) -> str:
    return form.format(value) if np.isfinite(value) else "-"
