"""JAX itself does what the library relies on; some releases of it did not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow._precision  # noqa: F401  switches JAX to 64 bits


def reduced(matrix, vectors):
    """A matrix-vector product a lane, and a sum over what comes out."""
    return jax.vmap(lambda vector: jnp.sum((matrix @ vector) ** 2))(vectors)


@pytest.mark.parametrize("rows", [16, 1024, 16_383, 16_384, 16_385, 20_000])
@pytest.mark.parametrize("columns", [1, 64])
def test_a_mapped_product_followed_by_a_sum_is_compiled_right(rows, columns):
    """jaxlib 0.10.2 and 0.11.0 leave rows out beyond 16,384: 266342400 in place of 268435456."""
    random = np.random.default_rng(rows)
    # Small whole numbers: every sum is exact in float64, whatever its order.
    matrix = random.integers(-3, 4, size=(rows, columns)).astype(float)
    vectors = random.integers(-3, 4, size=(2, columns)).astype(float)
    wanted = np.sum((matrix @ vectors.T) ** 2, axis=0)
    found = jax.jit(reduced)(jnp.asarray(matrix), jnp.asarray(vectors))
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(reduced(jnp.asarray(matrix), jnp.asarray(vectors)), wanted)


@pytest.mark.parametrize("n", [16_384, 16_385])
def test_the_same_with_ones(n):
    """n rows of 128 ones: each entry is 128, its square 16,384."""
    ones = jnp.ones((n, 128)), jnp.ones((1, 128))
    assert jax.jit(reduced)(*ones)[0] == reduced(*ones)[0] == n * 128**2


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

@jax.jit
def looped(batch):
    one = jax.vmap(factors)
    return jax.lax.map(lambda scale: jax.tree.map(jnp.sum, one(scale * batch)), jnp.ones(40))

batch = jnp.asarray(np.random.default_rng(0).normal(size=(16, 80, 40)))
jax.block_until_ready(looped(batch))
together, first = jax.jit(jax.vmap(factors))(batch), factors(batch[3])
for found, wanted in zip(together, first):
    np.testing.assert_allclose(found[3], wanted, rtol=1e-9, atol=1e-10)
print("done")
"""


@pytest.mark.slow
def test_independent_factorisations_of_batches_do_not_wait_for_each_other(run_python):
    """Batched LAPACK calls could deadlock on the thread pool they share: see `_precision`."""
    assert run_python(INDEPENDENT_FACTORISATIONS, timeout=60) == "done"
