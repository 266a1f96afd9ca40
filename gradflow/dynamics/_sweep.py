"""Scales × seeds of one problem, or of several, in one labelled result."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

from gradflow._checks import positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.dynamics._batched_map import map_lanes
from gradflow.dynamics._solve import cast, check_problem, checked_method, checked_times, timed
from gradflow.dynamics._time_grid import time_grid
from gradflow.dynamics._to_dataset import labelled
from gradflow.initialisation import balanced_init, gaussian_init
from gradflow.methods._method import AbstractMethod, Plan
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution
from gradflow.problems._problem import AbstractProblem, joined
from gradflow.targets import spectrum

# A function of a solution and its W₀ or (W₀, C₀), evaluated inside the compiled lane.
Measure = Callable[[Solution, Any], Array]

# (key, vocab_size, dim, scale, dtype) → W₀, or (W₀, C₀)
Initialiser = Callable[..., Any]

# What a sweep's dataset calls its own.
_RESERVED = frozenset(
    {
        *("t", "singular_values", "loss", "status", "evaluations", "plateaus"),
        *("context_singular_values", "context_plateaus", "snapshot_t"),
        *("scale", "seed", "time", "mode", "problem", "snapshot"),
    }
)


def sweep(
    problem: AbstractProblem | Mapping[Any, AbstractProblem],
    scales: Sequence[float],
    seeds: int | Sequence[int],
    dim: int,
    *,
    method: AbstractMethod | None = None,
    times: Float[np.ndarray, "..."] | None = None,
    num_times: int = 400,
    measure: Mapping[str, Measure] | None = None,
    snapshots: Snapshots | None = None,
    init: Initialiser | None = None,
    dtype: jnp.dtype | None = None,
    memory_limit: int = 2 * 2**30,
    lanes_at_once: int | None = None,
    devices: Sequence[jax.Device] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> xr.Dataset:
    """Follow every combination of scale and seed, compiled once, in chunks, on all devices.

    The same seed gives the same random numbers at every scale, so scales are compared in pairs.

    Args:
        problem: One problem, or a mapping from labels to problems of one kind and size (other k,
            other weighting, other targets), which become a leading axis "problem".
        scales: Initialisation scales σ, each above zero.
        seeds: How many seeds (0, 1, ...), or the seeds themselves.
        dim: d, at most V.
        method: Unless told otherwise `Exact()` where all problems have a closed form (`Quadratic`,
            and `Taylor` of order 2 with uniform weighting), else `Adaptive()`.
        times: When to look, (T,) for all scales or (scale, T); by default each scale's `time_grid`.
        num_times: T of that default.
        measure: Further results by name, each a function of (solution, W₀) returning an array of
            shape (), (d,), (T,) or (T, d); run inside the compiled lane, so neither is held. Give
            the same functions, or equal `equinox.Module`s, and equal sweeps compile once. Names of
            the sweep's own variables and dimensions are refused.
        snapshots: Functions of the state, kept at times of their own, the same for all scales.
        init: Initialiser, called with (key, V, d, scale, dtype); returns an array (V, d) of dtype,
            or a pair of them where the problem is untied. `gaussian_init` unless told otherwise,
            `balanced_init` where untied: a closed form begins there.
        dtype: float32 or float64; float64 unless told otherwise.
        memory_limit: Bytes that the lanes of one chunk may take, about. Problem and plan come on
            top of it.
        lanes_at_once: Size of a chunk, in place of the one that memory_limit gives.
        devices: Devices to spread lanes over; all of this process by default.
        progress: Called with (lanes done, lanes in all).

    Returns:
        Dataset with dimensions (problem,) scale, seed, time, mode: `t` (scale, time),
        `singular_values` and `loss`, `status` (a `Status` value each; a lane that failed has it
        above zero and raises nothing), `evaluations`, `plateaus` and what was measured; untied,
        also `context_singular_values` and `context_plateaus`. Snapshots have a dimension
        "snapshot" after the seed, with `snapshot_t`, and dimensions of their own after that.

    Raises:
        ArgumentError: An argument has the wrong type, shape or value.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, 1.0, -1.0])))
        >>> data = gf.sweep(problem, scales=[1e-2, 1e-4], seeds=3, dim=2, num_times=50)
        >>> dict(data.singular_values.sizes)
        {'scale': 2, 'seed': 3, 'time': 50, 'mode': 2}
    """
    problems = dict(problem) if isinstance(problem, Mapping) else {None: problem}
    vocab_size = _checked_vocab_size(problems)
    first = next(iter(problems.values()))
    method = checked_method(problems.values(), method)
    if init is None:
        init = gaussian_init if first.tied else balanced_init
    scales, seeds = _checked_scales(scales), _checked_seeds(seeds)
    if positive_int("dim", dim) > vocab_size:
        raise ArgumentError("dim", f"at most the vocabulary size {vocab_size}", dim)
    dtype = default_dtype() if dtype is None else _checked_dtype(dtype)
    devices, measure = _checked_devices(devices), _checked_measures(measure)
    _check_init(init, first, dim, dtype)
    if progress is not None and not callable(progress):
        raise ArgumentError("progress", "a function (done, total)", shown(progress))
    limit = positive_int("memory_limit", memory_limit)
    at_once = None if lanes_at_once is None else positive_int("lanes_at_once", lanes_at_once)
    grids = [_grids(one, scales, dim, times, num_times, dtype) for one in problems.values()]
    per_lane = method.bytes_per_lane(first, dim, grids[0].shape[1])
    kept = _checked_snapshots(snapshots, measure, min(grid[:, -1].min() for grid in grids))
    lane = Lane(method, init, vocab_size, dim, measure, dtype)
    count = len(scales) * len(seeds)
    datasets = []
    for done, (one, grid) in enumerate(zip(problems.values(), grids, strict=True)):
        found = map_lanes(
            lane,
            cast((one, method.plan(one, dim, float(grid.max())), kept), dtype),
            _lane_inputs(scales, seeds, grid),
            lanes_at_once=at_once or max(1, limit // per_lane),
            devices=devices,
            progress=_as_part(progress, done * count, len(problems) * count),
        )
        datasets.append(labelled(found, scales, seeds, grid, dim, kept))
    if not isinstance(problem, Mapping):
        return datasets[0]
    return xr.concat(datasets, xr.Variable("problem", list(problems)))


class Lane(eqx.Module):
    """What every lane does. Equal settings make equal lanes, which share a compilation."""

    method: AbstractMethod
    init: Initialiser = eqx.field(static=True)
    vocab_size: int = eqx.field(static=True)
    dim: int = eqx.field(static=True)
    measure: dict[str, Measure]
    dtype: jnp.dtype = eqx.field(static=True)

    def __call__(
        self,
        shared: tuple[AbstractProblem, Plan, tuple[Snapshots, ...]],
        lane: dict[str, Array],
    ) -> dict[str, Array]:
        """Draw W₀, follow the flow, measure."""
        problem, plan, snapshots = shared
        key = jax.random.key(lane["seed"])
        w0 = self.init(key, self.vocab_size, self.dim, lane["scale"], self.dtype)
        start = joined(tuple(map(jnp.asarray, (w0,) if problem.tied else w0)))
        times = lane["times"].astype(self.dtype)
        solution = self.method.run(problem, plan, start, times, snapshots)
        measured = {
            name: _as_array(name, function(solution, w0)) for name, function in self.measure.items()
        }
        return {
            "singular_values": solution.singular_values,
            "loss": solution.loss,
            "status": solution.status,
            "evaluations": solution.evaluations,
            "plateaus": solution.plateaus,
            **_of_context(solution),
            **measured,
            **solution.snapshots,
        }


def _of_context(solution: Solution) -> dict[str, Array]:
    """What there is of C, where it is not W."""
    if solution.context is None:
        return {}
    return {
        "context_singular_values": solution.context.singular_values,
        "context_plateaus": solution.context.plateaus,
    }


def _checked_vocab_size(problems: Mapping[Any, AbstractProblem]) -> int:
    if not problems:
        raise ArgumentError("problem", "at least one problem", "an empty mapping")
    for one in problems.values():
        check_problem(one)
    sizes = {one.vocab_size for one in problems.values()}
    kinds = {f"{type(one).__name__}{'' if one.tied else ', untied'}" for one in problems.values()}
    if len(sizes) > 1 or len(kinds) > 1:
        raise ArgumentError("problem", "problems of one kind and size", f"{kinds}, V in {sizes}")
    return sizes.pop()


def _checked_scales(scales: Sequence[float]) -> tuple[float, ...]:
    array = np.atleast_1d(real_array("scales", scales))
    if array.ndim != 1:
        raise ArgumentError("scales", "numbers in one row", f"shape {array.shape}")
    values = tuple(positive_float("scales", scale) for scale in array.tolist())
    if not values or len(set(values)) < len(values):
        raise ArgumentError("scales", "different numbers, at least one", shown(values))
    return values


def _checked_seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    if not isinstance(seeds, Sequence | np.ndarray):
        return tuple(range(positive_int("seeds", seeds)))
    values = tuple(seeds)
    most = np.iinfo(jax.dtypes.canonicalize_dtype(np.int64)).max
    fine = all(
        isinstance(seed, int | np.integer) and not isinstance(seed, bool) and 0 <= seed <= most
        for seed in values
    )
    if not values or not fine or len(set(values)) < len(values):
        raise ArgumentError("seeds", "different whole numbers from 0, at least one", shown(values))
    return tuple(int(seed) for seed in values)


def _checked_dtype(dtype: jnp.dtype) -> jnp.dtype:
    try:
        found = jnp.dtype(dtype)
    except TypeError as error:
        raise ArgumentError("dtype", "float32 or float64", shown(dtype)) from error
    if found not in (jnp.float32, jnp.float64):
        raise ArgumentError("dtype", "float32 or float64", found)
    if jax.dtypes.canonicalize_dtype(found) != found:
        raise ArgumentError("dtype", "float32, since jax_enable_x64 is off", found)
    return found


def _checked_devices(devices: Sequence[jax.Device] | None) -> list[jax.Device] | None:
    if devices is None:
        return None
    found = list(devices) if isinstance(devices, Sequence | np.ndarray) else []
    fine = all(isinstance(device, jax.Device) for device in found)
    if not found or not fine or len(set(found)) < len(found):
        raise ArgumentError("devices", "different JAX devices, at least one", shown(devices))
    return found


def _checked_measures(measure: Mapping[str, Measure] | None) -> dict[str, Measure]:
    if measure is None:
        return {}
    if not isinstance(measure, Mapping):
        raise ArgumentError("measure", "a mapping from names to functions", shown(measure))
    for name, function in measure.items():
        if not isinstance(name, str) or name in _RESERVED:
            raise ArgumentError("measure", "names that a sweep does not use itself", shown(name))
        if not callable(function):
            raise ArgumentError(f"measure[{name!r}]", "a function (solution, w0)", shown(function))
    return dict(measure)


def _checked_snapshots(
    snapshots: Snapshots | None, measure: Mapping[str, Measure], last_time: float
) -> tuple[Snapshots, ...]:
    """With times of their own, and with names that nothing else has."""
    if isinstance(snapshots, Snapshots):
        if snapshots.times is None:
            wanted = "snapshots with times of their own, since every scale has another grid"
            raise ArgumentError("snapshots", wanted, "times=None")
        for name in snapshots.functions.keys() & (_RESERVED | measure.keys()):
            raise ArgumentError("snapshots", "names that a sweep does not use itself", repr(name))
    return timed(snapshots, np.array([last_time]))


def _check_init(init: Initialiser, problem: AbstractProblem, dim: int, dtype: jnp.dtype) -> None:
    """What it would return, without running it."""
    vocab_size = problem.vocab_size
    if not callable(init):
        wanted = "a function (key, vocab_size, dim, scale, dtype)"
        raise ArgumentError("init", wanted, shown(init))
    one = f"an array ({vocab_size}, {dim}) of {dtype}"
    wanted = one if problem.tied else f"a pair (W₀, C₀), each {one}"
    key, scale = jax.random.key(0), jax.ShapeDtypeStruct((), default_dtype())
    try:
        made = jax.eval_shape(lambda key, s: init(key, vocab_size, dim, s, dtype), key, scale)
    except TypeError as error:
        raise ArgumentError("init", wanted, shown(error)) from error
    sides = (made,) if problem.tied else made
    if not isinstance(sides, tuple) or len(sides) != (1 if problem.tied else 2):
        raise ArgumentError("init", wanted, type(made).__name__)
    for side in sides:
        if not isinstance(side, jax.ShapeDtypeStruct):
            raise ArgumentError("init", wanted, type(side).__name__)
        if side.shape != (vocab_size, dim) or side.dtype != dtype:
            raise ArgumentError("init", wanted, f"{side.shape} of {side.dtype}")


def _as_array(name: str, value: Any) -> Array:
    """What a measure returned."""
    try:
        if not eqx.is_array_like(value):
            raise TypeError("not an array")
        return jnp.asarray(value)
    except TypeError as error:
        raise ArgumentError(f"measure[{name!r}]", "an array", type(value).__name__) from error


def _grids(
    problem: AbstractProblem,
    scales: tuple[float, ...],
    dim: int,
    times: Float[np.ndarray, "..."] | None,
    num_times: int,
    dtype: jnp.dtype,
) -> Float[np.ndarray, "scale T"]:
    """One row of times for each scale."""
    if times is None:
        num_times = positive_int("num_times", num_times, least=8)
        spec = spectrum(problem.linearisation, dim)
        return np.stack([time_grid(spec, scale, dim, num_times) for scale in scales])
    rows = np.atleast_2d(real_array("times", times))
    if rows.ndim != 2 or len(rows) not in (1, len(scales)):
        raise ArgumentError("times", f"shape (T,) or ({len(scales)}, T)", f"shape {rows.shape}")
    for row in rows:
        checked_times(row, dtype)
    return np.broadcast_to(rows, (len(scales), rows.shape[1]))


def _lane_inputs(
    scales: tuple[float, ...], seeds: tuple[int, ...], grid: Float[np.ndarray, "scale T"]
) -> dict[str, np.ndarray]:
    """Lanes in the order (scale, seed)."""
    return {
        "scale": np.repeat(np.array(scales), len(seeds)),
        "seed": np.tile(np.array(seeds), len(scales)),
        "times": np.repeat(grid, len(seeds), axis=0),
    }


def _as_part(
    progress: Callable[[int, int], None] | None, before: int, total: int
) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, _: progress(before + done, total)
