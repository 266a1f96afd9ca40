"""How well eigenvalues say which pairs are apart, and how small a start has to be."""

import itertools

import numpy as np
import pandas as pd
import xarray as xr

from experiments._stepwise import crossing
from experiments._tables import as_text

_FIRST_STEPS = (5, 10, 20, 30)


def agreement(results: xr.Dataset) -> pd.DataFrame:
    """One row a region of the map of pairs: shares on the same side of one, and errors.

    "median" compares the median over seeds with a typical start, "run" every run with it, "start"
    every run with what its own start says.
    """
    shown = results.sel(depth=map_scales(results))
    measured, predicted = shown["measured"], shown["predicted"]
    middle = measured.median("seed")
    same = {
        "median": (middle > 1) == (predicted > 1),
        "run": (measured > 1) == (predicted > 1),
        "start": (measured > 1) == (shown["from_start"] > 1),
    }
    error, own = abs(middle - predicted), abs(measured - shown["from_start"])
    rows = []
    for name, inside in _regions(shown).items():
        row: dict[str, object] = {"region": name, "cells": int(inside.sum())}
        for kind, one in same.items():
            row[f"{kind} %"] = 100 * float(one.where(inside).mean())
        row["error"] = float(error.where(inside).median())
        row["largest"] = float(error.where(inside).max())
        row["of start"] = float(own.where(inside).median())
        rows.append(row)
    return pd.DataFrame(rows)


def map_scales(results: xr.Dataset) -> np.ndarray:
    """Those that are drawn, falling; without the deep ones."""
    return results["depth"].values[: results.attrs["scales"]]


def _regions(shown: xr.Dataset) -> dict[str, xr.DataArray]:
    """Masks (depth, pair) by name: everything, by predicted separation, by scale, by pair."""
    predicted, depth, pair = shown["predicted"], shown["depth"], shown["pair"]
    everywhere = xr.ones_like(predicted, dtype=bool)
    edges = (-np.inf, 0.25, 0.5, 0.8, 1.25, 2.0, np.inf)
    found = {"all": everywhere}
    for low, high in itertools.pairwise(edges):
        found[f"predicted {low:g} to {high:g}"] = (predicted > low) & (predicted <= high)
    for low, high in ((1e-3, np.inf), (1e-8, 1e-3), (0.0, 1e-8)):
        found[f"scale {low:g} to {high:g}"] = everywhere & (depth > low) & (depth <= high)
    for first in range(1, int(pair[-1]) + 1, 10):
        found[f"pairs {first} to {first + 9}"] = everywhere & (pair >= first) & (pair < first + 10)
    return found


def needed(results: xr.Dataset) -> pd.DataFrame:
    """log₁₀ σ below which half, and all, of the first steps are a rise time from the next."""
    scales = results["depth"].values
    middle = results["measured"].median("seed").values
    measured = np.log10([crossing(scales, middle[:, pair]) for pair in range(middle.shape[1])])
    measured = np.minimum(measured, np.log10(scales[0]))  # of larger ones nothing is known
    values, rows = results["eigenvalue"].values, []
    for steps in _FIRST_STEPS:
        if steps > len(values):
            break
        row: dict[str, float] = {"steps": steps}
        for name, one in (("predicted", results["needed"].values), ("measured", measured)):
            falling = np.sort(np.nan_to_num(one[: steps - 1], nan=-np.inf))[::-1]
            row[f"half, {name}"] = float(falling[steps // 2 - 1])
            row[f"all, {name}"] = float(falling[-1])
        closest = int(np.argmin(results["needed"].values[: steps - 1]))
        row["closest pair"] = closest + 1
        row["gap %"] = float(100 * (1 - values[closest + 1] / values[closest]))
        rows.append(row)
    return pd.DataFrame(rows)


def crossings(results: xr.Dataset) -> pd.DataFrame:
    """One row a vocabulary: the scale at which the index is one, predicted and measured."""
    scales, rows = results["scale"].values, []
    for words in results["words"].values:
        one = results.sel(words=words)
        by_seed = [crossing(scales, lane) for lane in one["index"].values.T]
        rows.append(
            {
                "words": int(words),
                "predicted": float(one["crossing"]),
                "measured": float(crossing(scales, one["index"].median("seed").values)),
                "least seed": float(np.min(by_seed)),
                "largest seed": float(np.max(by_seed)),
                "same side %": 100 * float(_same_side(one).mean()),
            }
        )
    return pd.DataFrame(rows)


def _same_side(one: xr.Dataset) -> xr.DataArray:
    return (one["index"].median("seed") > 1) == (one["predicted_index"] > 1)


def report(results: xr.Dataset) -> str:
    """All tables."""
    tables = (agreement(results), needed(results), crossings(results))
    return "\n\n".join(as_text(one) for one in tables)
