"""Starts followed exactly, their steps measured, and predicted by every rule."""

import xarray as xr

import gradflow as gf
from experiments.predictions._config import Config
from gradflow.studies import MeasuredSteps, PredictedSteps
from gradflow.targets import AbstractTarget
from gradflow.theory import COMPETITORS, PREDICTION_RULES


def lanes(
    config: Config, target: AbstractTarget, dim: int, seeds: int, scales: tuple[float, ...]
) -> xr.Dataset:
    """`measured` and each rule's prediction (scale, seed, mode), all scales and seeds of one d."""
    wide = gf.spectrum(target, min(target.vocab_size, dim + COMPETITORS))
    return gf.sweep(
        gf.Quadratic(target),
        scales,
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


def relative_errors(data: xr.Dataset) -> xr.DataArray:
    """|predicted/measured − 1| (rule, scale, seed, mode) of lanes."""
    predicted = data[list(PREDICTION_RULES)].to_array("rule")
    return abs(predicted / data["measured"] - 1).transpose("rule", "scale", "seed", "mode")
