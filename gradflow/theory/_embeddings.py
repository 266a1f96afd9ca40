"""The embeddings themselves, in closed form: every column with all its components."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow.methods._logistic import log_growth_ratio


def triangular_flow(
    eigenvalues: Float[Array, " k"],
    triangle: Float[Array, "r k"],
    log_unit: Float[Array, ""],
    times: Float[Array, " T"],
) -> Float[Array, "T r k"]:
    """Return rows of L⁻¹H, L to first order, in the coordinates of the eigenvectors.

    H_ij = R_ij e^{λ_j t/2} and LLᵀ = I + R diag(D) Rᵀ with D_j = (e^{λ_j t} − 1)/λ_j, so that
    the exact flow has WWᵀ = U(L⁻¹H)ᵀ(L⁻¹H)Uᵀ. With Δ the diagonal of LLᵀ and E what Δ^{−½}LLᵀΔ^{−½}
    has below its own, L⁻¹ is (I − E)Δ^{−½} to first order in E.

    Args:
        eigenvalues: λ, falling.
        triangle: R, upper trapezoidal, in a unit of its own.
        log_unit: Logarithm of that unit.
        times: t.
    """
    # Everything is formed from logarithms: e^{λt} overflows where λt exceeds 709.
    log_sizes = jnp.log(jnp.abs(triangle)) + log_unit
    signs = jnp.sign(triangle)

    def rows_at(time: Float[Array, ""]) -> Float[Array, "r k"]:
        exponent = eigenvalues * time
        log_integral = jnp.maximum(exponent, 0) + jnp.log(time) + log_growth_ratio(exponent)
        log_grown = log_sizes + log_integral / 2
        # ½ ln Δ_i, by the usual trick: the largest term is taken out of the sum.
        largest = jnp.maximum(jnp.max(2 * log_grown, axis=1), 0.0)
        sums = jnp.exp(-largest) + jnp.sum(jnp.exp(2 * log_grown - largest[:, None]), axis=1)
        log_scale = ((largest + jnp.log(sums)) / 2)[:, None]
        grown = signs * jnp.exp(log_grown - log_scale)
        below = jnp.tril(grown @ grown.T, -1)
        rows = signs * jnp.exp(log_sizes + exponent / 2 - log_scale)
        return rows - below @ rows

    return jax.lax.map(rows_at, times)
