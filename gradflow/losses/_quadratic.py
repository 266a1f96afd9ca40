"""Unweighted least squares on a target, tied weights."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def quadratic_loss(w: Float[Array, "V d"], target: Float[Array, "V V"]) -> Float[Array, ""]:
    """⅛‖WWᵀ − M‖²_F.

    Expanded, so that only V × d products are formed: ⅛(‖M‖² − 2 tr WᵀMW + ‖WᵀW‖²).

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        The loss, a scalar.

    Source: karkada2025, Setting 3.1: order 2 of the contrastive loss, uniform weighting, up to a
    constant.
    """
    gram = w.T @ w
    overlap = jnp.vdot(w, target @ w)
    return (jnp.vdot(target, target) - 2 * overlap + jnp.vdot(gram, gram)) / 8


def quadratic_gradient(w: Float[Array, "V d"], target: Float[Array, "V V"]) -> Float[Array, "V d"]:
    """½(WWᵀ − M)W, the gradient of `quadratic_loss`.

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        ∂L/∂W of shape (V, d). Cost 2V²d, the product M W.
    """
    return (w @ (w.T @ w) - target @ w) / 2
