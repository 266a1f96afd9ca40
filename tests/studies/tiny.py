"""One small study that many tests save, print and read back."""

import dataclasses
import functools

import numpy as np
import xarray as xr

from gradflow.corpus import load_statistics
from gradflow.studies import StudySettings, study_rank_increments

SETTINGS = StudySettings(
    scales=(1e-1, 1e-3), seeds=2, dim=4, modes=3, num_times=24, sgns_words=12, sgns_dim=2
)


@functools.cache
def tiny_counts():
    return load_statistics("wikipedia-2k").top(60)


@functools.cache
def tiny_study():
    """Compiles for some seconds, once a process; SGNS, which takes longer, is made up."""
    study = study_rank_increments(tiny_counts(), dataclasses.replace(SETTINGS, sgns_words=0))
    return dataclasses.replace(study, settings=SETTINGS, sgns=made_up_sgns())


def made_up_sgns():
    """Two logistic modes with the names that a study gives."""
    times = np.linspace(0.0, 4.0, 20)
    rates, steps = np.array([5.0, 3.0]), np.array([1.0, 2.0])
    squares = rates / (1 + np.exp(-rates * (times[:, None] - steps)))
    modes = ("time", "mode")
    return xr.Dataset(
        {
            "loss": ("time", -squares.sum(axis=1)),
            "singular_values": (modes, np.sqrt(squares)),
            "theory": (modes, np.sqrt(squares) * 0.99),
            "eigenvalue": ("mode", rates),
            "plateaus": ("mode", rates),
            "measured": ("mode", steps),
            "predicted": (("rule", "mode"), np.tile(steps * 1.01, (3, 1))),
            "step_group": ("mode", [0, 1]),
            "top_words": ("mode", ["one / two", "three / four"]),
            "status": 0,
            "evaluations": 100,
        },
        {
            "t": ("time", times, {"units": "gradient-flow time"}),
            "mode": [1, 2],
            "rule": ["paper", "row", "qr"],
        },
        {"words": 12, "weighting": "uniform", "scale": 1e-6, "seed": 0},
    )
