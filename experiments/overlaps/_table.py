"""How alike eigen-features are, one by one and as spaces."""

import numpy as np
import pandas as pd
import xarray as xr

from experiments._tables import as_text

_SIZES = (4, 8, 16, 32, 64)


def table(results: xr.Dataset) -> pd.DataFrame:
    """One row a pair of models and m, for the first m eigen-features of the trained one.

    "diagonal" is their mean squared overlap with the other's of the same number, "nearest" that
    with the nearest of all of the other's that are shown, "shared" the share of directions that
    both spaces of m have in common, "words" over how many words the trained one's are spread, in
    the median.
    """
    rows = []
    for model in results["model"].values:
        for other in results["other"].values:
            one = results.sel(model=model, other=other)
            squares = one["overlap"].values
            for size in [size for size in _SIZES if size <= len(squares)]:
                rows.append(
                    {
                        "model": model,
                        "other": str(other).replace("$", ""),
                        "m": size,
                        "diagonal": np.diag(squares)[:size].mean(),
                        "nearest": squares[:size].max(axis=1).mean(),
                        "shared": float(one["shared"].sel(i=size)),
                        "words": results["spread"].sel(features=model)[:size].median().item(),
                    }
                )
    return pd.DataFrame(rows)


def report(results: xr.Dataset) -> str:
    """The table."""
    return as_text(table(results))
