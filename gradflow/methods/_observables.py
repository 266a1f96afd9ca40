"""What numerical methods keep of a state, so that states themselves need not be held."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._precision import qr, singular_values, thin_svd
from gradflow.problems import AbstractProblem


class Observed(NamedTuple):
    """Singular values of each side, falling; d(ln s_k²)/dt along the gradient flow; the loss."""

    singular_values: Float[Array, "sides d"]
    rates: Float[Array, "sides d"]
    loss: Float[Array, ""]


def observe(problem: AbstractProblem, state: Float[Array, "R d"]) -> Observed:
    """Return what is saved of a state of a gradient flow, for the price of one more gradient."""
    velocities = problem.sides(-problem.gradient(state))
    sides = [_growth(*side) for side in zip(problem.sides(state), velocities, strict=True)]
    values, rates = map(jnp.stack, zip(*sides, strict=True))
    return Observed(values, rates, problem.loss(state))


def _growth(
    w: Float[Array, "V d"], velocity: Float[Array, "V d"]
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """Return singular values of W and d(ln s_k²)/dt.

    QR first: it is cheaper than a singular value decomposition of (V, d), and keeps the digits of
    columns that are small beside others. With W = Σ s_k u_k v_kᵀ, ds_k/dt = u_kᵀ (dW/dt) v_k.
    """
    frame, triangle = qr(w)
    left, values, right = thin_svd(triangle)
    growth = jnp.einsum("vk,vk->k", frame @ left, velocity @ right.T)
    rates = jnp.where(values > 0, 2 * growth / jnp.where(values > 0, values, 1.0), 0.0)
    return values, rates


def singular_values_and_loss(
    problem: AbstractProblem, state: Float[Array, "R d"]
) -> tuple[Float[Array, "sides d"], Float[Array, ""]]:
    """Return what is saved of a state whose velocity is not minus the gradient."""
    sides = [singular_values(qr(side)[1]) for side in problem.sides(state)]
    return jnp.stack(sides), problem.loss(state)
