"""How far apart the three are, how stepwise, and where they end."""

import pandas as pd
import xarray as xr

from experiments._tables import as_text

PAIRS = (("word2vec", "QWEM"), ("QWEM", "theory"), ("word2vec", "theory"), ("QWEM", "paper"))


def distance(results: xr.Dataset, first: str, second: str) -> xr.DataArray:
    """Of singular values, by scale: root mean square over times and modes, relative.

    Times are those up to the last predicted step.

    Args:
        results: What `run` gave.
        first: A run.
        second: Another, in whose root mean square the result is.
    """
    learning = results["t"] <= results["step"].sel(run="theory").max("mode")
    values = results["singular_values"].astype(float).where(learning)
    one, other = values.sel(run=first), values.sel(run=second)
    over = ("time", "mode")
    return (((one - other) ** 2).mean(over) / (other**2).mean(over)) ** 0.5


def table(results: xr.Dataset) -> pd.DataFrame:
    """One column a scale."""
    modes = slice(1, results.attrs["modes"])
    rows = {
        "stepness, typical start": results["foreseen"],
        **{f"stepness, {run}": results["index"].sel(run=run) for run in results["run"].values},
    }
    for pair in PAIRS:
        rows[f"{pair[0]} from {pair[1]} %"] = 100 * distance(results, *pair)
    for run in results["followed"].values:
        one = results.sel(followed=run)
        steps = results["step"].sel(run=run, mode=modes)
        off = abs(steps / results["step"].sel(run="theory", mode=modes) - 1)
        rows[f"steps of {run} from theory, median %"] = 100 * off.median("mode")
        rows[f"axis k on eigenvector k, {run}"] = one["aligned"].sel(mode=modes).median("mode")
        rows[f"shared with eigenvectors at the end, {run}"] = one["shared"].isel(time=-1)
        rows[f"fall of the loss, {run}"] = -one["loss"].isel(time=-1)
    found = pd.DataFrame({name: row.values for name, row in rows.items()}).T
    found.columns = [f"{scale:g}" for scale in results["scale"].values]
    return found.rename_axis("").reset_index()


def report(results: xr.Dataset) -> str:
    """The table, and what both starts have in common at the end."""
    lines = [as_text(table(results))]
    ends = results["singular_values"].isel(time=-1).astype(float)
    for run in results["followed"].values:
        apart = abs(ends.sel(run=run).isel(scale=0) / ends.sel(run=run).isel(scale=1) - 1)
        shared = float(results["same_end"].sel(followed=run))
        lines.append(
            f"{run}: both starts end in spans that share {100 * shared:.4g} %, with singular "
            f"values {100 * float(apart.median()):.3g} % apart (largest "
            f"{100 * float(apart.max()):.3g} %)."
        )
    return "\n".join(lines)
