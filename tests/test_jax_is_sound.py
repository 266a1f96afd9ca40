"""JAX itself does what the library relies on; some releases of it did not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow._precision  # noqa: F401  switches JAX to 64 bits


def lengths(matrix):
    """Squared length of a product with a constant matrix, lane by lane."""
    return jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))


@pytest.mark.parametrize(
    ("dtype", "lanes"),
    [
        *((jnp.float64, lanes) for lanes in (16_383, 16_384, 16_385, 20_000)),
        *((jnp.float32, lanes) for lanes in (32_768, 32_769)),
    ],
)
def test_a_mapped_product_followed_by_a_sum_is_compiled_right(dtype, lanes):
    """jax-ml/jax issue 39103: beyond 16,384 lanes, the last of 0², 1², 2² ... comes out wrong.

    16,384² = 268435456 with 16,385 lanes; jaxlib 0.10.2 and 0.11.0 compile it to less.
    """
    count = np.arange(lanes, dtype=dtype)
    rows = jnp.stack([count, 0 * count, 0 * count], axis=1)
    function = lengths(jnp.eye(3, dtype=dtype))
    wanted = count**2
    np.testing.assert_array_equal(jax.jit(function)(rows), wanted)
    np.testing.assert_array_equal(function(rows), wanted)


INDEPENDENT_FACTORISATIONS = """
import jax, jax.numpy as jnp, numpy as np
from gradflow._precision import (
    cholesky, qr, qr_triangle, singular_values, thin_svd, triangular_inverse
)

def factors(x):
    spd = x.T @ x + 300 * jnp.eye(x.shape[1])
    other = x.T @ x + 400 * jnp.eye(x.shape[1])
    q, r = qr(x)
    u, s, v = thin_svd(x)
    return (
        cholesky(spd), cholesky(other), triangular_inverse(jnp.tril(spd)), singular_values(x),
        q @ r, qr_triangle(2 * x), (u * s) @ v,
    )

batch = jnp.asarray(np.random.default_rng(0).normal(size=(16, 80, 40)))
together, first = jax.jit(jax.vmap(factors))(batch), factors(batch[3])
for found, wanted in zip(together, first):
    np.testing.assert_allclose(found[3], wanted, rtol=1e-9, atol=1e-10)

def three(x):
    return cholesky(x).sum() + cholesky(x + jnp.eye(100)).sum() + cholesky(2 * x).sum()

many = jax.jit(lambda x: jax.lax.map(lambda s: jax.vmap(three)(s * x), jnp.linspace(1, 2, 30)))
square = np.random.default_rng(1).normal(size=(8, 100, 100))
square = jnp.asarray(square @ square.mT + 100 * np.eye(100))
for _ in range(80):
    jax.block_until_ready(many(square))
print("done")
"""


@pytest.mark.slow
def test_independent_factorisations_of_batches_do_not_wait_for_each_other(run_python):
    """Batched LAPACK calls could deadlock on the thread pool they share: see `_precision`."""
    assert run_python(INDEPENDENT_FACTORISATIONS, timeout=60) == "done"
