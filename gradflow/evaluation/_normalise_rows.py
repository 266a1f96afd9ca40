"""Rows of W as unit vectors."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from numpy.typing import ArrayLike

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype


def unit_rows(vectors: ArrayLike, size: int) -> Float[Array, "V d"]:
    """Return each row divided by its length; a row of zeros stays zero, with cosine 0 to all rows.

    Raises:
        ArgumentError: There is not one row for each of the V words, or the array does not hold
            real numbers of a type that JAX has.
    """
    array = _real_array(vectors)
    if array.ndim != 2 or array.shape[0] != size:
        wanted = f"shape (V, d) with V = {size}, one row a word"
        raise ArgumentError("vectors", wanted, f"shape {array.shape}")
    floating = jnp.issubdtype(array.dtype, jnp.floating)
    rows = jnp.asarray(array, array.dtype if floating else default_dtype())
    # Early in training entries are so small that their squares would underflow, so rows are
    # divided by their largest entry first. Divisors of rows of zeros are one, which keeps nan out.
    largest = jnp.max(jnp.abs(rows), axis=1, keepdims=True, initial=0)
    rows = rows / jnp.where(largest > 0, largest, 1)
    return rows / jnp.where(largest > 0, jnp.linalg.norm(rows, axis=1, keepdims=True), 1)


def _real_array(vectors: Any) -> Any:
    """Return a JAX array, traced or not, as it is, and anything else as a NumPy array."""
    wanted = "an array of real numbers of at most 64 bits"
    try:
        array = vectors if hasattr(vectors, "aval") else np.asarray(vectors)
    except ValueError:
        raise ArgumentError("vectors", wanted, shown(vectors)) from None
    real = jnp.issubdtype(array.dtype, jnp.floating) or jnp.issubdtype(array.dtype, jnp.integer)
    if not real or array.dtype.itemsize > 8:
        raise ArgumentError("vectors", wanted, f"dtype {array.dtype}")
    return array
