"""Two sets of embeddings from each start, and step times against their imbalance."""

from collections.abc import Iterable

import jax
import numpy as np
import xarray as xr

import gradflow as gf
from experiments.input_output._compare import compare
from experiments.input_output._config import Config
from experiments.input_output._crossings import LEVELS, crossing_times
from experiments.input_output._mean_field import mean_field_shares
from experiments.input_output._starts import Begin, starts
from gradflow.methods import Solution
from gradflow.targets import AbstractTarget


def run(config: Config) -> xr.Dataset:
    """All of it.

    Returns:
        By start: `t` (time), `share` (time, mode), u_kᵀWCᵀu_k/λ_k with modes by falling |λ_k|;
        `w_squared` and `c_squared` (time, mode), squared singular values; `expected` (time, mode),
        the share by the mean field, where C₀ is zero or negligible; and what `compare` says of the
        end. By imbalance: `crossed` (seed, level, mode) and `foretold` (level, mode), times at
        which a share reaches a tenth, half and nine tenths; `line` is the latter between them.
        Beside these `eigenvalue` (mode).
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats)
    values, vectors = target.top_eigenpairs(target.vocab_size, which="magnitude")
    parts = [
        _one(config, target, begin, values, vectors).expand_dims(start=[name])
        for name, begin in starts(config, abs(values[0])).items()
    ]
    both = xr.merge([xr.concat(parts, "start"), _by_imbalance(config, target, values, vectors)])
    kept = both.assign(eigenvalue=("mode", values[: config.modes]))
    return kept.assign_coords(mode=np.arange(1, config.modes + 1)).assign_attrs(
        words=config.words, dim=config.dim, scale=config.scale
    )


def _one(
    config: Config, target: AbstractTarget, begin: Begin, values: np.ndarray, vectors: np.ndarray
) -> xr.Dataset:
    problem = gf.Quadratic(target, tied=begin.tied)
    times = _times(config, begin, values)
    method = gf.Exact() if begin.exact else gf.Stabilised(rtol=config.rtol)
    solution = gf.solve(problem, begin.w0, times, method=method, embeddings=True)
    modes = config.modes
    context = solution if solution.context is None else solution.context
    share = _shares(config, solution, values, vectors)
    kept = xr.Dataset(
        {
            "t": ("time", times),
            "share": (("time", "mode"), share.astype(np.float32)),
            "w_squared": (("time", "mode"), np.asarray(solution.singular_values)[:, :modes] ** 2),
            "c_squared": (("time", "mode"), np.asarray(context.singular_values)[:, :modes] ** 2),
            "expected": (("time", "mode"), np.full(share.shape, np.nan)),
            "imbalance": begin.imbalance,
            "evaluations": int(solution.evaluations),
        }
    )
    if begin.one_sided:
        foretold = mean_field_shares(values, begin.imbalance, config.dim, times[1:])
        kept["expected"][1:] = foretold[:, :modes]
    return kept.merge(compare(config, target, begin, solution, values, vectors))


def _shares(
    config: Config, solution: Solution, values: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """u_kᵀ W Cᵀ u_k / λ_k of the first modes, (T, m)."""
    context = solution if solution.context is None else solution.context
    head = vectors[:, : config.modes].T
    w, c = (head @ np.asarray(side.embeddings) for side in (solution, context))
    return np.sum(w * c, axis=2) / values[: config.modes]


def _times(config: Config, begin: Begin, values: np.ndarray) -> np.ndarray:
    """Zero, then geometric, over all steps; of unequal sides, of the modes that are followed."""
    if begin.imbalance > abs(values[0]):
        late = _lazy_times(config, begin.imbalance, values)[-1]  # C₀ grows first, at rate λ/4
        return np.concatenate(
            [[0.0], np.geomspace(0.1 / begin.imbalance, late, config.num_times - 1)]
        )
    # Untied, the start of a mode is that of [W₀; C₀]/2, which grows at half the rate.
    rates = np.sort(values)[::-1] if begin.tied else abs(values) / 2
    sides = begin.w0 if isinstance(begin.w0, tuple) else (begin.w0,)
    scale = float(np.sqrt(sum((side**2).sum() for side in sides) / config.words)) / len(sides)
    empty = np.empty((config.words, 0))
    return gf.time_grid(
        gf.Spectrum(rates, empty, float(values @ values)), scale, config.dim, config.num_times
    )


def _lazy_times(config: Config, imbalance: float, values: np.ndarray) -> np.ndarray:
    """Zero, then geometric, from before the first step to after that of the last mode."""
    half, sizes = imbalance / 2, abs(values[[0, config.modes - 1]])
    rates = np.hypot(sizes, half)
    excess = sizes**2 / (rates + half)
    logs = np.log(rates * config.words / (half * config.dim))
    middle = 2 * logs / excess
    return np.concatenate(
        [[0.0], np.geomspace(middle[0] / 10, 4 * middle[1], config.num_times - 1)]
    )


def _by_imbalance(
    config: Config, target: AbstractTarget, values: np.ndarray, vectors: np.ndarray
) -> xr.Dataset:
    """From C₀ far below W₀, all columns of W₀ orthogonal and of one length."""
    problem = gf.Quadratic(target, tied=False)
    crossed = np.empty((len(config.imbalances), config.seeds, len(LEVELS), config.modes))
    for row, share in enumerate(config.imbalances):
        imbalance = share * abs(values[0])
        times = _lazy_times(config, imbalance, values)
        small = 1e-6 * np.sqrt(imbalance * config.dim / config.words)
        for seed in range(config.seeds):
            w0 = gf.balanced_init(
                jax.random.key(seed), config.words, config.dim, small, imbalance=imbalance
            )
            found = gf.solve(problem, w0, times, method=gf.Exact(), embeddings=True)
            learned = _shares(config, found, values, vectors)
            crossed[row, seed] = crossing_times(times[1:], learned[1:])
    foretold = _foretold(config, values, config.imbalances)
    low, high = np.log10(config.imbalances)[[0, -1]]
    line = np.logspace(low, high, 1 + 2 * round(high - low))
    return xr.Dataset(
        {
            "crossed": (("relative", "seed", "level", "mode"), crossed),
            "foretold": (("relative", "level", "mode"), foretold),
            "line": (("finer", "level", "mode"), _foretold(config, values, line)),
        },
        {"relative": list(config.imbalances), "finer": line, "level": list(LEVELS)},
    )


def _foretold(config: Config, values: np.ndarray, relative: Iterable[float]) -> np.ndarray:
    """Times (λ, level, mode) of the mean field."""
    found = []
    for share in relative:
        imbalance = share * abs(values[0])
        times = _lazy_times(config, imbalance, values)[1:]
        learned = mean_field_shares(values, imbalance, config.dim, times)[:, : config.modes]
        found.append(crossing_times(times, learned))
    return np.array(found)
