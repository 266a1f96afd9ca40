"""The lanes beneath a sweep: draw W₀, follow the flow, measure; failed lanes once more."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gradflow._errors import ArgumentError
from gradflow.dynamics._batched_map import map_lanes
from gradflow.dynamics._repair import repair_lanes
from gradflow.dynamics._solve import cast
from gradflow.methods import AbstractMethod, Snapshots, Solution
from gradflow.methods._snapshots import context_of, embeddings_of
from gradflow.problems import AbstractProblem
from gradflow.problems._problem import stack_sides

# A function of a solution and its W₀ or (W₀, C₀), evaluated inside the compiled lane.
Measure = Callable[[Solution, Any], Array]

# (key, vocab_size, dim, scale, dtype) → W₀, or (W₀, C₀)
Initialiser = Callable[..., Any]

# Called with lanes done and lanes in all.
Progress = Callable[[int, int], None]

EMBEDDINGS, CONTEXT_EMBEDDINGS = "embeddings", "context_embeddings"


class Lane(eqx.Module):
    """What every lane of a sweep does. Equal settings make equal lanes, which share a compilation.

    Attributes:
        method: How the flow is followed.
        init: Draws W₀, or (W₀, C₀).
        vocab_size: V.
        dim: d.
        measure: Further results by name; arrays inside are leaves, so that other numbers in them
            need no other compilation.
        dtype: Of the computation.
        embeddings: Whether W, and C, is kept at the lane's own times.
    """

    method: AbstractMethod[Any]
    init: Initialiser = eqx.field(static=True)
    vocab_size: int = eqx.field(static=True)
    dim: int = eqx.field(static=True)
    measure: dict[str, Measure]
    dtype: jnp.dtype = eqx.field(static=True)
    embeddings: bool = eqx.field(static=True, default=False)

    def __call__(
        self,
        shared: tuple[AbstractProblem, Any, tuple[Snapshots, ...]],
        lane: dict[str, Array],
    ) -> dict[str, Array]:
        """Return the results of one lane by name.

        Args:
            shared: What all lanes see: problem, plan, and snapshots at times of their own.
            lane: `scale` (), `seed` () and `times` (T,) of this lane.
        """
        problem, plan, snapshots = shared
        key = jax.random.key(lane["seed"])
        w0 = self.init(key, self.vocab_size, self.dim, lane["scale"], self.dtype)
        start = stack_sides(tuple(map(jnp.asarray, (w0,) if problem.tied else w0)))
        times = lane["times"].astype(self.dtype)
        if self.embeddings:
            snapshots += (_embeddings_at(times, problem.tied),)
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


def follow_lanes(
    lane: Lane,
    problem: AbstractProblem,
    snapshots: tuple[Snapshots, ...],
    inputs: dict[str, np.ndarray],
    *,
    memory_limit: int,
    lanes_at_once: int | None = None,
    devices: list[jax.Device] | None = None,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """Return the results of all lanes of one problem, the lanes in front.

    Lanes that end with a status for which their method knows a repair are followed once more, with
    the method that it names; what fails then too keeps its last status.

    Args:
        lane: What each lane does.
        problem: What is learned.
        snapshots: What else is kept, at times of its own.
        inputs: `scale` (n,), `seed` (n,) and `times` (n, T) of the n lanes.
        memory_limit: Bytes that the lanes of one chunk may take, about.
        lanes_at_once: Size of a chunk in place of the one that memory_limit gives.
        devices: Devices to use; all of this process by default.
        progress: Called with lanes done and lanes in all; repairs are not counted.

    Returns:
        Arrays (n, ...) by name.

    Raises:
        ArgumentError: The method cannot solve this problem, or a measure returns no array.
    """

    def follow(method: AbstractMethod[Any], lanes: Int[np.ndarray, " m"]) -> dict[str, np.ndarray]:
        chosen = {name: values[lanes] for name, values in inputs.items()}
        return run(dataclasses.replace(lane, method=method), inputs=chosen)

    run = functools.partial(
        _follow_once,
        problem=problem,
        snapshots=snapshots,
        memory_limit=memory_limit,
        lanes_at_once=lanes_at_once,
        devices=devices,
    )
    return repair_lanes(lane.method, run(lane, inputs=inputs, progress=progress), follow)


def _follow_once(
    lane: Lane,
    *,
    problem: AbstractProblem,
    snapshots: tuple[Snapshots, ...],
    inputs: dict[str, np.ndarray],
    memory_limit: int,
    lanes_at_once: int | None,
    devices: list[jax.Device] | None,
    progress: Progress | None = None,
) -> dict[str, np.ndarray]:
    """The results of all lanes by one method, whatever their status."""
    times = inputs["times"]
    plan = lane.method.plan(problem, lane.dim, float(times.max()))
    per_lane = lane.method.bytes_per_lane(problem, lane.dim, times.shape[1])
    if lane.embeddings:
        per_lane += times.shape[1] * problem.rows * lane.dim * lane.dtype.itemsize
    return map_lanes(
        lane,
        cast((problem, plan, snapshots), lane.dtype),
        inputs,
        lanes_at_once=lanes_at_once or max(1, memory_limit // per_lane),
        devices=devices,
        progress=progress,
    )


def _embeddings_at(times: Float[Array, " T"], tied: bool) -> Snapshots:
    """Snapshots of the embeddings at times that may be traced, which `Snapshots` itself refuses."""
    functions = {EMBEDDINGS: embeddings_of}
    if not tied:
        functions[CONTEXT_EMBEDDINGS] = context_of
    return eqx.tree_at(lambda snapshots: snapshots.times, Snapshots(functions, np.zeros(1)), times)


def _of_context(solution: Solution) -> dict[str, Array]:
    """Singular values and plateaus of C, where C is not W."""
    if solution.context is None:
        return {}
    return {
        "context_singular_values": solution.context.singular_values,
        "context_plateaus": solution.context.plateaus,
    }


def _as_array(name: str, value: Any) -> Array:
    """The value that a measure returned, as an array."""
    try:
        if not eqx.is_array_like(value):
            raise TypeError("not an array")
        return jnp.asarray(value)
    except TypeError as error:
        raise ArgumentError(f"measure[{name!r}]", "an array", type(value).__name__) from error
