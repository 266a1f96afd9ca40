"""Losses and their hand-written gradients, against loops, differences and automatic ones."""

import math

import hypothesis
import hypothesis.extra.numpy
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.losses import (
    contrastive_gradient,
    contrastive_loss,
    quadratic_gradient,
    quadratic_loss,
)
from gradflow.targets import contrastive_weights, mstar

RANDOM = np.random.default_rng(0)
W = jnp.asarray(RANDOM.normal(size=(7, 3)))
M = jnp.asarray((lambda x: x + x.T)(RANDOM.normal(size=(7, 7))))
A, B = (jnp.asarray(x + x.T) for x in RANDOM.uniform(0, 1, size=(2, 7, 7)))

PAIRS = {
    "quadratic": (quadratic_loss, quadratic_gradient, (M,)),
    "contrastive": (contrastive_loss, contrastive_gradient, (A, B)),
}
every_loss = pytest.mark.parametrize(("loss", "gradient", "data"), PAIRS.values(), ids=PAIRS.keys())


@every_loss
def test_gradient_is_that_of_jax(loss, gradient, data):
    np.testing.assert_allclose(gradient(W, *data), jax.grad(loss)(W, *data), atol=1e-13)


@every_loss
def test_gradient_is_that_of_central_differences(loss, gradient, data):
    """Richardson's extrapolation of two step sizes leaves 1e-10."""
    direction = jnp.asarray(RANDOM.normal(size=W.shape))

    def slope(h):
        return (loss(W + h * direction, *data) - loss(W - h * direction, *data)) / (2 * h)

    found = (4 * slope(5e-4) - slope(1e-3)) / 3
    np.testing.assert_allclose(jnp.vdot(gradient(W, *data), direction), found, rtol=1e-9)


@every_loss
def test_losses_do_not_see_rotations(loss, gradient, data):
    rotation = jnp.linalg.qr(jnp.asarray(RANDOM.normal(size=(3, 3))))[0]
    np.testing.assert_allclose(loss(W @ rotation, *data), loss(W, *data), rtol=1e-13)
    np.testing.assert_allclose(
        gradient(W @ rotation, *data), gradient(W, *data) @ rotation, atol=1e-12
    )


@every_loss
def test_dtype_is_kept(loss, gradient, data):
    single = [jnp.asarray(x, jnp.float32) for x in (W, *data)]
    assert loss(*single).dtype == gradient(*single).dtype == jnp.float32


def test_quadratic_loss_by_hand():
    """W = (1, 2), M = [[3, 1], [1, 0]]: ⅛[(1−3)² + (2−1)² + (2−1)² + (4−0)²] = 22/8."""
    w, target = jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 1.0], [1.0, 0.0]])
    assert quadratic_loss(w, target) == 22 / 8
    # ½(WWᵀ − M)W = ½ [[−2, 1], [1, 4]] (1, 2).
    np.testing.assert_array_equal(quadratic_gradient(w, target), [[0.0], [4.5]])


@pytest.mark.parametrize("weighting", ["uniform", "none"])
@pytest.mark.parametrize("negatives", [0.5, 1.0, 5.0])
def test_contrastive_loss_by_loops_over_two_words(two_words, weighting, negatives):
    """Straight from the counts: P = X/ΣX, Π = p pᵀ, and a sum over pairs."""
    counts, words = [[2, 5], [5, 0]], [3, 2]
    w = [[0.3, -1.0], [0.8, 0.5]]
    wanted = 0.0
    for i in range(2):
        for j in range(2):
            P = counts[i][j] / 12
            kPi = negatives * words[i] * words[j] / 25
            weight = 1 / (P + kPi) if weighting == "uniform" else 1.0
            x = sum(a * b for a, b in zip(w[i], w[j], strict=True))
            wanted += weight * (P * math.log(1 + math.exp(-x)) + kPi * math.log(1 + math.exp(x)))
    weights = map(jnp.asarray, contrastive_weights(two_words, weighting, negatives))
    np.testing.assert_allclose(contrastive_loss(jnp.array(w), *weights), wanted, rtol=1e-14)


