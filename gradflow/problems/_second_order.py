"""The second order of a loss at the origin, along each mode: where the mode would end alone."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._precision import default_dtype
from gradflow.losses._pairs import PairCosts
from gradflow.problems._coarse_grained import _total
from gradflow.problems._pairs import AbstractPairProblem
from gradflow.problems._problem import AbstractProblem


def mode_curvatures(
    problem: AbstractProblem, vectors: Float[np.ndarray, "R m"]
) -> Float[np.ndarray, " m"]:
    """Return ρ_k = Σ_ij (4 ∂²L/∂x_ij²) u_ki² v_kj² at the origin: the weight that mode k feels.

    With scores x = s² u_k v_kᵀ of one mode alone, the loss is to second order

        L = L(0) − sides · λ_k s²/4 + ρ_k s⁴/8,

    sides = 1 (u = v) where W and C are tied, 2 where they are not. Least squares without weights
    have ρ = 1, weighted ones Σ_ij G_ij u_i² v_j².

    Args:
        problem: Any problem. Sums over pairs are known in closed form, others are differentiated
            four times along each mode.
        vectors: Unit eigenvectors of the linearisation, rows for the state.

    Returns:
        (m,), in float64.
    """
    if problem.quadratic_constant is not None:
        return np.ones(vectors.shape[1])
    directions = vectors if problem.tied else np.sqrt(2) * vectors
    if isinstance(problem, AbstractPairProblem):
        left, right = directions[: problem.vocab_size], directions[-problem.vocab_size :]
        return _of_pairs(problem.costs, left, right)
    columns = jnp.asarray(directions.T, default_dtype())
    return np.asarray(_along_lines(problem, columns), np.float64)


def _of_pairs(
    costs: PairCosts, left: Float[np.ndarray, "V m"], right: Float[np.ndarray, "V m"]
) -> Float[np.ndarray, " m"]:
    """Return ρ of L = Σ_ij [G_ij φ(x_ij − b_j) − A_ij x_ij] + const, from φ″(−b_j)."""
    offset = np.zeros(len(left)) if costs.offset is None else np.asarray(costs.offset)
    curvature = jax.vmap(jax.grad(costs.softplus.slope))
    second = np.asarray(curvature(jnp.asarray(-offset, default_dtype())), np.float64)
    return np.sum(left**2 * (_total(costs) @ (4 * second[:, None] * right**2)), axis=0)


@eqx.filter_jit
def _along_lines(problem: AbstractProblem, directions: Float[Array, "m R"]) -> Float[Array, " m"]:
    """Return a third of the third derivative of q·∇L(s q) in s, at zero, for each direction q.

    Along Q = s q the loss is L(0) − sides · λ s²/4 + ρ s⁴/8 + O(s⁶).
    """

    def third(direction: Float[Array, " R"]) -> Float[Array, ""]:
        def slope(size: Float[Array, ""]) -> Float[Array, ""]:
            return direction @ problem.gradient(size * direction[:, None])[:, 0]

        return _derivative(_derivative(_derivative(slope)))(jnp.zeros((), directions.dtype))

    return jax.lax.map(third, directions) / 3


def _derivative(
    function: Callable[[Float[Array, ""]], Float[Array, ""]],
) -> Callable[[Float[Array, ""]], Float[Array, ""]]:
    """Differentiate a function of one number, in forward mode."""
    return lambda size: jax.jvp(function, (size,), (jnp.ones_like(size),))[1]
