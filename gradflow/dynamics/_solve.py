"""The one verb: check, plan on the host, then run one pure compiled function."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError, SolveError
from gradflow._precision import default_dtype
from gradflow.dynamics._exact import Exact
from gradflow.dynamics._method import AbstractMethod, Plan
from gradflow.dynamics._problem import AbstractProblem
from gradflow.dynamics._solution import NEEDS_FULL, Solution, Status


def solve(
    problem: AbstractProblem,
    w0: Float[Array, "V d"],
    times: Float[np.ndarray, " T"] | Float[Array, " T"],
    *,
    method: AbstractMethod | None = None,
    embeddings: bool = False,
    throw: bool = True,
) -> Solution:
    """Follow the gradient flow dW/dt = −∇L(W) from W₀.

    It may be called inside `jax.jit` and `jax.vmap`, with W₀ traced and times known. Then the
    entries of W₀ are not checked, nothing is raised whatever `throw` says, and a start that needs
    `Exact(compress=False)` is not repeated with it: look at `status`. Derivatives are forward-mode
    only (`jax.jvp`, `jax.jacfwd`).

    Args:
        problem: `Quadratic` or `Contrastive`.
        w0: Where training starts, (V, d) with d ≤ V. Its dtype, float32 or float64, is that of the
            computation; integers become float64.
        times: When to look, (T,), rising in that dtype, the first at or after zero, T ≥ 1.
        method: `Exact()` unless told otherwise; `Modes`, `Adaptive`, `Descent`.
        embeddings: Keep W at every time: T · V · d numbers.
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
    method = Exact() if method is None else method
    check_problem_and_method(problem, method)
    w0 = checked_start(problem, w0)
    values = checked_times(times, w0.dtype)
    if not isinstance(embeddings, bool | np.bool_):
        raise ArgumentError("embeddings", "True or False", shown(embeddings))
    follow = functools.partial(_follow, problem, w0, values, bool(embeddings))
    solution = follow(method)
    if isinstance(solution.status, jax.core.Tracer):
        return solution
    if Status(int(solution.status)) in NEEDS_FULL:
        solution = follow(Exact(compress=False))
    if throw and int(solution.status) != Status.ok:
        raise SolveError(_failure(solution))
    return solution


def _follow(
    problem: AbstractProblem,
    w0: Float[Array, "V d"],
    times: Float[np.ndarray, " T"],
    embeddings: bool,
    method: AbstractMethod,
) -> Solution:
    """Plan and run."""
    plan = method.plan(problem, w0.shape[1], float(times[-1]))
    return run_lane(method, problem, plan, w0, jnp.asarray(times), embeddings)


@eqx.filter_jit
def run_lane(
    method: AbstractMethod,
    problem: AbstractProblem,
    plan: Plan,
    w0: Float[Array, "V d"],
    times: Float[Array, " T"],
    embeddings: bool = False,
) -> Solution:
    """The pure part of `solve`, in the dtype of W₀."""
    problem, plan, times = cast((problem, plan, times), w0.dtype)
    return method.run(problem, plan, w0, times, embeddings)


def cast(tree: Plan, dtype: jnp.dtype) -> Plan:
    """Every floating-point leaf in one dtype."""
    is_floating = lambda x: eqx.is_inexact_array(x)  # noqa: E731
    return jax.tree.map(lambda x: x.astype(dtype) if is_floating(x) else x, tree)


def check_problem_and_method(problem: AbstractProblem, method: AbstractMethod) -> None:
    """Both are what they should be, or an error that says so."""
    if not isinstance(problem, AbstractProblem):
        raise ArgumentError("problem", "a gradflow problem", type(problem).__name__)
    if not isinstance(method, AbstractMethod):
        raise ArgumentError("method", "a gradflow method, such as Exact()", repr(method))


def checked_start(problem: AbstractProblem, w0: Float[Array, "V d"]) -> Float[Array, "V d"]:
    """W₀ as an array (V, d) of float32 or float64, finite where it is known."""
    array = _floating_start(w0)
    size = problem.vocab_size
    if array.ndim != 2 or array.shape[0] != size or not 1 <= array.shape[1] <= size:
        wanted = f"shape (V, d) with V = {size} and 1 ≤ d ≤ V"
        raise ArgumentError("w0", wanted, f"shape {array.shape}")
    if not isinstance(array, jax.core.Tracer) and not np.isfinite(np.asarray(array)).all():
        raise ArgumentError("w0", "finite entries", "nan or infinity")
    return jnp.asarray(array)


def _floating_start(w0: Float[Array, "V d"]) -> Float[Array, "V d"] | Float[np.ndarray, "V d"]:
    try:
        array = w0 if isinstance(w0, jax.Array) else np.asarray(w0)
    except (TypeError, ValueError) as error:  # ragged, mostly
        raise ArgumentError("w0", "an array of float32 or float64", shown(w0)) from error
    dtype = array.dtype
    if jnp.issubdtype(dtype, jnp.bool_) or jnp.issubdtype(dtype, jnp.integer):
        return array.astype(default_dtype())
    if dtype not in (jnp.float32, jnp.float64):
        got = f"{type(w0).__name__} of dtype {dtype}"
        raise ArgumentError("w0", "an array of float32 or float64", got)
    with np.errstate(over="ignore"):  # what is not finite then is refused
        return array if dtype == jnp.float32 else array.astype(default_dtype())


def checked_times(
    times: Float[np.ndarray, " T"] | Float[Array, " T"], dtype: jnp.dtype
) -> Float[np.ndarray, " T"]:
    """Times in the dtype of the computation, rising, from zero or later."""
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
    followed = jnp.isfinite(solution.singular_values).all(axis=1) & jnp.isfinite(solution.loss)
    reached = float(jnp.max(jnp.where(followed, solution.times, 0.0)))
    meaning = Status(int(solution.status)).meaning
    return f"the flow {meaning} (reached {reached:.4g} of {float(solution.times[-1]):.4g})"
