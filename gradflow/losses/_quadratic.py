"""Unweighted least squares on a target, tied or untied.

Expanded, so that only V × d products are formed: ‖WCᵀ − M‖² = ‖M‖² − 2 tr WᵀMC + tr WᵀW CᵀC.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def quadratic_loss(w: Float[Array, "V d"], target: Float[Array, "V V"]) -> Float[Array, ""]:
    """⅛‖WWᵀ − M‖²_F.

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        The loss, a scalar.

    Source: karkada2025, Setting 3.1: order 2 of the contrastive loss, uniform weighting, up to a
    constant.
    """
    return untied_quadratic_loss(w, w, target)


def quadratic_gradient(w: Float[Array, "V d"], target: Float[Array, "V V"]) -> Float[Array, "V d"]:
    """½(WWᵀ − M)W, the gradient of `quadratic_loss`.

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        ∂L/∂W of shape (V, d). Cost 2V²d, the product M W.
    """
    return (w @ (w.T @ w) - target @ w) / 2


def untied_quadratic_loss(
    w: Float[Array, "V d"], c: Float[Array, "V d"], target: Float[Array, "V V"]
) -> Float[Array, ""]:
    """⅛‖WCᵀ − M‖²_F.

    Args:
        w: Embeddings W of the words themselves.
        c: Embeddings C of their contexts.
        target: Target M.

    Returns:
        The loss, a scalar.
    """
    overlap = jnp.vdot(w, target @ c)
    return (jnp.vdot(target, target) - 2 * overlap + jnp.vdot(w.T @ w, c.T @ c)) / 8


def untied_quadratic_gradient(
    w: Float[Array, "V d"], c: Float[Array, "V d"], target: Float[Array, "V V"]
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """¼(WCᵀ − M)C and ¼(WCᵀ − M)ᵀW, the gradient of `untied_quadratic_loss`.

    Args:
        w: Embeddings W of the words themselves.
        c: Embeddings C of their contexts.
        target: Target M.

    Returns:
        ∂L/∂W and ∂L/∂C, each (V, d). Cost 4V²d.
    """
    return (w @ (c.T @ c) - target @ c) / 4, (c @ (w.T @ w) - target.T @ w) / 4
