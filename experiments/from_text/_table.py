"""What was learned when, as numbers."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments.from_text._config import RUNS

_WORDS = 3  # named at each end of a mode


def overlaps(results: xr.Dataset) -> xr.Dataset:
    """Squared overlaps (run, mode) of what was learned.

    `origin`: with singular vector k at the origin, of the counts that the run itself sees.
    `flow`: with whatever mode the flow learned that is most like it; `alike` is its number.
    """
    learned = results["learned"]
    vectors = xr.concat([results["vector"]] * 2 + [results["vector_cbow"]], learned["run"])
    flow = learned.sel(run="flow", drop=True).rename(mode="other").fillna(0)
    with_flow = (learned * flow).sum("word", skipna=False) ** 2
    return xr.Dataset(
        {
            "origin": (learned * vectors).sum("word", skipna=False) ** 2,
            "flow": with_flow.max("other"),
            "alike": with_flow.fillna(0).argmax("other") + 1,
        }
    )


def ends(results: xr.Dataset, mode: int, count: int = _WORDS) -> tuple[list[str], list[str]]:
    """Words at both ends of singular vector `mode` at the origin."""
    entries = results["vector"].sel(mode=mode)
    order = [str(word) for word in results["word"].values[np.argsort(entries.values)]]
    return order[::-1][:count], order[:count]


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row a mode; all times are λ₁t."""
    unit, same = float(results["eigenvalue"][0]), overlaps(results)
    rows = []
    for mode in results["mode"].values:
        one, its = results.sel(mode=mode), same.sel(mode=mode)
        high, low = ends(results, int(mode))
        times = {
            "predicted": one["predicted"],
            "flow": one["step"].sel(run="flow"),
            "skip-gram": one["step"].sel(run="skip-gram"),
            "CBOW predicted": one["predicted_cbow"],
            "CBOW": one["step"].sel(run="CBOW"),
        }
        row = {"mode": int(mode), "words": " ".join(high) + " / " + " ".join(low)}
        row |= {name: f"{unit * float(time):.2f}" for name, time in times.items()}
        for run_name in RUNS:
            row[f"{run_name} | origin"] = f"{float(its['origin'].sel(run=run_name)):.3f}"
        for run_name in RUNS[1:]:
            alike, share = (its[name].sel(run=run_name) for name in ("alike", "flow"))
            row[f"{run_name} | flow"] = f"{float(share):.3f} of {int(alike)}"
        rows.append(row)
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The table, what its columns are, and what is remarkable."""
    return "\n".join(
        [
            "Step times are λ₁t. Squared overlaps of direction k, at its own step: with singular "
            "vector",
            "k of the run's own counts at the origin; with the most similar direction of the flow.",
            table(results).to_string(index=False),
            remarks(results),
        ]
    )


def remarks(results: xr.Dataset) -> str:
    """CBOW's time unit, and where it deviates."""
    steps = results["step"]
    factors = (steps.sel(run="CBOW") / steps.sel(run="skip-gram")).values
    predicted = (results["predicted_cbow"] / results["predicted"]).values
    last = results["singular_values"].isel(time=-1)
    sizes = (last.sel(run="CBOW") / last.sel(run="skip-gram")).values
    modes = results["mode"].values
    alike = overlaps(results).sel(run="CBOW")
    other = [
        f"its mode {mode} is the flow's mode {int(number)} (overlap {float(share):.2f})"
        for mode, number, share in zip(modes, alike["alike"], alike["flow"], strict=True)
        if share > 0 and number != mode  # nan where it was not learned
    ]
    return "\n".join(
        [
            f"CBOW's step times over skip-gram's, by mode: {_listed(factors)}; "
            f"from the counts: {_listed(predicted)}.",
            f"CBOW's singular values at the end over skip-gram's: {_listed(sizes)}.",
            "CBOW's order: " + ("; ".join(other) or "the flow's") + ".",
        ]
    )


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:.3f}" for value in values)
