"""Where training starts."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key, Shaped

from gradflow._checks import nonnegative_float, positive_int
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype

# What `jax.random.key` makes, or the raw integers of `jax.random.PRNGKey`.
RandomKey = Key[Array, ""] | Shaped[Array, "2"]


def gaussian_init(
    key: RandomKey,
    vocab_size: int,
    dim: int,
    scale: float | Float[Array, ""],
    dtype: jnp.dtype | None = None,
) -> Float[Array, "V d"]:
    """Embeddings with independent entries N(0, scale²/dim), so that E‖w_i‖² = scale².

    Args:
        key: Random key.
        vocab_size: V.
        dim: d, at most V.
        scale: σ, zero or above. May be traced, so one compilation serves every scale.
        dtype: float64 unless told otherwise.

    Returns:
        W₀ of shape (V, d).

    Raises:
        ArgumentError: d > V, a size below one, or a negative or infinite scale.

    Source: the initialisation of karkada2025.

    Example:
        >>> import jax, gradflow as gf
        >>> gf.gaussian_init(jax.random.key(0), vocab_size=5, dim=2, scale=1e-4).shape
        (5, 2)
    """
    vocab_size, dim = positive_int("vocab_size", vocab_size), positive_int("dim", dim)
    if dim > vocab_size:
        raise ArgumentError("dim", f"at most the vocabulary size {vocab_size}", dim)
    if not isinstance(scale, jax.Array):
        nonnegative_float("scale", scale)
    dtype = default_dtype() if dtype is None else jnp.dtype(dtype)
    normal = jax.random.normal(key, (vocab_size, dim), dtype)
    return normal * (jnp.asarray(scale, dtype) / jnp.sqrt(jnp.asarray(dim, dtype)))
