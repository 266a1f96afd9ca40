"""The contrastive loss of skip-gram with negative sampling, full batch, tied weights."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def contrastive_loss(
    w: Float[Array, "V d"], positive: Float[Array, "V V"], negative: Float[Array, "V V"]
) -> Float[Array, ""]:
    """Σ_ij [A_ij log(1 + e^{−x_ij}) + B_ij log(1 + e^{x_ij})] with x = WWᵀ.

    Args:
        w: Embeddings W.
        positive: A = Ψ⁺P, symmetric.
        negative: B = kΨ⁻Π, symmetric.

    Returns:
        The loss, a scalar.

    Source: mikolov2013distributed, in expectation over the samples; karkada2025, equation 1.
    """
    x = w @ w.T
    # A log(1+e^−x) + B log(1+e^x) = (A + B) log(1+e^x) − A x: one logarithm an entry.
    return jnp.vdot(positive + negative, jax.nn.softplus(x)) - jnp.vdot(positive @ w, w)


def contrastive_gradient(
    w: Float[Array, "V d"], positive: Float[Array, "V V"], negative: Float[Array, "V V"]
) -> Float[Array, "V d"]:
    """2[(A + B) σ(WWᵀ) − A]W with σ the logistic function, the gradient of `contrastive_loss`.

    Args:
        w: Embeddings W.
        positive: A = Ψ⁺P, symmetric.
        negative: B = kΨ⁻Π, symmetric.

    Returns:
        ∂L/∂W of shape (V, d). Cost two V × V × d products and V² logistic functions.
    """
    residual = (positive + negative) * jax.nn.sigmoid(w @ w.T) - positive
    return 2 * (residual @ w)
