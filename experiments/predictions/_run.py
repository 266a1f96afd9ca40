"""Every start followed exactly, its steps measured, and predicted by every rule."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

import gradflow as gf
from experiments.predictions._beside import beside, costs
from experiments.predictions._config import Config
from gradflow.analysis import COMPETITORS, PREDICTION_RULES, MeasuredSteps, PredictedSteps
from gradflow.corpus import TokenCorpus
from gradflow.targets import AbstractTarget

# The last modes of d compete with modes that are never learned.
EARLY_SHARE = 0.8
QUANTILES = (0.1, 0.5, 0.9)
STATISTICS = ("median", "largest of early modes", "largest")


def run(config: Config, corpus: TokenCorpus) -> xr.Dataset:
    """Errors |predicted/measured − 1| of all rules.

    Returns:
        Dimensions source, dim, scale, rule. `median` and `q90` over modes and seeds, `known`, how
        many steps they are of; `by_mode` (…, quantile, mode) over seeds; `by_seed` (…, statistic,
        seed) over modes. `measured`, how many steps there were. By source and d: seconds of the
        processor for one lane, `exact_seconds` and `clusters_seconds`; `grid_change`, by how much
        four times as many times change a measured step. `rise_error`, `embedding_error`: one start.
    """
    found = []
    for stats in (gf.load_statistics(config.counts).top(config.words), corpus.count(config.window)):
        target = gf.mstar(stats)
        target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
        parts = [
            _errors(config, target, dim, seeds).merge(costs(config, target, dim))
            for dim, seeds in zip(config.dims, config.seeds, strict=True)
        ]
        whole = xr.concat(parts, xr.Variable("dim", list(config.dims)), join="outer")
        found.append(whole.merge(beside(config, target)))
    sources = [config.counts, "text"]
    return xr.concat(found, xr.Variable("source", sources)).assign_attrs(
        words=[config.words, corpus.vocab_size],
        tokens=corpus.total_tokens,
        shown_dim=config.shown_dim,
        shown_scales=list(config.shown_scales),
        goal_scale=config.goal_scale,
    )


def _errors(config: Config, target: AbstractTarget, dim: int, seeds: int) -> xr.Dataset:
    """All scales and seeds of one d."""
    wide = gf.spectrum(target, min(target.vocab_size, dim + COMPETITORS))
    data = gf.sweep(
        gf.Quadratic(target),
        config.scales,
        seeds,
        dim,
        method=gf.Exact(),
        num_times=config.num_times,
        measure={
            "measured": MeasuredSteps(dim),
            **{rule: PredictedSteps(wide, dim, rule) for rule in PREDICTION_RULES},
        },
        lanes_at_once=4,
    )
    predicted = data[list(PREDICTION_RULES)].to_array("rule")
    errors = abs(predicted / data["measured"] - 1).transpose("rule", "scale", "seed", "mode")
    return _statistics(errors).assign(measured=data["measured"].count(("seed", "mode")))


def _statistics(errors: xr.DataArray) -> xr.Dataset:
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
