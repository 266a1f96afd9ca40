"""What numerical methods keep of a state, so that states themselves need not be held."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._precision import qr, singular_values, thin_svd
from gradflow.dynamics._problem import AbstractProblem


class Observed(NamedTuple):
    """Singular values of W, falling; d(ln s_k²)/dt along the gradient flow; the loss."""

    singular_values: Float[Array, " d"]
    rates: Float[Array, " d"]
    loss: Float[Array, ""]


def observe(problem: AbstractProblem, w: Float[Array, "V d"]) -> Observed:
    """Look at one state of a gradient flow, for the price of one more gradient.

    QR first: it is cheaper than a singular value decomposition of (V, d), and keeps the digits of
    columns that are small beside others. With W = Σ s_k u_k v_kᵀ, ds_k/dt = u_kᵀ (dW/dt) v_k.
    """
    frame, triangle = qr(w)
    left, values, right = thin_svd(triangle)
    velocity = -problem.gradient(w)
    growth = jnp.einsum("vk,vk->k", frame @ left, velocity @ right.T)
    rates = jnp.where(values > 0, 2 * growth / jnp.where(values > 0, values, 1.0), 0.0)
    return Observed(values, rates, problem.loss(w))


def singular_values_and_loss(
    problem: AbstractProblem, w: Float[Array, "V d"]
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Look at a state whose velocity is not minus the gradient."""
    return singular_values(qr(w)[1]), problem.loss(w)
