"""word2vec, QWEM and theory from both starts."""

import dataclasses
from collections.abc import Mapping

import jax
import numpy as np
import xarray as xr
from jaxtyping import Array, Float64

import gradflow as gf
from experiments.initialisation._config import Config
from gradflow.methods import AbstractMethod
from gradflow.problems import AbstractProblem
from gradflow.targets import Spectrum
from gradflow.theory import COMPETITORS

FOLLOWED = ("word2vec", "QWEM")
RUNS = (*FOLLOWED, "theory")

# First time in units of the first step; until when there is little to see; and last time, of both
# starts, in units of the small one's last step.
_EARLY, _QUIET, _LATE = 0.05, 0.5, 1.1
_QUIET_SHARE = 0.15  # of the times


@dataclasses.dataclass(frozen=True)
class _Run:
    """One of the two that are followed: its loss, how it is followed, its loss at W = 0."""

    problem: AbstractProblem
    method: AbstractMethod
    origin: float


def run(config: Config) -> xr.Dataset:
    """Singular values from both starts.

    Returns:
        By scale: `t` (time) and `unit`, τ₁, the predicted time of the first step; of every run
        `singular_values` (time, mode), of "paper", theory with s₀ = σ, too; `step`, `rise` (mode),
        to λ/2 and from λ/10 to 0.9 λ, and `index`, the median separation of the first steps in rise
        times; of those that are followed `loss` (time), less that of W = 0, `shared` (time), how
        much of the first d eigenvectors the span of W holds, and `aligned` (mode), the squared
        cosine of principal axis k and eigenvector k half way up mode k. `foreseen` (scale), the
        index of a typical start; `same_end` (followed), how much the spans share that both starts
        are in at the last time, the same for both; `eigenvalue` (mode).
    """
    stats = gf.load_statistics(config.counts).top(config.words)
    target = gf.mstar(stats, config.negatives)
    target.top_eigenpairs(target.vocab_size)  # all of them: the exact flow needs them
    wide = gf.spectrum(target, min(config.words, config.dim + COMPETITORS))
    contrastive = gf.Contrastive(stats, "uniform", config.negatives)
    runs = {
        "word2vec": _Run(contrastive, gf.Stabilised(config.rtol), config.words**2 * np.log(2)),
        "QWEM": _Run(gf.Quadratic(target), gf.Exact(), target.squared_norm / 8),
    }
    starts = [_start(config, scale) for scale in config.scales]
    steps = [np.asarray(gf.predict_steps(wide, w0, "qr"))[: config.dim] for w0 in starts]
    last = _LATE * max(float(np.nanmax(one)) for one in steps)
    parts, ends = zip(
        *(
            _scale(config, scale, wide, runs, float(one[0]), last)
            for scale, one in zip(config.scales, steps, strict=True)
        ),
        strict=True,
    )
    found = xr.concat(parts, xr.Variable("scale", list(config.scales)))
    large, small = ends
    same = [np.sum((large[name].T @ small[name]) ** 2) / config.dim for name in FOLLOWED]
    return found.assign(
        eigenvalue=("mode", wide.eigenvalues[: config.dim]), same_end=("followed", same)
    ).assign_attrs(words=config.words, dim=config.dim, modes=config.modes)


def _start(config: Config, scale: float) -> Array:
    """W₀: of both scales the same directions."""
    return gf.gaussian_init(jax.random.key(config.seed), config.words, config.dim, scale)


def _scale(
    config: Config, scale: float, wide: Spectrum, runs: Mapping[str, _Run], unit: float, last: float
) -> tuple[xr.Dataset, dict[str, Float64[np.ndarray, "V d"]]]:
    """From one start, and the axes that each run ends in."""
    w0, times = _start(config, scale), _times(config, unit, last)
    parts, ends = [], {}
    for name, one in runs.items():
        part, ends[name] = _follow(config, one, wide, w0, times)
        parts.append(part)
    followed = xr.concat(parts, xr.Variable("followed", list(runs)))
    own = ["singular_values", "step", "rise", "index"]
    joined = xr.concat(
        [
            followed[own].rename(followed="run"),
            _theory(config, wide, w0, times, "qr").expand_dims(run=["theory"]),
            _theory(config, wide, w0, times, "paper").expand_dims(run=["paper"]),
        ],
        "run",
    )
    foreseen = gf.predict_stepness(wide, scale, config.dim, config.modes).index
    whole = joined.merge(followed.drop_vars(own))
    return whole.assign(t=("time", times), unit=unit, foreseen=foreseen), ends


def _times(config: Config, unit: float, last: float) -> Float64[np.ndarray, " T"]:
    """From long before the first step, at `unit`."""
    quiet = round(_QUIET_SHARE * config.num_times)
    before = np.geomspace(_EARLY * unit, _QUIET * unit, quiet, endpoint=False)
    after = np.geomspace(_QUIET * unit, last, config.num_times - quiet)
    return np.concatenate([before, after])


def _follow(
    config: Config, one: _Run, wide: Spectrum, w0: Array, times: Float64[np.ndarray, " T"]
) -> tuple[xr.Dataset, Float64[np.ndarray, "V d"]]:
    """One run, and the principal axes at its end."""
    vectors = wide.eigenvectors[:, : config.dim]
    axes = gf.PrincipalAxes(config.dim)
    seen = gf.Snapshots({"axes": axes}, times)
    solution = gf.solve(one.problem, w0, times, method=one.method, snapshots=seen)
    # All are measured against the same heights, λ: word2vec has none of its own where it drifts.
    heights = wide.eigenvalues[: config.dim]
    step, rise = (
        np.asarray(measure(solution, plateaus=heights))
        for measure in (gf.measure_steps, gf.measure_rise_times)
    )
    found = np.asarray(solution.snapshots["axes"])
    squares = np.einsum("vm,tvk->tmk", vectors, found) ** 2
    near = np.abs(times - np.nan_to_num(step)[:, None]).argmin(axis=1)
    each = np.arange(config.dim)
    aligned = np.where(np.isnan(step), np.nan, squares[near, each, each])
    part = _arrays(config, np.asarray(solution.singular_values), step, rise).assign(
        loss=("time", np.asarray(solution.loss) - one.origin),
        shared=("time", squares.sum(axis=(1, 2)) / config.dim),
        aligned=("mode", aligned),
    )
    return part, found[-1]


def _theory(
    config: Config,
    wide: Spectrum,
    w0: Array,
    times: Float64[np.ndarray, " T"],
    rule: gf.theory.PredictionRule,
) -> xr.Dataset:
    """Sigmoids from the s₀ of a rule."""
    values, step, rise = (
        np.asarray(array)[..., : config.dim]
        for array in (
            gf.predict_singular_values(wide, w0, times, rule),
            gf.predict_steps(wide, w0, rule),
            gf.predict_rise_times(wide, w0, rule),
        )
    )
    return _arrays(config, values, step, rise)


def _arrays(config: Config, values: np.ndarray, step: np.ndarray, rise: np.ndarray) -> xr.Dataset:
    """What all runs have."""
    return xr.Dataset(
        {
            "singular_values": (("time", "mode"), values.astype(np.float32)),
            "step": ("mode", step),
            "rise": ("mode", rise),
            "index": gf.stepness(step[: config.modes], rise[: config.modes]).index,
        },
        {"mode": np.arange(1, config.dim + 1)},
    )
