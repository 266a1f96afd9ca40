"""What the claim rests on, by relation and by model of noise."""

import pandas as pd
import xarray as xr

from experiments._tables import as_text


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each relation of at least three pairs and each d."""
    columns = ["pairs", "snr", "visible", "outliers", "p_value", "distance", "share", "accuracy"]
    columns += ["answer_cosine", "answer_ratio"]
    known = results.sel(section=results["pairs"] >= 3)
    frame = known[columns].to_dataframe().reset_index()
    return frame[["section", "dim", *columns]].astype({"pairs": int, "outliers": int})


def models(results: xr.Dataset) -> pd.DataFrame:
    """One row for each model of noise and d: median of distance·√n, and false alarms."""
    frame = results[["model_distance", "model_alarms"]].to_dataframe().reset_index()
    names = {"shown": "dim", "model_distance": "distance", "model_alarms": "false alarms"}
    frame = frame[["model", *names]].rename(columns=names)
    return frame.sort_values(["model", "dim"])


def outliers(results: xr.Dataset) -> pd.DataFrame:
    """One row for each d: relations with none, one, and more outliers."""
    counts = results["outliers"].sel(section=results["pairs"] >= 3)
    return pd.DataFrame(
        {
            "dim": counts["dim"].values,
            "none": (counts == 0).sum("section").values,
            "one": (counts == 1).sum("section").values,
            "more": (counts > 1).sum("section").values,
        }
    )


def report(results: xr.Dataset) -> str:
    """Outliers, models, and where each relation is best."""
    known = results.sel(section=results["pairs"] >= 3)
    best = known["accuracy"].idxmax("dim")
    rows = pd.DataFrame(
        {
            "relation": known["section"].values,
            "pairs": known["pairs"].values,
            "best d": best.values.astype(int),
            "accuracy": known["accuracy"].max("dim").values,
            "snr there": known["snr"].sel(dim=best).values,
        }
    )
    parts = (outliers(results), models(results), rows)
    return "\n\n".join(as_text(part) for part in parts)
