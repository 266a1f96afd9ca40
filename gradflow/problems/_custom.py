"""A loss of the user's own as a problem."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import one_of, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.problems._pairs import linearised
from gradflow.problems._problem import AbstractProblem, OnHost, Rows
from gradflow.targets import AbstractTarget, Target
from gradflow.targets._bipartite import BipartiteTarget

Of = Literal["scores", "embeddings"]

# Numbers of V × V that columns of the Hessian may hold together while it is made.
_HESSIAN_NUMBERS = 10_000_000
# Two losses, or a gradient and zero, count as equal up to this many roundings.
_ROUNDINGS = 1e5


class Custom(AbstractProblem):
    """Any loss, as a pure function; JAX makes its gradient.

    The function is one of the scores x = WWᵀ (x = WCᵀ where untied), or of the embeddings
    themselves. Data come after it and are handed on: their arrays may change without compiling
    again, and several such problems share one sweep. Every method that integrates follows it, and
    `measure`, `sweep` and `spectrum(problem.linearisation, k)` work as with any other problem.

    What is assumed: the loss is twice differentiable at the origin (four times for `predict`),
    and it does not change when W (and C) are rotated on the right, W → WO. A function of x
    cannot; of embeddings this is checked at one random state. A closed form is not looked for,
    and plateaus are not known before the run.

    Args:
        loss: loss(x, *data) with x (V, V); with of="embeddings", loss(w, *data) tied and
            loss(w, c, *data) untied, each (V, d) for any d. It returns one real number. Give the
            same function again, and equal problems compile once; an `equinox.Module` does, too.
        *data: Arrays, numbers or pytrees of them, in the dtype of the run where they are floating.
        vocab_size: V.
        of: "scores" or "embeddings".
        tied: Whether words and contexts share their embeddings.
        words: The V words, for tables and figures; None for none.
        name: What tables and figures call it.

    Raises:
        ArgumentError: No function of such arguments, or one whose value is not a real number, whose
            derivatives at the origin are not finite, or that changes when embeddings are rotated.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> def loss(x, matrix):
        ...     return ((x - matrix) ** 2).sum() / 8
        >>> problem = gf.Custom(loss, np.diag([3.0, 2.0, -1.0]), vocab_size=3)
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-2)
        >>> (gf.solve(problem, w0, [0.0, 20.0]).singular_values[-1] ** 2).round(4)
        Array([3., 2.], dtype=float64)
    """

    _linearisation: OnHost = eqx.field(static=True)
    function: Callable[..., Float[Array, ""]]
    data: tuple[Any, ...]
    of: Of = eqx.field(static=True)
    tied: bool = eqx.field(static=True)

    def __init__(
        self,
        loss: Callable[..., Float[Array, ""]],
        *data: Any,
        vocab_size: int,
        of: Of = "scores",
        tied: bool = True,
        words: Sequence[str] | np.ndarray | None = None,
        name: str = "custom loss",
    ) -> None:
        if not callable(loss):
            raise ArgumentError("loss", "a function that returns a number", shown(loss))
        one_of("of", of, ("scores", "embeddings"))
        self.function = loss
        self.data = jax.tree.map(_as_leaf, data)
        self.of = of
        self.tied = bool(tied)
        size = positive_int("vocab_size", vocab_size)
        _check_value(self, size)
        # The target checks the words, and says so where they are not V strings.
        names = Target(np.zeros((size, size)), words).words
        make = _of_scores if of == "scores" else _of_embeddings
        self._linearisation = OnHost(make(self, size, names, f"{name} at the origin"))

    @property
    def quadratic_constant(self) -> None:
        """None: nobody looks whether the loss is quadratic."""
        return None

    def temporaries(self, dim: int) -> int:
        """Return a guess: x, its slopes, and a few matrices of their size in the function."""
        return 6 * self.vocab_size**2 + 6 * self.rows * dim

    def loss(self, state: Rows) -> Float[Array, ""]:
        """Return the loss L of a state."""
        return _value(self, self.sides(state))

    def gradient(self, state: Rows) -> Float[Array, "R d"]:
        """Return ∇L, by reverse-mode differentiation."""
        return jax.grad(self.loss)(jnp.asarray(state))


def _value(problem: Custom, sides: tuple[Float[Array, "V d"], ...]) -> Float[Array, ""]:
    """Return L of W, or of W and C."""
    if problem.of == "scores":
        return problem.function(sides[0] @ sides[-1].T, *problem.data)
    return problem.function(*sides, *problem.data)


def _as_leaf(value: Any) -> Any:
    """Return numbers that may change without a compilation as arrays, others as they are."""
    if isinstance(value, float | np.floating):
        return jnp.asarray(value, default_dtype())
    if isinstance(value, np.ndarray):
        floating = np.issubdtype(value.dtype, np.floating)
        return jnp.asarray(value, default_dtype() if floating else value.dtype)
    return value


def _check_value(problem: Custom, size: int) -> None:
    """Raise an error unless the function returns one real number, without running it."""
    side = jax.ShapeDtypeStruct((size, 1), default_dtype())
    takes = "x" if problem.of == "scores" else "w" if problem.tied else "w, c"
    wanted = f"a function ({takes}, *data) that returns one real number"
    try:
        value = jax.eval_shape(
            lambda sides: _value(problem, sides), (side,) * (1 if problem.tied else 2)
        )
    except TypeError as error:
        raise ArgumentError("loss", wanted, shown(error)) from error
    if not isinstance(value, jax.ShapeDtypeStruct):
        raise ArgumentError("loss", wanted, type(value).__name__)
    if value.shape != () or not jnp.issubdtype(value.dtype, jnp.floating):
        raise ArgumentError("loss", wanted, f"shape {value.shape} of {value.dtype}")


def _of_scores(
    problem: Custom, size: int, words: tuple[str, ...] | None, name: str
) -> AbstractTarget:
    """Return N of dQ/dt = ½NQ from G = ∂L/∂x at x = 0."""
    zero = jnp.zeros((size, size), default_dtype())
    residual = jax.grad(lambda x: problem.function(x, *problem.data))(zero)
    return linearised(_finite(np.asarray(residual, np.float64)), problem.tied, words, name)


def _of_embeddings(
    problem: Custom, size: int, words: tuple[str, ...] | None, name: str
) -> AbstractTarget:
    """Return N = −2H with the Hessian H of one column of the state at zero.

    As L does not change under rotations, it is a function of QQᵀ: its gradient vanishes at zero,
    and its Hessian there acts on every column of Q alike.
    """
    rows = size if problem.tied else 2 * size
    cut = lambda q: (q,) if problem.tied else (q[:size], q[size:])  # noqa: E731
    _check_rotation(problem, cut, rows)

    def slope(column: Float[Array, " R"]) -> Float[Array, " R"]:
        return jax.grad(lambda q: _value(problem, cut(q[:, None])))(column)

    origin = jnp.zeros(rows, default_dtype())
    along = lambda v: jax.jvp(slope, (origin,), (v,))[1]  # noqa: E731
    # A few columns at a time: each holds what the function makes of V × V scores.
    together = max(1, min(rows, _HESSIAN_NUMBERS // size**2))
    columns = jax.jit(lambda identity: jax.lax.map(along, identity, batch_size=together))
    hessian = _finite(np.asarray(columns(jnp.eye(rows, dtype=origin.dtype)), np.float64))
    force = -(hessian + hessian.T)
    if problem.tied:
        return Target(force, words, name)
    if not force[:size, :size].any() and not force[size:, size:].any():
        return BipartiteTarget(force[:size, size:], words, name)
    sides = None if words is None else (*words, *(f"{word} (context)" for word in words))
    return Target(force, sides, name)


def _check_rotation(problem: Custom, cut: Callable[..., Any], rows: int) -> None:
    """Raise an error if a rotation on the right changes the loss of a random state."""
    dim = 2 if rows > 1 else 1
    random = np.random.default_rng(0)
    state = random.normal(size=(rows, dim)) / np.sqrt(dim)
    rotation = np.linalg.qr(random.normal(size=(dim, dim)))[0]
    values = [
        float(_value(problem, cut(jnp.asarray(q, default_dtype()))))
        for q in (state, state @ rotation)
    ]
    tolerance = _ROUNDINGS * float(jnp.finfo(default_dtype()).eps)
    # Put so that nan is no reason: a loss may be infinite far from where anything starts.
    if abs(values[0] - values[1]) > tolerance * (1 + abs(values[0])):
        wanted = "a function that does not change when embeddings are rotated on the right"
        raise ArgumentError("loss", wanted, f"{values[0]:.8g} before and {values[1]:.8g} after")


def _finite(derivative: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    if not np.isfinite(derivative).all():
        wanted = "a function with finite derivatives at the origin"
        raise ArgumentError("loss", wanted, "nan or infinity")
    return derivative
