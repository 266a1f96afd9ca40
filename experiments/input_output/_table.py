"""Each start, and each imbalance, in numbers."""

import numpy as np
import pandas as pd
import xarray as xr

import gradflow as gf
from experiments._tables import as_columns, as_text
from experiments.input_output._crossings import HALF, crossing_times

# The index is of the first ten steps.
_INDEX_MODES = 10


def by_start(results: xr.Dataset) -> pd.DataFrame:
    """One row a start: what is conserved, errors of step times in percent, the end, the scores."""
    rows = []
    for name in results["start"].values:
        one = results.sel(start=name)
        row: dict[str, object] = {"start": str(name), "λ": float(one["imbalance"])}
        row |= {kind: float(one[kind]) for kind in ("spread", "drift")}
        row["evaluations"] = int(one["evaluations"])
        for side in one["side"].values:
            for rule in one["rule"].values:
                error = 100 * abs(one["predicted"].sel(rule=rule) / one["steps"].sel(side=side) - 1)
                row[f"{side} {rule} %"] = float(error.median())
                row[f"{side} {rule} max %"] = float(error.max())
        own = crossing_times(one["t"].values[1:], one["share"].values[1:])
        foretold = crossing_times(one["t"].values[1:], one["expected"].values[1:])
        error = 100 * abs(foretold[HALF] / own[HALF] - 1)
        row["mean field %"] = float(_median(error))
        row["index"] = float(index(own, one["eigenvalue"].values))
        row["opposite modes"] = int((one["mode_cosine"] < -0.99).sum())
        row["same modes"] = int((one["mode_cosine"] > 0.99).sum())
        row["word cosine"] = float(one["word_cosine"])
        row |= {f"{s} from limit": float(one["limit"].sel(side=s)) for s in one["side"].values}
        for benchmark in one["benchmark"].values:
            for kind in one["vectors"].values:
                score = one["score"].sel(vectors=kind, benchmark=benchmark)
                row[f"{benchmark} {kind}"] = float(score)
        rows.append(row)
    return pd.DataFrame(rows)


def by_imbalance(results: xr.Dataset) -> pd.DataFrame:
    """One row a λ: half-learned times, measured (median over seeds) and by the mean field."""
    rows = []
    values = results["eigenvalue"].values
    for relative in results["relative"].values:
        one = results.sel(relative=relative)
        found, foretold = one["crossed"].median("seed").values, one["foretold"].values
        error = 100 * abs(foretold[HALF] / found[HALF] - 1)
        apart = one["crossed"].isel(level=HALF)
        spread = 100 * (apart.std("seed") / apart.mean("seed"))
        indices = [index(seed, values) for seed in one["crossed"].values]
        rows.append(
            {
                "λ/|λ_1|": relative,
                "first step": float(found[HALF, 0]),
                "first, mean field": float(foretold[HALF, 0]),
                "last step": float(found[HALF, -1]),
                "last, mean field": float(foretold[HALF, -1]),
                "error %": float(_median(error)),
                "largest %": float(np.nanmax(error)),
                "seeds %": float(spread.median()),
                "index": float(np.median(indices)),
                "index, mean field": float(index(foretold, values)),
            }
        )
    return pd.DataFrame(rows)


def index(crossed: np.ndarray, eigenvalues: np.ndarray) -> float:
    """Stepness of the first modes, from the times of three levels (level, mode); nan where none."""
    late, rises = crossed[HALF, :_INDEX_MODES], (crossed[-1] - crossed[0])[:_INDEX_MODES]
    return gf.stepness(late, rises, abs(eigenvalues[:_INDEX_MODES])).index


def report(results: xr.Dataset) -> str:
    """Both tables; of starts one column each."""
    starts = as_columns(by_start(results), "start")
    return f"{starts}\n\n{as_text(by_imbalance(results))}"


def _median(errors: np.ndarray) -> float:
    """nan where there are none."""
    known = errors[np.isfinite(errors)]
    return float(np.median(known)) if known.size else float("nan")
