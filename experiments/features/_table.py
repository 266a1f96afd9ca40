"""Scores with their intervals, and eigen-features, in rows."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text
from experiments.features._config import PAPER, REFERENCE


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row a benchmark and model: score, 95 % interval, and those of what it is above M*.

    Analogies are resampled by word pairs, the wider of the two intervals.
    """
    rows = []
    for benchmark in results["benchmark"].values:
        kind = "pairs" if benchmark == "google" else "items"
        part = results.sel(benchmark=benchmark, resampling=kind)
        reference = float(part["score"].sel(model=REFERENCE))
        for model in results["model"].values:
            one = part.sel(model=model)
            low, high = one["interval"].values
            less, more = one["difference_interval"].values
            rows.append(
                {
                    "benchmark": benchmark,
                    "model": _plain(model),
                    "score": float(one["score"]),
                    "low": low,
                    "high": high,
                    "difference": float(one["score"]) - reference,
                    "difference low": less,
                    "difference high": more,
                    "paper": PAPER.get(benchmark, {}).get(model, np.nan),
                    "items": int(part["items"]),
                }
            )
    return pd.DataFrame(rows)


def eigen_features(results: xr.Dataset) -> pd.DataFrame:
    """One row an eigen-feature of M*."""
    return pd.DataFrame(
        {
            "mode": results["mode"],
            "eigenvalue": results["eigenvalue"],
            "word2vec's": results["match"],
            "squared overlap": results["overlap"],
            "positive end": results["words"].sel(end="positive"),
            "negative end": results["words"].sel(end="negative"),
        }
    )


def closed(results: xr.Dataset) -> pd.DataFrame:
    """One row a vocabulary and target: analogies solved, as fewer and fewer pairs are seen."""
    rows = []
    for words in results["words_kept"].values:
        for target in results["target"].values:
            one = results.sel(words_kept=words, target=target, resampling="pairs")
            low, high = one["closed_interval"].values
            less, more = one["closed_difference_interval"].values
            rows.append(
                {
                    "words": int(words),
                    "d": int(one["vector_dim"]),
                    "unseen pairs %": 100 * float(one["unseen"]),
                    "target": _plain(target),
                    "score": float(one["closed_score"]),
                    "low": low,
                    "high": high,
                    "difference low": less,
                    "difference high": more,
                    "items": int(one["closed_items"]),
                }
            )
    return pd.DataFrame(rows)


def falling(results: xr.Dataset) -> dict[str, float]:
    """What share of the whole fall of the loss came in the last fifth of the steps, by model."""
    loss, count = results["loss"], results.sizes["step"]
    late = loss.isel(step=count - 1 - count // 5) - loss.isel(step=-1)
    share = late / (1 - loss.isel(step=-1))
    return {str(name): float(share.sel(trained=name)) for name in results["trained"].values}


def training(results: xr.Dataset) -> pd.DataFrame:
    """Loss, over that of the origin, and analogies solved while training."""
    return results[["loss", "accuracy"]].to_dataframe().reset_index()


def report(results: xr.Dataset) -> str:
    """All tables but that of training, and whether training had ended."""
    late = ", ".join(f"{name} {100 * share:.2g} %" for name, share in falling(results).items())
    return "\n".join(
        [
            as_text(eigen_features(results)),
            as_text(table(results)),
            as_text(closed(results)),
            f"Of the fall of the loss, the last fifth of the steps made: {late}.",
        ]
    )


def _plain(model: str) -> str:
    return str(model).replace("$", "")
