"""What numerical methods keep of a state, so that states themselves need not be held."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow.dynamics._problem import AbstractProblem


def observe(
    problem: AbstractProblem, w: Float[Array, "V d"]
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """Singular values of W, falling, and the loss.

    QR first: it is cheaper than a singular value decomposition of (V, d), and keeps the digits of
    columns that are small beside others.
    """
    triangle = jnp.linalg.qr(w, mode="r")
    return jnp.linalg.svd(triangle, compute_uv=False), problem.loss(w)
