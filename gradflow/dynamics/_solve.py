"""The one verb: check, plan on the host, then run one pure compiled function."""

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Real

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError, SolveError
from gradflow.methods import AbstractMethod, Auto, Snapshots, Solution, Status
from gradflow.methods._method import PlanT
from gradflow.methods._snapshots import context_of, embeddings_of
from gradflow.problems import AbstractProblem
from gradflow.problems._validate_start import Start, checked_start

_AUTO = Auto()
TreeT = TypeVar("TreeT")
# Times as they are given, in one row.
Times = Real[ArrayLike, " T"] | Sequence[float]


def solve(
    problem: AbstractProblem,
    w0: Start,
    times: Times,
    *,
    method: AbstractMethod[Any] = _AUTO,
    embeddings: bool | np.bool_ = False,
    snapshots: Snapshots | None = None,
    throw: bool = True,
) -> Solution:
    """Follow the gradient flow dW/dt = −∇L from W₀, or from (W₀, C₀) where they are untied.

    It may be called inside `jax.jit` and `jax.vmap`, with W₀ traced and times known. Then the
    entries of W₀ are not checked, nothing is raised whatever `throw` says, and a start that needs
    another method (`AbstractMethod.repair`) is not repeated with it: look at `status`. Derivatives
    are forward-mode only (`jax.jvp`, `jax.jacfwd`).

    Args:
        problem: `Quadratic`, `Contrastive`, `Taylor`, `NCE` or `Custom`.
        w0: Where training starts, (V, d) with d ≤ V; a pair (W₀, C₀) of such where the problem is
            untied. Its dtype, float32 or float64, is that of the computation; integers become
            float64.
        times: When to look, (T,), rising in that dtype, the first at or after zero, T ≥ 1.
        method: How the flow is followed. `Auto()` takes the closed form where there is one and
            integrates elsewhere: its docstring is the table of methods.
        embeddings: Keep W (and C) at every time: T · V · d numbers.
        snapshots: Further functions of the state, kept at times of their own.
        throw: Raise if the flow could not be followed; else `status` says so.

    Returns:
        Singular values and loss at the times, and the flow between them.

    Raises:
        ArgumentError: An argument has the wrong shape, type or value.
        SolveError: The flow could not be followed to the last time, and `throw` is set.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-3)
        >>> (gf.solve(problem, w0, [0.0, 20.0]).singular_values[-1] ** 2).round(6)
        Array([3., 2.], dtype=float64)
    """
    check_problem(problem)
    if not isinstance(method, AbstractMethod):
        raise ArgumentError("method", "a gradflow method, such as Exact()", repr(method))
    start = checked_start(problem, w0)
    values = checked_times(times, start.dtype)
    if not isinstance(embeddings, bool | np.bool_):
        raise ArgumentError("embeddings", "True or False", shown(embeddings))
    wanted = timed(snapshots, values)
    if embeddings:
        wanted += (Snapshots(_EMBEDDINGS if problem.tied else _BOTH, values),)
    solution = _follow(problem, start, values, wanted, method)
    if isinstance(solution.status, jax.core.Tracer):
        return solution
    while (better := method.repair(Status(int(solution.status)))) is not None:
        method, solution = better, _follow(problem, start, values, wanted, better)
    if throw and int(solution.status) != Status.ok:
        raise SolveError(_failure(solution))
    return solution


# What snapshots that `solve` itself takes are called, out of the way of others.
_W, _C = "embeddings", "context_embeddings"
_EMBEDDINGS = {_W: embeddings_of}
_BOTH = {_W: embeddings_of, _C: context_of}


def timed(snapshots: Snapshots | None, times: Float[np.ndarray, " T"]) -> tuple[Snapshots, ...]:
    """Return snapshots with times, none beyond those of the solve.

    Raises:
        ArgumentError: Not snapshots, a name is taken, or a time is not within the run.
    """
    if snapshots is None:
        return ()
    if not isinstance(snapshots, Snapshots):
        raise ArgumentError("snapshots", "gradflow.Snapshots", shown(snapshots))
    for name in _BOTH.keys() & snapshots.functions.keys():
        raise ArgumentError("snapshots", "names that a solution does not use itself", repr(name))
    if snapshots.times is None:
        return (Snapshots(snapshots.functions, times),)
    values = np.asarray(snapshots.times, times.dtype)
    if values[-1] > times[-1]:
        wanted = f"times up to the last one of the run, {times[-1]:g}"
        raise ArgumentError("snapshots", wanted, f"{values[-1]:g}")
    return (Snapshots(snapshots.functions, values),)


