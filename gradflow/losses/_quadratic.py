"""The unweighted least-squares loss of a target, tied or untied.

It is expanded, ‖WCᵀ − M‖² = ‖M‖² − 2 tr WᵀMC + tr WᵀW CᵀC, so that no V × V matrix is formed.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float


def quadratic_loss(w: Float[Array, "V d"], target: Float[Array, "V V"]) -> Float[Array, ""]:
    """Return ⅛‖WWᵀ − M‖²_F.

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
    """Return ½(WWᵀ − M)W, the gradient of `quadratic_loss`.

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        ∂L/∂W of shape (V, d), which costs 2V²d operations, those of the product M W.
    """
    return (w @ (w.T @ w) - target @ w) / 2


def untied_quadratic_loss(
    w: Float[Array, "V d"], c: Float[Array, "V d"], target: Float[Array, "V V"]
) -> Float[Array, ""]:
    """Return ⅛‖WCᵀ − M‖²_F.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        target: Target M.

    Returns:
        The loss, a scalar.
    """
    overlap = jnp.vdot(w, target @ c)
    return (jnp.vdot(target, target) - 2 * overlap + jnp.vdot(w.T @ w, c.T @ c)) / 8


def untied_quadratic_gradient(
    w: Float[Array, "V d"], c: Float[Array, "V d"], target: Float[Array, "V V"]
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Return ¼(WCᵀ − M)C and ¼(WCᵀ − M)ᵀW, the gradient of `untied_quadratic_loss`.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        target: Target M.

    Returns:
        ∂L/∂W and ∂L/∂C, each (V, d), which cost 4V²d operations.
    """
    return (w @ (c.T @ c) - target @ c) / 4, (c @ (w.T @ w) - target.T @ w) / 4
