"""QR of W₀ᵀU by rows in echelon form: which eigenvector each free direction meets first."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


def echelon_rows(
    coordinates: Float[Array, "d V"],
) -> tuple[Float[Array, "d V"], Int[Array, " d"]]:
    """Return d rows, rotated so that row i is zero before its pivot column, pivots rising.

    For a generic start this is the R of a QR factorisation, row i starting at column i. Where W₀
    has no component that is new along some eigenvector (rank-deficient starts, starts inside
    invariant subspaces), a plain QR would leave rounding noise there, which the flow would grow
    into a mode that the true flow never has; here such a column is passed over and the noise is set
    to zero.

    Args:
        coordinates: W₀ᵀU, columns in falling order of the eigenvalues.

    Returns:
        The rows (d, V), and the pivot column of each, V for a row that is zero.
    """
    size = coordinates.shape[1]
    tolerance = 8 * math.sqrt(size) * float(jnp.finfo(coordinates.dtype).eps)
    # A component below the rounding of its own column of W₀ is not known to be there at all. (Put
    # so that nan stays nan.)
    largest = jnp.max(jnp.abs(coordinates), axis=1, keepdims=True)
    largest = jnp.where(largest > 0, largest, 1.0)  # squares of 1e200 would overflow
    lengths = largest * jnp.linalg.norm(coordinates / largest, axis=1, keepdims=True)
    present = jnp.where(jnp.abs(coordinates) <= tolerance * lengths, 0.0, coordinates)
    rotation, pivots = _eliminate(present, tolerance)
    rows = rotation @ present
    return jnp.where(_behind_pivots(pivots, size), rows, 0.0), pivots


def _eliminate(
    coordinates: Float[Array, "d V"], tolerance: float
) -> tuple[Float[Array, "d d"], Int[Array, " d"]]:
    """Return Householder reflections, gathered into one rotation, and the pivots they found."""
    dim, size = coordinates.shape
    indices = jnp.arange(dim)

    def unfinished(state: tuple) -> Bool[Array, ""]:
        _, _, row, column = state
        return (row < dim) & (column < size)

    def step(state: tuple) -> tuple:
        rotation, pivots, row, column = state
        entries = rotation @ coordinates[:, column]
        free = jnp.where(indices >= row, entries, 0.0)
        # Lengths of tiny numbers are taken of scaled ones: squares of 1e-200 would vanish.
        scale = jnp.max(jnp.abs(entries))
        free = free / jnp.where(scale > 0, scale, 1.0)
        length = jnp.linalg.norm(free)
        is_pivot = (scale > 0) & (length > tolerance)
        sign = jnp.where(free[row] >= 0, 1.0, -1.0)
        mirror = free.at[row].add(sign * length)
        mirror = mirror / jnp.where(is_pivot, jnp.linalg.norm(mirror), 1.0)
        reflected = rotation - 2 * jnp.outer(mirror, mirror @ rotation)
        return (
            jnp.where(is_pivot, reflected, rotation),
            jnp.where(is_pivot, pivots.at[row].set(column), pivots),
            row + is_pivot,
            column + 1,
        )

    start = (jnp.eye(dim, dtype=coordinates.dtype), jnp.full(dim, size), 0, 0)
    rotation, pivots, _, _ = jax.lax.while_loop(unfinished, step, start)
    return rotation, pivots


def _behind_pivots(pivots: Int[Array, " d"], size: int) -> Bool[Array, "d V"]:
    """Return which entries are on or behind each row's pivot."""
    return jnp.arange(size)[None, :] >= pivots[:, None]
