"""The unweighted least-squares loss of a target, tied or untied.

It is expanded, ‖WCᵀ − M‖² = ‖M‖² − 2 tr WᵀMC + tr WᵀW CᵀC, so that no V × V matrix is formed.
"""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float


def quadratic_loss(w: Float[ArrayLike, "V d"], target: Float[ArrayLike, "V V"]) -> Float[Array, ""]:
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


def quadratic_gradient(
    w: Float[ArrayLike, "V d"], target: Float[ArrayLike, "V V"]
) -> Float[Array, "V d"]:
    """Return ½(WWᵀ − M)W, the gradient of `quadratic_loss`.

    Args:
        w: Embeddings W.
        target: Symmetric target M.

    Returns:
        ∂L/∂W of shape (V, d), which costs 2V²d operations, those of the product M W.
    """
    w, target = jnp.asarray(w), jnp.asarray(target)
    return (w @ (w.T @ w) - target @ w) / 2


def untied_quadratic_loss(
    w: Float[ArrayLike, "V d"], c: Float[ArrayLike, "V d"], target: Float[ArrayLike, "V V"]
) -> Float[Array, ""]:
    """Return ⅛‖WCᵀ − M‖²_F.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        target: Target M.

    Returns:
        The loss, a scalar.
    """
    w, c, target = jnp.asarray(w), jnp.asarray(c), jnp.asarray(target)
    overlap = jnp.vdot(w, target @ c)
    return (jnp.vdot(target, target) - 2 * overlap + jnp.vdot(w.T @ w, c.T @ c)) / 8


def untied_quadratic_gradient(
    w: Float[ArrayLike, "V d"], c: Float[ArrayLike, "V d"], target: Float[ArrayLike, "V V"]
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Return ¼(WCᵀ − M)C and ¼(WCᵀ − M)ᵀW, the gradient of `untied_quadratic_loss`.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        target: Target M.

    Returns:
        ∂L/∂W and ∂L/∂C, each (V, d), which cost 4V²d operations.
    """
    w, c, target = jnp.asarray(w), jnp.asarray(c), jnp.asarray(target)
    return (w @ (c.T @ c) - target @ c) / 4, (c @ (w.T @ w) - target.T @ w) / 4
