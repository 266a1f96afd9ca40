"""Columns of the stabilised method: their frame, their sizes, how they grow."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._precision import qr


def column_sizes(w: Float[Array, "R d"]) -> Float[Array, " d"]:
    """Return the lengths of columns; squares of small numbers would underflow."""
    largest = jnp.max(jnp.abs(w), axis=0)
    unit = jnp.where(largest > 0, largest, 1.0)
    return largest * jnp.sqrt(jnp.sum((w / unit) ** 2, axis=0))


def column_rates(
    w: Float[Array, "R d"], velocity: Float[Array, "R d"], sizes: Float[Array, " d"]
) -> Float[Array, " d"]:
    """Return d ln‖w‖/dt of each column; zero where it is absent."""
    unit = jnp.where(sizes > 0, sizes, 1.0)
    return jnp.sum((w / unit) * (velocity / unit), axis=0)


def column_error_norm(error: Float[Array, "R d"], allowed: Float[Array, " d"]) -> Float[Array, ""]:
    """Return the root mean square over columns of each one's error, in units of what it may be."""
    sizes = column_sizes(error)
    shares = jnp.where(allowed > 0, sizes / jnp.where(allowed > 0, allowed, 1.0), 0.0)
    return jnp.sqrt(jnp.mean(shares**2))


def orthogonalised(w: Float[Array, "R d"]) -> tuple[Float[Array, "R d"], Float[Array, "d d"]]:
    """Return WO and O, by two sweeps of QR as in a singular value decomposition by QR iteration.

    Columns that are sorted keep their digits beside larger ones (Householder's QR of rows that
    fall is stable row by row), which a decomposition of WᵀW would take from them.
    """
    rotation = jnp.eye(w.shape[1], dtype=w.dtype)
    w, rotation = _sorted(w, rotation)
    for _ in range(2):
        turn = qr(qr(w)[1].T)[0]
        w, rotation = w @ turn, rotation @ turn
    return _sorted(w, rotation)


def _sorted(w: Array, rotation: Array) -> tuple[Array, Array]:
    order = jnp.argsort(-column_sizes(w))
    return w[:, order], rotation[:, order]


def growth_after(
    rate: Float[Array, " d"], saturation: Float[Array, " d"], time: Float[Array, ""]
) -> tuple[Float[Array, " d"], Float[Array, " d"]]:
    """Return e and (ln e)' at a time after the start of the substep.

    (ln e)' = D − κ(e² − 1) is a logistic equation for e²: with x = −2(D + κ)t it has
    1/e² = eˣ + κ(1 − eˣ)/(D + κ), written by expm1 to keep its digits where D + κ is near zero.
    """
    x = -2 * (rate + saturation) * time
    plain = jnp.abs(x) <= 1e-8
    ratio = jnp.where(plain, 1 + x / 2, jnp.expm1(x) / jnp.where(plain, 1.0, x))
    squared = 1 / (jnp.exp(x) + 2 * saturation * time * ratio)
    return jnp.sqrt(squared), rate - saturation * (squared - 1)
