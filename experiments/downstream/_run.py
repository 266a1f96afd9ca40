"""Scores of predicted and of trained embeddings."""

import jax
import numpy as np
import xarray as xr

import gradflow as gf
from experiments.downstream._config import Config


def run(config: Config) -> xr.Dataset:
    """Ask the embeddings of every time, predicted and trained.

    Returns:
        What `gf.downstream_curves` returns, without sections; `predicted_step` (dim, rank), of the
        first seed, nan beyond d; and λ₁ as `fastest`.
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats)
    curves = gf.downstream_curves(
        gf.Quadratic(target),
        config.dims,
        scale=config.scale,
        num_times=config.num_times,
        seeds=config.seeds,
    )
    totals = {"questions": int(curves["covered"].sum())}
    steps = np.full((len(config.dims), max(config.dims)), np.nan)
    for row, dim in enumerate(config.dims):
        w0 = gf.gaussian_init(jax.random.key(0), target.vocab_size, dim, config.scale)
        steps[row, :dim] = np.asarray(gf.predict_steps(gf.spectrum(target, dim), w0, "qr"))
    fastest = float(gf.spectrum(target, 1).eigenvalues[0])
    return (
        curves.drop_dims("section")
        .assign(predicted_step=(("dim", "rank"), steps), fastest=((), fastest))
        .assign_attrs(**totals, shown=list(config.shown))
    )
