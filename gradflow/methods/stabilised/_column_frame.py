"""Columns of the stabilised method: their frame, their sizes, how they grow."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._precision import qr


def column_sizes(w: Float[Array, "R d"]) -> Float[Array, " d"]:
    """Lengths of columns; squares of small numbers would underflow."""
    largest = jnp.max(jnp.abs(w), axis=0)
    unit = jnp.where(largest > 0, largest, 1.0)
    return largest * jnp.sqrt(jnp.sum((w / unit) ** 2, axis=0))


def column_rates(
    w: Float[Array, "R d"], velocity: Float[Array, "R d"], sizes: Float[Array, " d"]
) -> Float[Array, " d"]:
    """d ln‖w‖/dt of each column; zero where it is absent."""
    unit = jnp.where(sizes > 0, sizes, 1.0)
    return jnp.sum((w / unit) * (velocity / unit), axis=0)


def column_misses(error: Float[Array, "R d"], allowed: Float[Array, " d"]) -> Float[Array, ""]:
    """Root mean square over columns of what each misses in units of what it may."""
    sizes = column_sizes(error)
    shares = jnp.where(allowed > 0, sizes / jnp.where(allowed > 0, allowed, 1.0), 0.0)
    return jnp.sqrt(jnp.mean(shares**2))


def orthogonalised(w: Float[Array, "R d"]) -> tuple[Float[Array, "R d"], Float[Array, "d d"]]:
    """WO and O. Two sweeps of QR, as in a singular value decomposition by QR iteration.

    Columns that are sorted keep their digits beside larger ones (Householder's QR of rows that
    fall is stable row by row), which a decomposition of WᵀW would take from them.
    """
    total = jnp.eye(w.shape[1], dtype=w.dtype)
    w, total = _sorted(w, total)
    for _ in range(2):
        turn = qr(qr(w)[1].T)[0]
        w, total = w @ turn, total @ turn
    return _sorted(w, total)


def _sorted(w: Array, total: Array) -> tuple[Array, Array]:
    order = jnp.argsort(-column_sizes(w))
    return w[:, order], total[:, order]


def growth_after(
    rate: Float[Array, " d"], bend: Float[Array, " d"], time: Float[Array, ""]
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """e and (ln e)' at a time after the start of the step."""
    x = -2 * (rate + bend) * time
    plain = jnp.abs(x) <= 1e-8
    ratio = jnp.where(plain, 1 + x / 2, jnp.expm1(x) / jnp.where(plain, 1.0, x))
    squared = 1 / (jnp.exp(x) + 2 * bend * time * ratio)
    return jnp.sqrt(squared), rate - bend * (squared - 1)
