"""How many exact step times lie inside of their intervals."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text

KINDS = ("closed", "draws")
# Modes by their predicted distance from the nearer neighbour, in rise times.
RESOLVED = 0.25
_BANDS = (
    *((1.0, np.inf), (0.5, 1.0), (RESOLVED, 0.5), (RESOLVED, np.inf), (0.0, RESOLVED)),
    (0.0, np.inf),
)


def inside(results: xr.Dataset) -> xr.Dataset:
    """By kind of interval: whether each step (scale, seed, mode) is inside, as 0 or 1."""
    found = {}
    for kind in KINDS:
        low, high = (results[kind].isel(quantile=end, drop=True) for end in (0, -1))
        steps = results["measured"].astype(float)
        # nan, where a mode had no time to rise, is later than any interval.
        found[kind] = ((steps >= low) & (steps <= high)).astype(float)
    return xr.Dataset(found)


def table(results: xr.Dataset) -> pd.DataFrame:
    """Share inside by scale and separation, modes and seeds pooled; the last line has all."""
    held = inside(results)
    rows = []
    for scale in results["scale"].values:
        separation = results["separation"].sel(scale=scale)
        for low, high in _BANDS:
            chosen = (separation >= low) & (separation < high)
            row = {"scale": scale, "separation": _named(low, high), "modes": int(chosen.sum())}
            for kind in KINDS:
                row[f"{kind} %"] = _percent(held[kind].sel(scale=scale)[:, chosen.values].values)
            rows.append(row)
    return pd.DataFrame(rows)


def by_mode(results: xr.Dataset) -> pd.DataFrame:
    """Share inside, and ends of intervals over the median, mode by mode."""
    held = inside(results).mean("seed")
    rows = []
    for scale in results["scale"].values:
        for mode in results["mode"].values:
            one = results.sel(scale=scale, mode=mode)
            row = {"scale": scale, "mode": mode, "separation": float(one["separation"])}
            for kind in KINDS:
                low, middle, high = one[kind].values
                row[f"{kind} %"] = 100 * float(held[kind].sel(scale=scale, mode=mode))
                row[f"{kind} median"] = float(middle)
                row[f"{kind} low %"] = 100 * (low / middle - 1)
                row[f"{kind} high %"] = 100 * (high / middle - 1)
            rows.append(row)
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The table, and the modes whose coverage in closed form is least."""
    worst = by_mode(results).sort_values("closed %").head(8)
    return f"{as_text(table(results))}\n\n{as_text(worst)}"


def _named(low: float, high: float) -> str:
    if high == np.inf:
        return f"from {low:g}" if low else "all"
    return f"{low:g} to {high:g}"


def _percent(values: np.ndarray) -> float:
    return 100 * float(values.mean()) if values.size else np.nan
