"""Problems: what is minimised, as the gradient flow sees it."""

import abc

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow.targets import AbstractTarget

# A state of R rows, an array of JAX or of NumPy.
Rows = Float[Array, "R d"] | Float[np.ndarray, "R d"]


class OnHost:
    """A target that plans read on the host and compiled code never sees.

    All compare equal, or every new problem would be a new static argument and compile again.
    """

    def __init__(self, target: AbstractTarget) -> None:
        self.target = target

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OnHost)

    def __hash__(self) -> int:
        return hash(OnHost)


class AbstractProblem(eqx.Module):
    """A loss L whose gradient flow is followed.

    The state is one array with d columns: W (V, d) where word and context embeddings are tied, and
    W above C (2V, d) where they are not. The loss never changes when the state is rotated on the
    right.

    Arrays are leaves, so that one compilation serves every problem of one kind and size.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.eye(3)), tied=False)
        >>> isinstance(problem, gf.AbstractProblem), problem.rows, problem.vocab_size
        (True, 6, 3)
    """

    _linearisation: eqx.AbstractVar[OnHost]
    tied: eqx.AbstractVar[bool]

    @property
    def linearisation(self) -> AbstractTarget:
        """N of the flow of the state Q near the origin, dQ/dt ≈ ½NQ. For the host.

        Raises:
            ArgumentError: JAX is tracing this problem, so its arrays are not known.
        """
        if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(self)):
            raise ArgumentError("problem", "one that is not traced (close over it)", "a traced one")
        return self._linearisation.target

    @property
    @abc.abstractmethod
    def quadratic_constant(self) -> float | None:
        """c, if L = ⅛‖x − M‖²_F + c for every x, so that the flow has a closed form; else None.

        M is the matrix of the linearisation: N itself tied, and N = ½[[0, M], [Mᵀ, 0]] untied. For
        the host.

        Raises:
            ArgumentError: JAX is tracing this problem, so c is not known.
        """

    @property
    def rows(self) -> int:
        """Rows of the state: V tied, 2V untied."""
        return self._linearisation.target.size

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return self.rows if self.tied else self.rows // 2

    def sides(self, state: Rows) -> tuple[Float[Array, "V d"], ...]:
        """Return (W,) or (W, C)."""
        array = jnp.asarray(state)
        return (array,) if self.tied else (array[: self.vocab_size], array[self.vocab_size :])

    @abc.abstractmethod
    def temporaries(self, dim: int) -> int:
        """Return how many numbers one gradient holds beside the state and its result."""

    @abc.abstractmethod
    def loss(self, state: Rows) -> Float[Array, ""]:
        """Return the loss L of a state."""

    @abc.abstractmethod
    def gradient(self, state: Rows) -> Float[Array, "R d"]:
        """Return the gradient ∇L at a state, of the same shape."""

    def plateaus(self, dim: int) -> Float[np.ndarray, "sides d"]:
        """Return where each s_k² of each side ends, nan where that is not known before the run.

        Tied, a quadratic loss has max(λ_k, 0) for its d largest eigenvalues. Untied they depend on
        W₀, and elsewhere on the whole run.
        """
        if self.tied and self.quadratic_constant is not None:
            return np.maximum(self.linearisation.top_eigenpairs(dim)[0], 0.0)[None]
        return np.full((1 if self.tied else 2, dim), np.nan)


def stack_sides(sides: tuple[Float[Array, "V d"], ...]) -> Float[Array, "R d"]:
    """Return the state of which these are the sides: W, or W above C."""
    return sides[0] if len(sides) == 1 else jnp.concatenate(sides)


def checked_constant(problem: AbstractProblem, method: str) -> float:
    """Return c of a quadratic loss, for a method that solves no other.

    Raises:
        ArgumentError: The loss is not quadratic.
    """
    constant = problem.quadratic_constant
    if constant is None:
        wanted = f"one that integrates, as this {type(problem).__name__} has no closed form"
        raise ArgumentError("method", wanted, method)
    return constant
