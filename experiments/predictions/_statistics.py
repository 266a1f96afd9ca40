"""What is kept of errors: quantiles over modes, over seeds, over both."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

# The last modes of d compete with modes that are never learned.
EARLY_SHARE = 0.8
QUANTILES = (0.1, 0.5, 0.9)
STATISTICS = ("median", "largest of early modes", "largest")


def statistics(errors: xr.DataArray) -> xr.Dataset:
    """What is kept of errors (rule, scale, seed, mode)."""
    values = errors.values
    early = values[..., : round(EARLY_SHARE * values.shape[-1])]
    by_seed = [
        quantiles(part, [share])[0] for part, share in ((values, 0.5), (early, 1.0), (values, 1.0))
    ]
    pooled = quantiles(values.reshape(*values.shape[:2], -1), [0.5, 0.9])
    return xr.Dataset(
        {
            "median": (("rule", "scale"), pooled[0]),
            "q90": (("rule", "scale"), pooled[1]),
            "known": errors.count(("seed", "mode")),
            "by_mode": (
                ("quantile", "rule", "scale", "mode"),
                quantiles(np.swapaxes(values, 2, 3), QUANTILES).astype(np.float32),
            ),
            "by_seed": (("statistic", "rule", "scale", "seed"), np.stack(by_seed)),
        },
        {
            **{name: errors[name] for name in ("rule", "scale", "seed", "mode")},
            "quantile": list(QUANTILES),
            "statistic": list(STATISTICS),
        },
    )


def quantiles(values: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Over the last axis (shares, ...), of the numbers that are known; nan where none is."""
    known = np.isfinite(values).any(axis=-1)
    found = np.full((len(shares), *known.shape), np.nan)
    found[:, known] = np.nanquantile(values[known], shares, axis=-1)
    return found