def test_contrastive_loss_at_the_origin():
    """Every pair costs (A + B) ln 2, and the flow starts as ½ · 2(A − B) W."""
    zero = jnp.zeros((7, 3))
    np.testing.assert_allclose(contrastive_loss(zero, A, B), np.sum(A + B) * math.log(2))
    small = 1e-6 * W
    np.testing.assert_allclose(
        -contrastive_gradient(small, A, B), (A - B) @ small, atol=1e-17, rtol=1e-9
    )


def test_order_two_of_the_contrastive_loss_is_the_quadratic_one(sixty_words):
    """Uniform weighting: L = ⅛Σ(x − M*)² + const + O(x⁴), const = N ln 2 − ⅛‖M*‖².

    The third order in x vanishes with that of log(1 + e^x), the fourth is −Σ x⁴/192: what is left
    shrinks 2⁸-fold when W is halved.
    """
    weights = [jnp.asarray(x) for x in contrastive_weights(sixty_words, "uniform")]
    np.testing.assert_allclose(weights[0] + weights[1], 1, rtol=1e-15)
    target = jnp.asarray(mstar(sixty_words).todense())
    constant = 60**2 * math.log(2) - jnp.vdot(target, target) / 8
    w = 0.4 * jnp.asarray(np.random.default_rng(1).normal(size=(60, 4)))

    def rest(w):
        return contrastive_loss(w, *weights) - quadratic_loss(w, target) - constant

    fourth = lambda w: -jnp.sum((w @ w.T) ** 4) / 192  # noqa: E731
    np.testing.assert_allclose(rest(w / 2), fourth(w / 2), rtol=0.02)
    assert abs(rest(w / 2) / fourth(w / 2) - 1) < abs(rest(w) / fourth(w) - 1) / 8
    gradient = contrastive_gradient(w / 64, *weights) - quadratic_gradient(w / 64, target)
    assert jnp.abs(gradient).max() < 1e-6 * jnp.abs(quadratic_gradient(w / 64, target)).max()


@pytest.mark.parametrize("size", [1e3, 1e5])
def test_large_embeddings_do_not_overflow(size):
    """log(1 + e^x) is x there, and the gradient that of a line."""
    w = jnp.array([[size], [-size]])
    A, B = jnp.array([[1.0, 2.0], [2.0, 3.0]]), jnp.array([[0.5, 0.25], [0.25, 0.125]])
    # x = ±size²: positive pairs cost B x, negative ones A |x|.
    wanted = size**2 * (0.5 + 0.125 + 2 * 2.0)
    np.testing.assert_allclose(contrastive_loss(w, A, B), wanted, rtol=1e-15)
    np.testing.assert_allclose(
        contrastive_gradient(w, A, B), 2 * np.array([[0.5, -2.0], [-2.0, 0.125]]) @ w, rtol=1e-14
    )


entries = hypothesis.strategies.floats(-3, 3, width=32)


@hypothesis.settings(max_examples=50, deadline=None, derandomize=True)
@hypothesis.given(
    hypothesis.extra.numpy.arrays(float, (3, 2), elements=entries),
    hypothesis.extra.numpy.arrays(float, (3, 3), elements=entries),
)
def test_any_losses_are_what_they_say(w, data):
    """Expanded forms against the definitions, entry by entry."""
    w_, data_, x = jnp.asarray(w), jnp.asarray(data + data.T), w @ w.T
    wanted = np.sum((x - (data + data.T)) ** 2) / 8
    np.testing.assert_allclose(quadratic_loss(w_, data_), wanted, rtol=1e-12, atol=1e-12)
    A, B = np.abs(data + data.T), np.abs(data) + np.abs(data.T)
    wanted = np.sum(A * np.logaddexp(0, -x) + B * np.logaddexp(0, x))
    found = contrastive_loss(w_, jnp.asarray(A), jnp.asarray(B))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
