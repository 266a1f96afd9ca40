"""Errors as numbers, all in percent."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text

# Rows that a table leads with.
_KEYS = ["source", "d", "scale", "rule"]


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row for each source, d, scale and rule, over all modes and seeds."""
    largest = results["by_seed"].max("seed")
    rows = []
    for one, at in _each(results, "source", "dim", "scale", "rule"):
        rows.append(
            {
                **dict(zip(_KEYS, at.values(), strict=True)),
                "seeds": int(results["by_seed"].sel(at).isel(statistic=0).notnull().sum()),
                "steps": int(one["measured"]),
                "not predicted": int(one["measured"] - one["known"]),
                "median %": _percent(one["median"]),
                "90 % quantile %": _percent(one["q90"]),
                "largest of first 80 % of modes %": _percent(largest.sel(at).isel(statistic=1)),
                "largest %": _percent(largest.sel(at).isel(statistic=2)),
            }
        )
    return pd.DataFrame(rows)


def goals(results: xr.Dataset) -> pd.DataFrame:
    """By seed at the d and the scale of the goals: a typical seed and the worst."""
    shown = results["by_seed"].sel(
        dim=results.attrs["shown_dim"], scale=results.attrs["goal_scale"]
    )
    rows = []
    for one, at in _each(shown.to_dataset(name="error"), "source", "rule"):
        row = {**at}
        for name in shown["statistic"].values:
            values = one["error"].sel(statistic=name)
            row[f"{name}, median seed %"] = _percent(values.median("seed"))
            row[f"{name}, worst seed %"] = _percent(values.max("seed"))
        rows.append(row)
    return pd.DataFrame(rows)


def beside(results: xr.Dataset) -> pd.DataFrame:
    """Cost by d; errors of rise times and embeddings at the d of the goals."""
    rows = []
    for one, at in _each(results, "source", "dim"):
        exact, clusters = float(one["exact_seconds"]), float(one["clusters_seconds"])
        about = {
            "exact flow s": exact,
            "clusters s": clusters,
            "exact/clusters": exact / clusters,
            "change of steps by 4 × times": float(one["grid_change"]),
        }
        where = {"source": at["source"], "d": at["dim"], "scale": results.attrs["goal_scale"]}
        rows += [{**where, "what": name, "value": float(x)} for name, x in about.items()]
    for one, at in _each(results, "source", "beside_scale"):
        rise, embedding = one["rise_error"], one["embedding_error"]
        early = rise[: round(0.8 * rise.size)]
        errors = {
            "rise times, median %": rise.median(),
            "rise times, largest of first 80 % of modes %": early.max(),
            "rise times, largest %": rise.max(),
            "embeddings, median over times %": embedding.median(),
            "embeddings, worst time %": embedding.max(),
        }
        where = {"source": at["source"], "d": results.attrs["shown_dim"]}
        where["scale"] = at["beside_scale"]
        rows += [{**where, "what": name, "value": _percent(x)} for name, x in errors.items()]
    return pd.DataFrame(rows, columns=["source", "d", "scale", "what", "value"])


def sizes(results: xr.Dataset) -> pd.DataFrame:
    """By vocabulary and by length of the text, at the d and the scale of the goals."""
    rows = []
    for prefix, axis in (("vocabulary", "vocab_size"), ("corpus", "corpus_tokens")):
        for one, at in _each(results[[f"{prefix}_error"]], axis, "rule"):
            errors = one[f"{prefix}_error"]
            row = {"varied": axis.replace("_", " "), "size": at[axis], "rule": at["rule"]}
            for name in errors["statistic"].values:
                for share in errors["quantile"].values:
                    value = errors.sel(statistic=name, quantile=share)
                    row[f"{name}, {100 * share:.0f} % of seeds %"] = _percent(value)
            rows.append(row)
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """All tables."""
    every = (table, goals, beside, sizes)
    return "\n\n".join(as_text(one(results)) for one in every)


def _each(results: xr.Dataset, *names: str) -> list[tuple[xr.Dataset, dict]]:
    """Every combination of some coordinates, and where it is."""
    found = []
    for index in np.ndindex(*(results.sizes[name] for name in names)):
        one = results.isel(dict(zip(names, index, strict=True)))
        found.append((one, {name: one[name].item() for name in names}))
    return found


def _percent(share: xr.DataArray) -> float:
    return float(100 * share)
