"""Tiles: the same numbers as whole matrices, whatever fits or does not, and faster functions."""

import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gradflow.losses import TaylorSoftplus
from gradflow.losses._fast_softplus import logistic, softplus
from gradflow.losses._pairs import PairCosts, tied_gradient, tied_loss, untied_gradient, untied_loss
from gradflow.losses._tiles import tiled

RANDOM = np.random.default_rng(0)


def weights(size, symmetric, dense, offset):
    """A, the two factors, G or None, b; and G written out."""
    A = RANDOM.uniform(size=(size, size))
    A = A + A.T if symmetric else A
    left, right = RANDOM.uniform(size=(2, size, 2))
    total = A + left @ right.T
    if dense:
        total = total + total.T if symmetric else total
        left = right = np.zeros((size, 0))
    b = RANDOM.normal(size=size) if offset else None
    return (A, left, right, total if dense else None, b), total


CASES = list(itertools.product([8, 29], [True, False], [True, False], [True, False]))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "symmetric", "dense", "offset"), CASES)
def test_tiles_give_what_whole_matrices_give(size, symmetric, dense, offset):
    """One tile, several, and a last one that is not full; formulas written out in NumPy."""
    given, total = weights(size, symmetric, dense, offset)
    costs = PairCosts(*given, tile=8)
    A, b = given[0], 0 if given[4] is None else given[4]
    w, c = RANDOM.normal(size=(2, size, 3))
    sigmoid = lambda y: 1 / (1 + np.exp(-y))  # noqa: E731

    y = w @ c.T - b
    R = total * sigmoid(y) - A
    found = untied_loss(jnp.asarray(w), jnp.asarray(c), costs)
    np.testing.assert_allclose(found, np.sum(total * np.logaddexp(0, y) - A * y), rtol=1e-13)
    for found, wanted in zip(
        untied_gradient(jnp.asarray(w), jnp.asarray(c), costs), (R @ c, R.T @ w), strict=True
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-12)

    y = w @ w.T - b
    R = total * sigmoid(y) - A
    wanted = np.sum(total * np.logaddexp(0, y) - A * y)
    np.testing.assert_allclose(tied_loss(jnp.asarray(w), costs), wanted, rtol=1e-13)
    np.testing.assert_allclose(tied_gradient(jnp.asarray(w), costs), (R + R.T) @ w, atol=1e-12)


def test_symmetric_weights_are_held_by_half():
    matrix = np.add.outer(np.arange(3000.0), np.arange(3000.0))
    half, whole = tiled(matrix, symmetric=True), tiled(matrix, symmetric=False)
    assert half.tiles.size < 0.75 * whole.tiles.size
    assert tiled(np.ones((5000, 5000)), symmetric=True).tiles.size < 0.65 * 5000**2


def test_lanes_do_not_see_each_other():
    given, _ = weights(20, True, False, False)
    costs = PairCosts(*given, tile=8)
    lanes = jnp.asarray(RANDOM.normal(size=(3, 20, 2)))
    found = jax.vmap(lambda w: tied_gradient(w, costs))(lanes)
    for lane, w in zip(found, lanes, strict=True):
        np.testing.assert_allclose(lane, tied_gradient(w, costs), atol=1e-13)


def test_no_temporary_as_large_as_the_weights():
    """What XLA sets aside for a gradient at V = 4,000 is a fraction of one V × V matrix."""
    costs = PairCosts(np.ones((4000, 4000)), np.ones((4000, 1)), np.ones((4000, 1)))
    w = jnp.ones((4000, 10))
    compiled = jax.jit(tied_gradient).lower(w, costs).compile()
    assert compiled.memory_analysis().temp_size_in_bytes < 0.3 * 8 * 4000**2


def test_polynomials_go_through_tiles_too():
    """Loss and gradient of three by three tiles, of which six are held, written out in NumPy."""
    given, total = weights(20, True, False, False)
    costs = PairCosts(*given, softplus=TaylorSoftplus(2), tile=8)
    w = RANDOM.normal(size=(20, 3))
    x = w @ w.T
    loss = np.sum(total * (np.log(2) + x / 2 + x**2 / 8) - given[0] * x)
    np.testing.assert_allclose(tied_loss(jnp.asarray(w), costs), loss, rtol=1e-13)
    R = total * (0.5 + x / 4) - given[0]
    np.testing.assert_allclose(tied_gradient(jnp.asarray(w), costs), (R + R.T) @ w, atol=1e-12)


POINTS = np.concatenate([[0.0], *(sign * np.geomspace(1e-12, 700, 60) for sign in (1, -1))])


@pytest.mark.parametrize(("dtype", "rtol"), [(jnp.float64, 2e-15), (jnp.float32, 1e-6)])
def test_fast_functions_against_forty_digits(dtype, rtol):
    x = jnp.asarray(POINTS if dtype == jnp.float64 else np.clip(POINTS, -80, 80), dtype)
    with mpmath.workdps(40):
        exact = [mpmath.mpf(float(value)) for value in x]
        sigma = np.array([float(1 / (1 + mpmath.exp(-value))) for value in exact])
        plus = np.array([float(mpmath.log1p(mpmath.exp(value))) for value in exact])
    for function, wanted in ((logistic, sigma), (softplus, plus)):
        found = jax.jit(function)(x)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=rtol)


def test_fast_functions_at_the_ends_and_their_derivatives():
    x = jnp.array([-np.inf, -1e4, 1e4, np.inf, np.nan])
    np.testing.assert_allclose(logistic(x), [0, 0, 1, 1, np.nan], atol=1e-300)
    np.testing.assert_allclose(softplus(x), [0, 0, 1e4, np.inf, np.nan], atol=1e-300)
    for point in jnp.array([-3.0, 0.0, 2.5]):
        np.testing.assert_allclose(jax.grad(softplus)(point), jax.nn.sigmoid(point), rtol=1e-14)
        wanted = jax.grad(jax.nn.sigmoid)(point)
        np.testing.assert_allclose(jax.grad(logistic)(point), wanted, rtol=1e-13)
