"""Separations of neighbouring steps, and the index of each run: predicted and measured."""

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array

import gradflow as gf
from experiments._stepwise import RiseTimes
from experiments.stepness_map._config import Config
from gradflow.studies import MeasuredSteps
from gradflow.targets import AbstractTarget, Spectrum
from gradflow.theory import COMPETITORS

# Every mode is a step of its own, however close its neighbours.
_ALONE = 1e-12
# Two scales so small that separations are straight lines in ln σ.
_FAR = (1e-100, 1e-140)


def run(config: Config) -> xr.Dataset:
    """Both maps.

    Returns:
        Of pairs, for the largest vocabulary: `measured` (depth, seed, pair) separations,
        `predicted` (depth, pair) for a typical start, `from_start` (depth, seed, pair) for that
        very start, `needed` (pair), the common logarithm of the predicted scale at which the
        separation is one, and `eigenvalue` (mode); depth are all scales, the deep ones last. Of
        vocabularies: `index` (words, scale, seed), `predicted_index` (words, scale), and
        `crossing` (words), the predicted scale at which it is one.
    """
    stats = gf.load_statistics(config.counts)
    indices, last = [], config.words[-1]
    for words in config.words:
        target = gf.mstar(stats.top(words))
        target.top_eigenpairs(words)  # all of them: the exact flow needs them
        few = config.scales[:: config.every]
        depths = (*config.scales, *config.deep) if words == last else few
        modes = max(config.index_modes, config.pairs + 1 if words == last else 0)
        steps, rises = _steps(config, target, depths, modes)
        kept = [depths.index(scale) for scale in few]
        indices.append(_index(config, target, steps[kept], rises[kept]))
        if words == last:
            pairs = _pairs(config, target, steps, rises)
    joined = xr.concat(indices, xr.Variable("words", list(config.words)))
    return xr.merge([pairs, joined]).assign_attrs(
        dim=config.dim, seeds=config.seeds, scales=len(config.scales)
    )


def _pairs(
    config: Config, target: AbstractTarget, steps: np.ndarray, rises: np.ndarray
) -> xr.Dataset:
    scales, modes = (*config.scales, *config.deep), config.pairs + 1
    spec = gf.spectrum(target, min(target.vocab_size, config.dim + COMPETITORS))
    head = _head(spec, config.dim)
    measured = _separations(steps[..., :modes], rises[..., :modes])
    predicted = [_typical(head, scale, config.dim, modes) for scale in scales]
    from_start = _from_starts(config, spec)[..., : config.pairs]
    axes = ("depth", "seed", "pair")
    return xr.Dataset(
        {
            "measured": (axes, measured.astype(np.float32)),
            "predicted": (("depth", "pair"), np.array(predicted)),
            "from_start": (axes, from_start.astype(np.float32)),
            "needed": ("pair", _needed(head, config.dim, modes)),
            "eigenvalue": ("mode", head.eigenvalues[:modes]),
        },
        {"depth": list(scales), "pair": np.arange(1, modes), "mode": np.arange(1, modes + 1)},
    )


def _index(
    config: Config, target: AbstractTarget, steps: np.ndarray, rises: np.ndarray
) -> xr.Dataset:
    """Of the first steps, eigenvalues within one percent taken together."""
    modes, dim = config.index_modes, config.dim
    spec, scales = gf.spectrum(target, dim), config.scales[:: config.every]
    values = spec.eigenvalues[:modes]
    found = np.empty((len(scales), config.seeds))
    for lane in np.ndindex(found.shape):
        found[lane] = gf.stepness(steps[lane][:modes], rises[lane][:modes], values).index
    predicted = [gf.predict_stepness(spec, scale, dim, modes).index for scale in scales]
    return xr.Dataset(
        {
            "index": (("scale", "seed"), found),
            "predicted_index": ("scale", predicted),
            "crossing": gf.largest_stepwise_scale(spec, dim, modes),
        },
        {"scale": list(scales)},
    )


def _steps(
    config: Config, target: AbstractTarget, scales: tuple[float, ...], modes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Step and rise times (scale, seed, mode) of the exact flow."""
    data = gf.sweep(
        gf.Quadratic(target),
        scales,
        config.seeds,
        config.dim,
        method=gf.Exact(),
        num_times=config.num_times,
        measure={"steps": MeasuredSteps(modes), "rises": RiseTimes(modes)},
        lanes_at_once=4,
    )
    steps, rises = (data[name].values[..., :modes] for name in ("steps", "rises"))
    return steps, rises


def _from_starts(config: Config, spec: Spectrum) -> np.ndarray:
    """Separations (depth, seed, pair) that each start foretells, modes beside their neighbours."""

    @jax.jit
    def times(seed: int, scale: float) -> tuple[Array, Array]:
        words = spec.eigenvectors.shape[0]
        w0 = gf.gaussian_init(jax.random.key(seed), words, config.dim, scale)
        found = gf.predict_steps(spec, w0, "clusters"), gf.predict_rise_times(spec, w0, "clusters")
        return found[0][: config.pairs + 1], found[1][: config.pairs + 1]

    lanes = [
        [times(seed, scale) for seed in range(config.seeds)]
        for scale in (*config.scales, *config.deep)
    ]
    both = np.asarray(lanes)
    return _separations(both[:, :, 0], both[:, :, 1])


def _separations(steps: np.ndarray, rises: np.ndarray) -> np.ndarray:
    """Of every run, each mode a step of its own."""
    lanes = zip(steps.reshape(-1, steps.shape[-1]), rises.reshape(-1, rises.shape[-1]), strict=True)
    found = np.array([gf.stepness(one, long).separations for one, long in lanes])
    return found.reshape(*steps.shape[:-1], -1)


def _head(spec: Spectrum, dim: int) -> Spectrum:
    """The first d modes: a start of d columns says nothing of later ones."""
    return Spectrum(spec.eigenvalues[:dim], spec.eigenvectors[:, :dim], spec.squared_norm)


def _typical(spec: Spectrum, scale: float, dim: int, modes: int) -> np.ndarray:
    """Separations at the median over starts."""
    return gf.predict_stepness(spec, scale, dim, modes, gap=_ALONE).separations


def _needed(spec: Spectrum, dim: int, modes: int) -> np.ndarray:
    """log₁₀ σ at which each separation is one, beyond what float64 holds too."""
    near, far = (_typical(spec, scale, dim, modes) for scale in _FAR)
    logs = np.log10(_FAR)
    return logs[0] + (1 - near) * (logs[1] - logs[0]) / (far - near)
