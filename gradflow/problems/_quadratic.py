"""Unweighted least squares on a target, the problem of the theory."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.losses._quadratic import (
    quadratic_gradient,
    quadratic_loss,
    untied_quadratic_gradient,
    untied_quadratic_loss,
)
from gradflow.problems._problem import AbstractProblem, OnHost, Rows, stack_sides
from gradflow.targets import AbstractTarget
from gradflow.targets._as_target import as_target
from gradflow.targets._bipartite import BipartiteTarget
from gradflow.targets._callable import Products


class Quadratic(AbstractProblem):
    """L = ⅛‖x − M‖²_F with x = WWᵀ, or x = WCᵀ where untied.

    Tied, dW/dt = ½(M − WWᵀ)W: modes of positive eigenvalues are learned, s_k² at rate λ_k. Untied,
    dW/dt = ¼(M − WCᵀ)C and dC/dt = ¼(M − WCᵀ)ᵀW: modes of large |λ_k| are learned, negative ones
    included, and from small balanced starts at half that rate; WᵀW − CᵀC never changes.

    Args:
        target: The target M: one of gradflow's, any real symmetric array (V, V), or a function
            X ↦ M X that is linear and symmetric.
        vocab_size: V where the target is a function, which does not tell; it is then written out.
        tied: Whether words and contexts share their embeddings.

    Raises:
        DataError: The array is not square, finite and symmetric.
        ArgumentError: Something else, or a function without `vocab_size`.

    Example:
        >>> import gradflow as gf
        >>> problem = gf.Quadratic([[2.0, 1.0], [1.0, 2.0]])
        >>> gf.spectrum(problem.linearisation, k=2).eigenvalues
        array([3., 1.])
        >>> gf.Quadratic(lambda x: 3 * x, vocab_size=5).plateaus(dim=2)
        array([[3., 3.]])

    Source: karkada2025, Setting 3.1 and Lemma 3.1; saxe2014 for the untied flow.
    """

    _linearisation: OnHost = eqx.field(static=True)
    matrix: Float[Array, "V V"]
    tied: bool = eqx.field(static=True)

    def __init__(
        self,
        target: AbstractTarget | np.typing.ArrayLike | Products,
        *,
        vocab_size: int | None = None,
        tied: bool = True,
    ) -> None:
        symmetric = as_target(target, vocab_size)
        if isinstance(symmetric, BipartiteTarget):
            raise ArgumentError("target", "a target of V rows", repr(symmetric))
        dense = symmetric.todense()
        self.tied = bool(tied)
        linearised: AbstractTarget = symmetric
        if not tied:
            linearised = BipartiteTarget(dense / 2, symmetric.words, symmetric.name)
        self._linearisation = OnHost(linearised)
        self.matrix = jnp.asarray(dense, default_dtype())

    @property
    def quadratic_constant(self) -> float:
        """Zero: the loss is the square alone."""
        return 0.0

    def temporaries(self, dim: int) -> int:
        """Return the size of M times the state, and of the state times its Gram matrix."""
        return 2 * self.rows * dim

    def loss(self, state: Rows) -> Float[Array, ""]:
        """Return ⅛‖x − M‖²_F."""
        if self.tied:
            return quadratic_loss(self.sides(state)[0], self.matrix)
        w, c = self.sides(state)
        return untied_quadratic_loss(w, c, self.matrix)

    def gradient(self, state: Rows) -> Float[Array, "R d"]:
        """Return ½(WWᵀ − M)W, or ¼(WCᵀ − M)C above ¼(WCᵀ − M)ᵀW."""
        if self.tied:
            return quadratic_gradient(self.sides(state)[0], self.matrix)
        w, c = self.sides(state)
        return stack_sides(untied_quadratic_gradient(w, c, self.matrix))
