"""What a sweep is asked for, checked before any work."""

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gradflow._checks import one_of, positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.dynamics._lanes import Initialiser, Measure, Progress
from gradflow.dynamics._solve import check_problem, checked_times, timed
from gradflow.initialisation import balanced_init, gaussian_init
from gradflow.methods import AbstractMethod, Snapshots
from gradflow.problems import AbstractProblem
from gradflow.studies._sweep_axes import fields_of
from gradflow.theory import PredictionRule
from gradflow.theory._prediction import PREDICTION_RULES

_DIMENSIONS = frozenset(
    {"scale", "seed", "time", "mode", "problem", "snapshot", "dim", "rule", "word", "column"}
)
# What a sweep's dataset calls its own variables and coordinates. A measure may take the place of
# "measured", so that name is not among them.
_VARIABLES = frozenset(
    {
        *("t", "singular_values", "loss", "status", "evaluations", "plateaus", "predicted"),
        *("context_singular_values", "context_plateaus", "context_measured", "snapshot_t"),
        *("embeddings", "context_embeddings"),
    }
)
_RESERVED = _DIMENSIONS | _VARIABLES


@dataclasses.dataclass(frozen=True)
class Arguments:
    """The arguments of `sweep` that are the same for all its cases, each in its proper type.

    `method` names the method for a problem. `snapshots` gives them with times of their own, once
    the last time of all runs is known. `init` holds the initialisers that were given, by side.
    """

    problems: dict[Hashable, AbstractProblem]
    scales: tuple[float, ...]
    seeds: tuple[int, ...]
    dims: tuple[int, ...]
    method: Callable[[AbstractProblem], AbstractMethod[Any]]
    rules: tuple[PredictionRule, ...]
    modes: int | None
    measure: dict[str, Measure]
    snapshots: Callable[[float], tuple[Snapshots, ...]]
    embeddings: bool
    init: dict[str, Initialiser]
    dtype: jnp.dtype
    memory_limit: int
    lanes_at_once: int | None
    devices: list[jax.Device] | None
    progress: Progress | None


def checked_arguments(
    *,
    problems: Any,
    scales: Any,
    seeds: Any,
    dims: Any,
    method: Any,
    rules: Any,
    modes: Any,
    measure: Any,
    snapshots: Any,
    embeddings: Any,
    init: Any,
    dtype: Any,
    memory_limit: Any,
    lanes_at_once: Any,
    devices: Any,
    progress: Any,
) -> Arguments:
    """Return the arguments of a sweep in their proper types.

    Raises:
        ArgumentError: One of them has the wrong type, shape or value.
    """
    named = _checked_problems(problems)
    scales, seeds = _checked_scales(scales), _checked_seeds(seeds)
    dims = _checked_dims(dims, next(iter(named.values())).vocab_size)
    dtype = default_dtype() if dtype is None else _checked_dtype(dtype)
    devices, measure = _checked_devices(devices), _checked_measures(measure)
    inits = _checked_inits(init, named, dims, dtype)
    if not isinstance(embeddings, bool | np.bool_):
        raise ArgumentError("embeddings", "True or False", shown(embeddings))
    if progress is not None and not callable(progress):
        raise ArgumentError("progress", "a function (done, total)", shown(progress))
    _check_snapshots(snapshots, measure)
    return Arguments(
        problems=named,
        scales=scales,
        seeds=seeds,
        dims=dims,
        method=_checked_method(method, named),
        rules=_checked_rules(rules),
        modes=_positive_or_none("modes", modes),
        measure=measure,
        snapshots=lambda last_time: timed(snapshots, np.array([last_time])),
        embeddings=bool(embeddings),
        init=inits,
        dtype=dtype,
        memory_limit=positive_int("memory_limit", memory_limit),
        lanes_at_once=None
        if lanes_at_once is None
        else positive_int("lanes_at_once", lanes_at_once),
        devices=devices,
        progress=progress,
    )


def checked_grid(times: Any, scales: int, dtype: jnp.dtype) -> Float[np.ndarray, "scale T"]:
    """Return times that were given as one row for each scale.

    Raises:
        ArgumentError: They are of another shape, or do not rise in this dtype.
    """
    rows = np.atleast_2d(real_array("times", times))
    if rows.ndim != 2 or len(rows) not in (1, scales):
        raise ArgumentError("times", f"shape (T,) or ({scales}, T)", f"shape {rows.shape}")
    for row in rows:
        checked_times(row, dtype)
    return np.broadcast_to(rows, (scales, rows.shape[1]))


def _positive_or_none(argument: str, value: Any) -> int | None:
    return None if value is None else positive_int(argument, value)


def _checked_problems(problems: Any) -> dict[Hashable, AbstractProblem]:
    """Problems by label, all with the same V; a single one has the label None."""
    named = dict(problems) if isinstance(problems, Mapping) else {None: problems}
    if not named:
        raise ArgumentError("problems", "at least one problem", "an empty mapping")
    for problem in named.values():
        check_problem(problem)
    sizes = sorted({problem.vocab_size for problem in named.values()})
    if len(sizes) > 1:
        raise ArgumentError("problems", "problems of one vocabulary size", f"V of {sizes}")
    for name in fields_of(list(named)):
        if name in _RESERVED:
            wanted = "labels whose fields have names that a sweep does not use itself"
            raise ArgumentError("problems", wanted, repr(name))
    return named


def _checked_method(
    method: Any, problems: Mapping[Hashable, AbstractProblem]
) -> Callable[[AbstractProblem], AbstractMethod[Any]]:
    """A function that names the method for each problem."""
    if isinstance(method, AbstractMethod):
        return lambda problem: method
    wanted = "a gradflow method, such as Exact()"
    if not callable(method) or isinstance(method, type):
        raise ArgumentError("method", wanted, shown(method))
    for problem in problems.values():
        named = method(problem)
        if not isinstance(named, AbstractMethod):
            raise ArgumentError("method", f"a function that returns {wanted}", shown(named))
    return method


