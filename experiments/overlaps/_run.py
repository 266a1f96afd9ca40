"""Squared overlaps of eigen-features, at the end of training and on the way."""

import numpy as np
import xarray as xr
from jaxtyping import Float64

import gradflow as gf
from experiments._trained import QUADRATIC_NAME, QWEM_NAME, features, train
from experiments.overlaps._config import COLUMNS, MSTAR_NAME, PPMI_NAME, ROWS, Config


def run(config: Config) -> xr.Dataset:
    """Train, factorise, compare.

    Returns:
        `overlap` (model, other, i, j), |⟨u_i, v_j⟩|² of eigen-feature i of a trained model and j of
        another; `shared` (model, other, i), the share of their first i directions that is the
        same; `way` (model, step, count), that share with M* for the first `count` directions at
        the steps of training, with `loss` (model, step) in units of that of the origin; `spread`
        (features, i), over how many words each eigen-feature is spread.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    trained = {name: train(name, stats, config.dim, config.descent) for name in ROWS}
    others = {
        name: features(train(name, stats, config.dim, config.descent)["w"].values[-1])
        for name in (QWEM_NAME, QUADRATIC_NAME)
    }
    others[MSTAR_NAME] = gf.spectrum(gf.mstar(stats), config.shown).eigenvectors
    others[PPMI_NAME] = gf.spectrum(gf.ppmi(stats), config.shown).eigenvectors
    ends = {row: features(trained[row]["w"].values[-1]) for row in ROWS}
    squares = np.array(
        [[overlaps(ends[row], others[column], config.shown) for column in COLUMNS] for row in ROWS]
    )
    counts = [config.few, config.shown]
    ways = [_way(trained[row]["w"].values, others[MSTAR_NAME], counts) for row in ROWS]
    spreads = {name: spread(u)[: config.shown] for name, u in (ends | others).items()}
    numbers = np.arange(1, config.shown + 1)
    return xr.Dataset(
        {
            "overlap": (("model", "other", "i", "j"), squares),
            "shared": (("model", "other", "i"), shared(squares)),
            "way": (("model", "step", "count"), ways),
            "spread": (("features", "i"), list(spreads.values())),
            "loss": (("model", "step"), [trained[row]["loss"].values for row in ROWS]),
        },
        {
            "features": list(spreads), "model": list(ROWS), "other": list(COLUMNS),
            "i": numbers, "j": numbers, "step": trained[ROWS[0]]["step"].values, "count": counts,
        },
        {"words": config.words, "dim": config.dim},
    )  # fmt: skip


def overlaps(
    u: Float64[np.ndarray, "V a"], v: Float64[np.ndarray, "V b"], count: int
) -> Float64[np.ndarray, "m m"]:
    """Squared cosines of the first directions of both."""
    return (u[:, :count].T @ v[:, :count]) ** 2


def shared(squares: Float64[np.ndarray, "... m m"]) -> Float64[np.ndarray, "... m"]:
    """Share of the first 1, 2, … m directions that two spaces have in common.

    Mean squared cosine of their principal angles: 1 for the same space, m/V for unrelated ones.
    """
    sums = squares.cumsum(axis=-1).cumsum(axis=-2)
    return np.diagonal(sums, axis1=-2, axis2=-1) / np.arange(1, squares.shape[-1] + 1)


def spread(u: Float64[np.ndarray, "V m"]) -> Float64[np.ndarray, " m"]:
    """Participation ratio 1/Σ u_i⁴ of unit columns: n for n equal entries and zeros elsewhere."""
    return 1 / (u**4).sum(axis=0)


def _way(
    w: Float64[np.ndarray, "T V d"], v: Float64[np.ndarray, "V m"], counts: list[int]
) -> Float64[np.ndarray, "T n"]:
    largest = max(counts)
    found = [shared(overlaps(features(one.astype(float)), v, largest)) for one in w]
    return np.array(found)[:, np.array(counts) - 1]
