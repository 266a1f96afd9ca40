"""What one dial does, the others where they are."""

import itertools

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text
from experiments.dial._run import AXES, SGNS


def turned(results: xr.Dataset) -> pd.DataFrame:
    """One row for each two combinations that differ by one dial: `dial`, `turn`, `shared`."""
    places = {axis: results[axis].values for axis in AXES}
    rows = []
    for one, other in itertools.combinations(range(results.sizes["case"]), 2):
        different = [axis for axis in AXES if places[axis][one] != places[axis][other]]
        if len(different) == 1:
            axis = different[0]
            turn = f"{places[axis][one]} to {places[axis][other]}"
            rows.append((axis, turn, float(results["shared"][one, other])))
    return pd.DataFrame(rows, columns=["dial", "turn", "shared"])


def turned_table(results: xr.Dataset) -> pd.DataFrame:
    """Of each turn of each dial: how many pairs, and how much of the space they share."""
    groups = turned(results).groupby(["dial", "turn"], sort=False)["shared"]
    found = groups.agg(["count", "min", "median", "max"]).reset_index()
    place = {axis: number for number, axis in enumerate(reversed(AXES))}
    found = found.sort_values("dial", key=lambda names: names.map(place), kind="stable")
    return found.rename(columns={"count": "pairs"}).reset_index(drop=True)


def orders_table(results: xr.Dataset) -> pd.DataFrame:
    """Of each order and weighting: largest change of steps and heights against SGNS, in percent."""
    places = np.flatnonzero(results["order"] != SGNS)
    cut = results.isel(case=places)
    frame = pd.DataFrame(
        {
            "order": cut["order"].astype(int),
            "weighting": cut["weighting"],
            "step times, %": 100 * abs(cut["step"] - 1).max("mode"),
            "heights, %": 100 * abs(cut["height"] - 1).max("mode"),
            "space not shared, %": 100 * (1 - _shared_with_sgns(results)[places]),
        }
    )
    return frame.groupby(["weighting", "order"], sort=False).max().reset_index()


def report(results: xr.Dataset) -> str:
    """Both tables."""
    runs = (
        f"{results.sizes['case']} flows, {int((results['status'] != 0).sum())} of them ended early"
    )
    chance = f"unrelated spaces share {float(results['chance']):.3f}"
    tables = (turned_table(results), orders_table(results))
    return "\n\n".join([f"{runs}; {chance}", *(as_text(one) for one in tables)])


def _shared_with_sgns(results: xr.Dataset) -> np.ndarray:
    """Of each case, with that of SGNS with the other dials where they are."""
    orders = list(dict.fromkeys(results["order"].values.tolist()))
    cases = np.arange(results.sizes["case"])
    whole = cases - cases % len(orders) + orders.index(SGNS)
    return results["shared"].values[cases, whole]