def _follow(
    problem: AbstractProblem,
    start: Float[Array, "R d"],
    times: Float[np.ndarray, " T"],
    snapshots: tuple[Snapshots, ...],
    method: AbstractMethod[Any],
) -> Solution:
    """Return the solution by one method: plan it on the host, run it compiled."""
    plan = method.plan(problem, start.shape[1], float(times[-1]))
    solution = run_lane(method, problem, plan, start, jnp.asarray(times), snapshots)
    taken = dict(solution.snapshots)
    context = solution.context
    if context is not None:
        context = dataclasses.replace(context, embeddings=taken.pop(_C, None))
    asked_for = [each for each in snapshots if not _BOTH.keys() & each.functions.keys()]
    return dataclasses.replace(
        solution,
        embeddings=taken.pop(_W, None),
        context=context,
        snapshots=taken,
        snapshot_times=asked_for[0].asked().astype(start.dtype) if asked_for else None,
    )


@eqx.filter_jit
def run_lane(
    method: AbstractMethod[PlanT],
    problem: AbstractProblem,
    plan: PlanT,
    start: Float[Array, "R d"],
    times: Float[Array, " T"],
    snapshots: tuple[Snapshots, ...] = (),
) -> Solution:
    """The pure part of `solve`, in the dtype of the start."""
    problem, plan, times, snapshots = cast((problem, plan, times, snapshots), start.dtype)
    return method.run(problem, plan, start, times, snapshots)


def cast(tree: TreeT, dtype: jnp.dtype) -> TreeT:
    """Return the tree with every floating-point leaf in one dtype."""
    is_floating = lambda x: eqx.is_inexact_array(x)  # noqa: E731
    return jax.tree.map(lambda x: x.astype(dtype) if is_floating(x) else x, tree)


def check_problem(problem: AbstractProblem) -> None:
    """Raise an error if it is no problem."""
    if not isinstance(problem, AbstractProblem):
        raise ArgumentError("problem", "a gradflow problem", type(problem).__name__)


def checked_times(times: Times, dtype: jnp.dtype) -> Float[np.ndarray, " T"]:
    """Return times in the dtype of the computation: rising, from zero or later."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(times)):
        wanted = "numbers known before tracing, since plans need the last one"
        raise ArgumentError("times", wanted, "a traced array")
    exact = real_array("times", times)
    if exact.ndim != 1 or exact.size == 0:
        raise ArgumentError("times", "shape (T,) with T ≥ 1", f"shape {exact.shape}")
    with np.errstate(over="ignore"):  # what is not finite then is refused
        values = exact.astype(dtype)
    if not np.isfinite(values).all() or values[0] < 0:
        raise ArgumentError("times", "finite numbers of at least 0", f"from {values.min()}")
    falls = np.flatnonzero(values[1:] <= values[:-1])
    if falls.size:
        wanted = "rising numbers" if dtype == np.float64 else f"rising numbers in {dtype}"
        got = " then ".join(f"{time:.10g}" for time in exact[falls[0] : falls[0] + 2])
        raise ArgumentError("times", wanted, got)
    return values


def _failure(solution: Solution) -> str:
    if int(solution.status) == Status.unbalanced:
        return f"the flow {Status.unbalanced.meaning}"
    # The first singular value alone: methods that follow a few columns have none beyond them.
    followed = jnp.isfinite(solution.singular_values[:, 0]) & jnp.isfinite(solution.loss)
    reached = float(jnp.max(jnp.where(followed, solution.times, 0.0)))
    meaning = Status(int(solution.status)).meaning
    return f"the flow {meaning} (reached {reached:.4g} of {float(solution.times[-1]):.4g})"