def _checked_scales(scales: Any) -> tuple[float, ...]:
    array = np.atleast_1d(real_array("scales", scales))
    if array.ndim != 1:
        raise ArgumentError("scales", "numbers in one row", f"shape {array.shape}")
    values = tuple(positive_float("scales", scale) for scale in array.tolist())
    if not values or len(set(values)) < len(values):
        raise ArgumentError("scales", "different numbers, at least one", shown(values))
    return values


def _checked_seeds(seeds: Any) -> tuple[int, ...]:
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


def _checked_dims(dims: Any, vocab_size: int) -> tuple[int, ...]:
    several = isinstance(dims, Sequence | np.ndarray) and not isinstance(dims, str)
    values = tuple(positive_int("dims", dim) for dim in (dims if several else (dims,)))
    if not values or len(set(values)) < len(values):
        raise ArgumentError("dims", "different integers, at least one", shown(dims))
    if max(values) > vocab_size:
        raise ArgumentError("dims", f"at most the vocabulary size {vocab_size}", max(values))
    return values


def _checked_rules(rules: Any) -> tuple[PredictionRule, ...]:
    if isinstance(rules, str) or not isinstance(rules, Sequence):
        raise ArgumentError("rules", "a sequence of rules", shown(rules))
    for rule in rules:
        one_of("rules", rule, PREDICTION_RULES)
    if len(set(rules)) < len(rules):
        raise ArgumentError("rules", "different rules", shown(rules))
    return tuple(rules)


def _checked_dtype(dtype: Any) -> jnp.dtype:
    try:
        proper = jnp.dtype(dtype)
    except TypeError as error:
        raise ArgumentError("dtype", "float32 or float64", shown(dtype)) from error
    if proper not in (jnp.float32, jnp.float64):
        raise ArgumentError("dtype", "float32 or float64", proper)
    if jax.dtypes.canonicalize_dtype(proper) != proper:
        raise ArgumentError("dtype", "float32, since jax_enable_x64 is off", proper)
    return proper


def _checked_devices(devices: Any) -> list[jax.Device] | None:
    if devices is None:
        return None
    values = list(devices) if isinstance(devices, Sequence | np.ndarray) else []
    fine = all(isinstance(device, jax.Device) for device in values)
    if not values or not fine or len(set(values)) < len(values):
        raise ArgumentError("devices", "different JAX devices, at least one", shown(devices))
    return values


def _checked_measures(measure: Any) -> dict[str, Measure]:
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


def _check_snapshots(snapshots: Any, measure: Mapping[str, Measure]) -> None:
    """Snapshots have times of their own and names that nothing else has, or an error says so."""
    if snapshots is None:
        return
    if not isinstance(snapshots, Snapshots):
        raise ArgumentError("snapshots", "gradflow.Snapshots", shown(snapshots))
    if snapshots.times is None:
        wanted = "snapshots with times of their own, since every scale has another grid"
        raise ArgumentError("snapshots", wanted, "times=None")
    for name in snapshots.functions.keys() & (_RESERVED | {"measured"} | measure.keys()):
        raise ArgumentError("snapshots", "names that a sweep does not use itself", repr(name))


def _checked_inits(
    init: Any, problems: Mapping[Hashable, AbstractProblem], dims: Sequence[int], dtype: jnp.dtype
) -> dict[str, Initialiser]:
    """The initialisers that were given, by side, once it is sure that they fit their problems."""
    sides = {("tied" if problem.tied else "untied"): problem for problem in problems.values()}
    if init is None:
        given = {}
    elif isinstance(init, Mapping):
        given = dict(init)
        for side in given:
            one_of("init", side, ("tied", "untied"))
    elif len(sides) > 1:
        wanted = 'a mapping with "tied" and "untied", as there are problems of both sides'
        raise ArgumentError("init", wanted, shown(init))
    else:
        given = dict.fromkeys(sides, init)
    for side, problem in sides.items():
        default = gaussian_init if problem.tied else balanced_init
        for dim in dims:
            _check_init(given.get(side, default), problem, dim, dtype)
    return given


def _check_init(init: Any, problem: AbstractProblem, dim: int, dtype: jnp.dtype) -> None:
    """What an initialiser would return is a start of this problem; nothing is run to see that."""
    vocab_size = problem.vocab_size
    if not callable(init):
        wanted = "a function (key, vocab_size, dim, scale, dtype)"
        raise ArgumentError("init", wanted, shown(init))
    array = f"an array ({vocab_size}, {dim}) of {dtype}"
    wanted = array if problem.tied else f"a pair (W₀, C₀), each {array}"
    key, scale = jax.random.key(0), jax.ShapeDtypeStruct((), default_dtype())
    try:
        start = jax.eval_shape(lambda key, s: init(key, vocab_size, dim, s, dtype), key, scale)
    except TypeError as error:
        raise ArgumentError("init", wanted, shown(error)) from error
    sides = (start,) if problem.tied else start
    if not isinstance(sides, tuple) or len(sides) != (1 if problem.tied else 2):
        raise ArgumentError("init", wanted, type(start).__name__)
    for side in sides:
        if not isinstance(side, jax.ShapeDtypeStruct):
            raise ArgumentError("init", wanted, type(side).__name__)
        if side.shape != (vocab_size, dim) or side.dtype != dtype:
            raise ArgumentError("init", wanted, f"{side.shape} of {side.dtype}")
