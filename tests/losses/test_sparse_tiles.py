"""Tiles held as lists of entries: the same numbers as dense ones, in less memory."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.losses._pairs import PairCosts, tied_gradient, tied_loss, untied_gradient
from gradflow.losses._tiles import tiled, untiled

RANDOM = np.random.default_rng(0)
SHARE = 0.3


def thinning(size, symmetric):
    """Full above on the left, nearly empty below on the right, as counts are."""
    kept = np.geomspace(1, 0.05, size)
    matrix = RANDOM.uniform(0.1, 1, (size, size)) * (RANDOM.random((size, size)) < kept)
    matrix *= kept[:, None] > RANDOM.random((size, size))
    return np.maximum(matrix, matrix.T) if symmetric else matrix


def both_ways(size, symmetric, total):
    """The same weights in dense tiles, and with sparse ones among them."""
    A, side = thinning(size, symmetric), RANDOM.uniform(size=(size, 1))
    G = 2 * A + np.diag(np.ones(size)) if total else None
    costs = PairCosts(A, side, side, total=G, tile=8)
    dense, mixed = (
        eqx.tree_at(
            lambda costs: [costs.positive] + [costs.total] * total,
            costs,
            [
                tiled(matrix, symmetric=symmetric, length=8, sparse=sparse)
                for matrix in [A] + [G] * total
            ],
        )
        for sparse in (-1.0, SHARE)
    )
    assert dense.positive.entries is None
    assert mixed.positive.entries is not None
    assert len(mixed.positive.tiles) > 0
    return dense, mixed


@eqx.filter_jit
def everything(w, c, costs):
    """Losses and gradients, those of lanes too."""
    return (
        tied_loss(w[0], costs),
        untied_gradient(w[0], c[0], costs),
        jax.vmap(lambda w: tied_gradient(w, costs))(w),
    )


@pytest.mark.slow
@pytest.mark.parametrize(("symmetric", "total"), [(True, False), (False, True)])
def test_the_same_numbers_as_dense_tiles(symmetric, total):
    """But for rounding: XLA from 0.12 on adds the products of the two kinds in another order."""
    dense, mixed = both_ways(29, symmetric, total)
    # Weights are cast to the dtype of the state; positions are not.
    dtype = jnp.float32 if total else jnp.float64
    w, c = jnp.asarray(RANDOM.normal(size=(2, 3, 29, 3)), dtype)
    found, wanted = everything(w, c, mixed), everything(w, c, dense)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        assert one.dtype == dtype
        size = float(jnp.abs(other).max())
        np.testing.assert_allclose(one, other, rtol=0, atol=4 * jnp.finfo(dtype).eps * size)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("sparse", [-1.0, SHARE, 1.0])
def test_what_was_cut_can_be_put_together(symmetric, sparse):
    """All tiles dense, some of them sparse, all of them sparse; `untiled`, and the last tile."""
    matrix = thinning(29, symmetric)
    tiles = tiled(matrix, symmetric=symmetric, length=8, sparse=sparse)
    assert (tiles.entries is None) == (sparse < 0)
    assert (len(tiles.tiles) == 0) == (sparse == 1)
    np.testing.assert_array_equal(untiled(tiles), matrix)
    n, last = tiles.per_side, np.zeros((8, 8))
    part = matrix[8 * n - 8 :, 8 * n - 8 :]
    last[: part.shape[0], : part.shape[1]] = part
    index = (n - 1) * tiles.per_row + (0 if symmetric else n - 1)
    np.testing.assert_array_equal(tiles.apply(lambda tile: 2 * tile, jnp.asarray(index)), 2 * last)


def test_lists_take_less_memory_and_full_matrices_have_none():
    matrix = np.zeros((3000, 3000))
    matrix[:1000, :1000] = 1.0
    matrix[::50, ::50] = 1.0
    full = tiled(np.ones((3000, 3000)), symmetric=True)
    assert full.entries is None
    assert tiled(matrix, symmetric=True).nbytes < 0.5 * full.nbytes


def test_a_single_tile_is_dense():
    """There a list would spare nothing worth its time."""
    assert tiled(np.eye(500), symmetric=True).entries is None
