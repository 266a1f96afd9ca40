"""Functions of the state that are kept along a run, which need not hold the states themselves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Real

from gradflow._checks import positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow._precision import qr, thin_svd


class State(eqx.Module):
    """One moment of a run, as snapshot functions see it.

    Its arrays are values: nothing that is computed later changes them.

    Attributes:
        time: t, in the unit of the problem.
        embeddings: W (V, d).
        context: C (V, d), or None where words and contexts share W.

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> gf.methods.State(jnp.asarray(0.0), jnp.ones((3, 2))).embeddings.shape
        (3, 2)
    """

    time: Float[Array, ""]
    embeddings: Float[Array, "V d"]
    context: Float[Array, "V d"] | None = None


Snapshot = Callable[[State], Array]


class Snapshots(eqx.Module):
    """Functions of the state, and the times at which they are evaluated.

    They run inside the compiled solve, as soon as the state is there, so only what they return is
    held. Give the same functions, or equal `equinox.Module`s, and equal solves compile
    once.

    Args:
        functions: By name; each takes a `State` and returns an array.
        times: (S,), rising, not before zero nor after the last time of the solve; None for the
            times of the solve.

    Raises:
        ArgumentError: Not functions, or not rising times.

    Example:
        >>> import jax, jax.numpy as jnp, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-3)
        >>> lengths = lambda state: jnp.linalg.norm(state.embeddings, axis=1)
        >>> snapshots = gf.Snapshots({"lengths": lengths}, times=[0.0, 20.0])
        >>> gf.solve(problem, w0, [0.0, 20.0], snapshots=snapshots).snapshots["lengths"].shape
        (2, 3)
    """

    functions: dict[str, Snapshot]
    times: Float[np.ndarray, " S"] | Float[Array, " S"] | None

    def __init__(
        self,
        functions: Mapping[str, Snapshot],
        times: Real[ArrayLike, " S"] | Sequence[float] | None = None,
    ) -> None:
        if not isinstance(functions, Mapping) or not functions:
            wanted = "a mapping from names to functions"
            raise ArgumentError("functions", wanted, shown(functions))
        for name, function in functions.items():
            if not isinstance(name, str):
                raise ArgumentError("functions", "strings as names", shown(name))
            if not callable(function):
                wanted = "a function of a State"
                raise ArgumentError(f"functions[{name!r}]", wanted, shown(function))
        self.functions = dict(functions)
        self.times = None if times is None else _checked_times(times)

    def asked(self) -> Float[Array, " S"]:
        """Return the times, which must be given."""
        assert self.times is not None, "solve gives times to all snapshots"
        return jnp.asarray(self.times)

    def at(
        self, time: Float[Array, ""], sides: tuple[Float[Array, "V d"], ...]
    ) -> dict[str, Array]:
        """Return what every function makes of one state."""
        state = State(time, *sides)
        return {name: jnp.asarray(function(state)) for name, function in self.functions.items()}


def embeddings_of(state: State) -> Float[Array, "V d"]:
    """Return W itself.

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> embeddings_of(gf.methods.State(jnp.asarray(0.0), jnp.ones((3, 2)))).shape
        (3, 2)
    """
    return state.embeddings


def context_of(state: State) -> Float[Array, "V d"]:
    """Return C itself, W where there is none.

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> context_of(gf.methods.State(jnp.asarray(0.0), jnp.ones((3, 2)))).shape
        (3, 2)
    """
    return state.embeddings if state.context is None else state.context


class Overlaps(eqx.Module):
    """Squared overlaps of the principal directions of W with given vectors, (m, d).

    Entry (k, j) is (u_k · w_j)² with w_j the j-th left singular vector of W: how much of mode k the
    j-th principal axis holds. Rows sum to one where W spans the vector.

    Args:
        vectors: Orthonormal columns (V, m), such as `spectrum(...).eigenvectors`; of an untied
            problem's spectrum, which has 2V rows, √2 times the first V.

    Raises:
        ArgumentError: When called, if rows are not words.

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> state = gf.methods.State(jnp.asarray(0.0), jnp.eye(3)[:, :2] * jnp.array([2.0, 1.0]))
        >>> gf.methods.Overlaps(jnp.eye(3)[:, :1])(state).round(6)
        Array([[1., 0.]], dtype=float64)
    """

    vectors: Float[Array, "V m"]

    def __call__(self, state: State) -> Float[Array, "m d"]:
        """Return the overlaps at one moment."""
        if len(self.vectors) != len(state.embeddings):
            wanted = f"{len(state.embeddings)} rows, one a word"
            raise ArgumentError("vectors", wanted, f"shape {self.vectors.shape}")
        return (self.vectors.T @ _principal_axes(state.embeddings)) ** 2


class PrincipalAxes(eqx.Module):
    """The first principal axes of the words: left singular vectors of W, (V, m), signs arbitrary.

    Column k belongs to the k-th largest singular value. Columns are orthonormal; those of equal
    singular values may be any basis of the space that they span.

    Args:
        modes: m, how many of them.

    Raises:
        ArgumentError: `modes` is no integer of at least 1; when called, it is above min(V, d).

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> state = gf.methods.State(jnp.asarray(0.0), jnp.eye(3)[:, :2] * jnp.array([2.0, 1.0]))
        >>> abs(gf.methods.PrincipalAxes(1)(state)).ravel().round(6)
        Array([1., 0., 0.], dtype=float64)
    """

    modes: int = eqx.field(static=True)

    def __init__(self, modes: int) -> None:
        self.modes = positive_int("modes", modes)

    def __call__(self, state: State) -> Float[Array, "V m"]:
        """Return the axes at one moment."""
        most = min(state.embeddings.shape)
        if self.modes > most:
            raise ArgumentError("modes", f"at most {most}, the axes that W has", self.modes)
        return _principal_axes(state.embeddings)[:, : self.modes]


def _principal_axes(embeddings: Float[Array, "V d"]) -> Float[Array, "V k"]:
    """Return left singular vectors, by way of the small triangle: its SVD is cheap, W's is not."""
    frame, triangle = qr(embeddings)
    return frame @ thin_svd(triangle)[0]


def imbalance(state: State) -> Float[Array, "d d"]:
    """Return WᵀW − CᵀC, which no gradient flow of x = WCᵀ changes; zero where they are shared.

    Example:
        >>> import jax.numpy as jnp, gradflow as gf
        >>> w, c = jnp.ones((3, 1)), 2 * jnp.ones((3, 1))
        >>> gf.methods.imbalance(gf.methods.State(jnp.asarray(0.0), w, c))
        Array([[-9.]], dtype=float64)
    """
    context = context_of(state)
    return state.embeddings.T @ state.embeddings - context.T @ context


def _checked_times(times: Any) -> Float[np.ndarray, " S"]:
    """Return rising times from zero on, known before tracing."""
    if isinstance(times, jax.core.Tracer):
        raise ArgumentError("times", "numbers known before tracing", "a traced array")
    array = np.atleast_1d(real_array("times", times))
    usable = array.ndim == 1 and array.size and np.isfinite(array).all() and array[0] >= 0
    if not usable or (np.diff(array) <= 0).any():
        raise ArgumentError("times", "rising numbers of at least 0", shown(times))
    return array
