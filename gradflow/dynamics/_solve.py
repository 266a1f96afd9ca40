"""The one verb: check, plan on the host, then run one pure compiled function."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError, SolveError
from gradflow._precision import default_dtype
from gradflow.dynamics._exact import Exact
from gradflow.dynamics._method import AbstractMethod, Plan
from gradflow.dynamics._problem import AbstractProblem
from gradflow.dynamics._solution import Solution, Status


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

    Args:
        problem: `Quadratic` or `Contrastive`.
        w0: Where training starts, (V, d) with d ≤ V. Its dtype is that of the computation.
        times: When to look, (T,), rising, the first at or after zero, T ≥ 1.
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
    w0, times = checked_start(problem, w0), checked_times(times)
    plan = method.plan(problem, w0.shape[1], float(times[-1]))
    solution = run_lane(method, problem, plan, w0, times, embeddings)
    if int(solution.status) == Status.start_misses_head:
        full = Exact(compress=False)
        plan = full.plan(problem, w0.shape[1], float(times[-1]))
        solution = run_lane(full, problem, plan, w0, times, embeddings)
    if throw and int(solution.status) != Status.ok:
        raise SolveError(_failure(solution))
    return solution


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
    """W₀ as a finite floating-point array (V, d)."""
    w0 = jnp.asarray(w0)
    if not jnp.issubdtype(w0.dtype, jnp.floating):
        w0 = w0.astype(default_dtype())
    size = problem.vocab_size
    if w0.ndim != 2 or w0.shape[0] != size or not 1 <= w0.shape[1] <= size:
        wanted = f"shape (V, d) with V = {size} and 1 ≤ d ≤ V"
        raise ArgumentError("w0", wanted, f"shape {w0.shape}")
    if not bool(jnp.isfinite(w0).all()):
        raise ArgumentError("w0", "finite entries", "nan or infinity")
    return w0


def checked_times(times: Float[np.ndarray, " T"] | Float[Array, " T"]) -> Float[Array, " T"]:
    """Times as a rising one-dimensional array from zero or later."""
    try:
        values = np.asarray(times, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError("times", "rising numbers", type(times).__name__) from error
    if values.ndim != 1 or values.size == 0:
        raise ArgumentError("times", "shape (T,) with T ≥ 1", f"shape {values.shape}")
    if not np.isfinite(values).all() or values[0] < 0:
        raise ArgumentError("times", "finite numbers of at least 0", f"from {values.min()}")
    if (np.diff(values) <= 0).any():
        where = int(np.argmax(np.diff(values) <= 0))
        got = f"{values[where]:.6g} then {values[where + 1]:.6g}"
        raise ArgumentError("times", "rising numbers", got)
    return jnp.asarray(values)


def _failure(solution: Solution) -> str:
    followed = jnp.isfinite(solution.singular_values).all(axis=1) & jnp.isfinite(solution.loss)
    reached = float(jnp.max(jnp.where(followed, solution.times, 0.0)))
    meaning = Status(int(solution.status)).meaning
    return f"the flow {meaning} (reached {reached:.4g} of {float(solution.times[-1]):.4g})"
