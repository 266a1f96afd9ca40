"""The embeddings themselves, in closed form: every column with all its components."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow.methods._logistic import log_growth_ratio
from gradflow.methods._mode_amplitudes import triangular_start
from gradflow.problems._validate_start import Start
from gradflow.targets import Spectrum
from gradflow.theory._predict import arrays_of, checked_late


def predict_embeddings(
    spec: Spectrum, w0: Start, times: Float[np.ndarray, " T"]
) -> Float[Array, "T R d"]:
    """W(t) before any run, in a frame of its own: columns in the order in which they are learned.

    With W₀ᵀU = QR and D_j = (e^{λ_j t} − 1)/λ_j, the exact flow is L⁻¹H, where
    H_ij = R_ij e^{λ_j t/2} and LLᵀ = I + R diag(D) Rᵀ. That matrix is graded and, scaled by its
    diagonal Δ, nearly the identity; here L is taken to first order in what it has beside the
    diagonal. So column i is logistic as a whole, carries components of the modes after i (what the
    sigmoids of `predict_singular_values` leave out), and gives them up to their own columns later.
    On Wikipedia counts WWᵀ is right to 1 to 8 % at the worst time and to 0.01 to 0.2 % at most
    times (scales 1e-8 to 0.1), where the sigmoids miss 5 to 17 % (figures/predictions).

    Args:
        spec: Spectrum of the target; of the problem's `linearisation` where W and C are untied.
            Components beyond its k eigenvectors are left out.
        w0: Where training starts; a pair (W₀, C₀) where they are untied.
        times: (T,), from zero or later.

    Returns:
        W (T, V, d), or [W; C] (T, 2V, d) where untied; right up to one rotation on the right for
        each time, so WWᵀ, singular values and left singular vectors can be compared.

    Raises:
        ArgumentError: W₀ of another vocabulary, or times that are not numbers in one row.
    """
    late = checked_late(times)
    eigenvalues, eigenvectors, start = arrays_of(spec, w0)
    triangle, log_unit = triangular_start(eigenvectors, start)
    coordinates = _coordinates(eigenvalues, triangle, log_unit, jnp.asarray(late, start.dtype))
    found = jnp.einsum("vk,tdk->tvd", eigenvectors, coordinates)
    missing = start.shape[1] - triangle.shape[0]
    whole = jnp.pad(found, ((0, 0), (0, 0), (0, missing)))
    return 2 * whole if isinstance(w0, tuple) else whole


@jax.jit
def _coordinates(
    eigenvalues: Float[Array, " k"],
    triangle: Float[Array, "r k"],
    log_unit: Float[Array, ""],
    times: Float[Array, " T"],
) -> Float[Array, "T r k"]:
    """Rows of L⁻¹H, L to first order; from logarithms, so that nothing overflows."""
    log_sizes = jnp.log(jnp.abs(triangle)) + log_unit
    signs = jnp.sign(triangle)

    def at(time: Float[Array, ""]) -> Float[Array, "r k"]:
        exponent = eigenvalues * time
        log_integral = jnp.maximum(exponent, 0) + jnp.log(time) + log_growth_ratio(exponent)
        log_grown = log_sizes + log_integral / 2
        largest = jnp.maximum(jnp.max(2 * log_grown, axis=1), 0.0)
        sums = jnp.exp(-largest) + jnp.sum(jnp.exp(2 * log_grown - largest[:, None]), axis=1)
        log_scale = ((largest + jnp.log(sums)) / 2)[:, None]
        grown = signs * jnp.exp(log_grown - log_scale)
        beside = jnp.tril(grown @ grown.T, -1)
        rows = signs * jnp.exp(log_sizes + exponent / 2 - log_scale)
        return rows - beside @ rows

    return jax.lax.map(at, times)
