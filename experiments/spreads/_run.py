"""Exact runs from many starts, and both kinds of intervals."""

import jax
import numpy as np
import xarray as xr

import gradflow as gf
from experiments.spreads._config import Config
from gradflow.studies import MeasuredSteps
from gradflow.theory import COMPETITORS

# Unlike that of any start: it draws R itself.
_KEY = 1_000_000


def run(config: Config) -> xr.Dataset:
    """Measured step times, and what was said of them.

    Returns:
        Dimensions scale, seed, mode: `measured`. `closed` and `draws` (scale, quantile, mode), ends
        and middle of the intervals. `separation` (scale, mode), predicted time to the nearer
        neighbour over the mean of their rise times; mode d counts the mode after it, which is not
        learned but competes.
    """
    target = gf.mstar(gf.load_statistics(config.counts).top(config.words))
    target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
    wide = gf.spectrum(target, min(target.vocab_size, config.dim + COMPETITORS))
    data = gf.sweep(
        gf.Quadratic(target),
        config.scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        measure={"measured": MeasuredSteps(config.dim)},
        lanes_at_once=4,
    )
    tail = (1 - config.level) / 2
    shares = np.array([tail, 0.5, 1 - tail])
    closed, draws, separation = [], [], []
    for scale in config.scales:
        closed.append(gf.step_distribution(wide, scale, config.dim).quantile(shares))
        key = jax.random.key(_KEY)
        sampled = gf.sample_steps(key, wide, scale, config.dim, config.draws)
        draws.append(np.nanquantile(np.asarray(sampled), shares, axis=0))
        separation.append(_separations(wide, scale, config.dim))
    return xr.Dataset(
        {
            "measured": data["measured"].astype(np.float32),
            "closed": (("scale", "quantile", "mode"), np.stack(closed)),
            "draws": (("scale", "quantile", "mode"), np.stack(draws)),
            "separation": (("scale", "mode"), np.stack(separation)),
            "eigenvalue": ("mode", wide.eigenvalues[: config.dim]),
        },
        {"quantile": shares},
    )


def _separations(wide: gf.Spectrum, scale: float, dim: int) -> np.ndarray:
    """Of each mode from its nearer neighbour; of mode d from mode d + 1 with d one larger."""
    found = gf.predict_stepness(wide, scale, dim, dim, gap=1e-12).separations
    values = wide.eigenvalues[dim - 1 : dim + 1]
    # The mode after the last would be learned at about the same ln(λ/s₀²).
    late = gf.step_distribution(wide, scale, dim).median[-1] * values[0]
    last = late * (1 / values[1] - 1 / values[0]) / (np.log(81) * np.mean(1 / values))
    before, after = np.concatenate([[np.inf], found]), np.concatenate([found, [last]])
    return np.minimum(before, after)
