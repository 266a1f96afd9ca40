"""Losses that are sums over pairs of words, whatever one pair costs."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.losses._pairs import PairCosts, tied_gradient, tied_loss, untied_gradient, untied_loss
from gradflow.losses._softplus import AbstractSoftplus
from gradflow.problems._problem import AbstractProblem, OnHost, Rows, stack_sides
from gradflow.targets import PairWeights, Target
from gradflow.targets._bipartite import BipartiteTarget


class AbstractPairProblem(AbstractProblem):
    """L = Σ_ij [A_ij φ(b_j − x_ij) + B_ij φ(x_ij − b_j)], whatever φ and b are.

    Attributes:
        costs: A, B, b and φ, as loops over tiles of pairs read them.
    """

    costs: eqx.AbstractVar[PairCosts]

    def temporaries(self, dim: int) -> int:
        """Return the size of a tile's scores, slopes and residual, and of the state, cut up."""
        return 3 * self.costs.positive.length**2 + 6 * self.rows * dim

    def loss(self, state: Rows) -> Float[Array, ""]:
        """Return the loss L of a state."""
        if self.tied:
            return tied_loss(self.sides(state)[0], self.costs)
        w, c = self.sides(state)
        return untied_loss(w, c, self.costs)

    def gradient(self, state: Rows) -> Float[Array, "R d"]:
        """Return (G + Gᵀ)W, or GC above GᵀW, with the residual G = ∂L/∂x."""
        if self.tied:
            return tied_gradient(self.sides(state)[0], self.costs)
        w, c = self.sides(state)
        return stack_sides(untied_gradient(w, c, self.costs))


def costs_and_linearisation(
    name: str,
    words: tuple[str, ...],
    weights: PairWeights,
    tied: bool,
    softplus: AbstractSoftplus,
    offset: Float[np.ndarray, " V"] | None = None,
) -> tuple[PairCosts, OnHost]:
    """Return what a pair problem is made of.

    Where x is symmetric, only the symmetric part of the weights counts, unless b is not symmetric.

    Args:
        name: What the linearisation is called, "... at the origin".
        words: The V words.
        weights: A and B.
        tied: Whether x is WWᵀ.
        softplus: φ.
        offset: b (V,), or None for zero.
    """
    weights = weights.symmetrised() if tied and offset is None else weights
    costs = PairCosts(
        weights.positive,
        weights.left,
        weights.right,
        total=weights.total,
        offset=offset,
        share=weights.share,
        softplus=softplus,
        dtype=default_dtype(),
    )
    residual = origin_residual(weights.positive, weights.summed(), softplus, offset)
    return costs, OnHost(linearised(residual, tied, words, f"{name} at the origin"))


def origin_residual(
    positive: Float[np.ndarray, "V V"],
    total: Float[np.ndarray, "V V"],
    softplus: AbstractSoftplus,
    offset: Float[np.ndarray, " V"] | Float[Array, " V"] | None,
) -> Float[np.ndarray, "V V"]:
    """Return ∂L/∂x at x = 0 of weights A and A + B."""
    shift = np.zeros(len(total)) if offset is None else np.asarray(offset)
    slope = np.asarray(softplus.slope(jnp.asarray(-shift, default_dtype())), np.float64)
    return total * slope - positive


def linearised(
    residual: Float[np.ndarray, "V V"], tied: bool, words: tuple[str, ...] | None, name: str
) -> Target | BipartiteTarget:
    """Return N of dQ/dt = ½NQ from G = ∂L/∂x at 0: −2(G + Gᵀ) tied, −2[[0, G], [Gᵀ, 0]] untied."""
    if tied:
        return Target(-2 * (residual + residual.T), words, name)
    return BipartiteTarget(-2 * residual, words, name)


def check_pairs(problem: AbstractProblem) -> AbstractPairProblem:
    """Return the problem, if it is one of pairs of words.

    Raises:
        ArgumentError: It is another.
    """
    if not isinstance(problem, AbstractPairProblem):
        wanted = "a Contrastive, Taylor or NCE problem"
        raise ArgumentError("problem", wanted, type(problem).__name__)
    return problem
