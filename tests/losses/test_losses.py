"""Losses and their hand-written gradients, against loops, differences and automatic ones."""

import itertools
import math

import hypothesis
import hypothesis.extra.numpy
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.losses import TaylorSoftplus
from gradflow.losses._pairs import PairCosts, tied_gradient, tied_loss, untied_gradient, untied_loss
from gradflow.losses._quadratic import (
    quadratic_gradient,
    quadratic_loss,
    untied_quadratic_gradient,
    untied_quadratic_loss,
)
from gradflow.losses._softplus import Softplus
from gradflow.targets import mstar, pair_weights

RANDOM = np.random.default_rng(0)
W, C = jnp.asarray(RANDOM.normal(size=(2, 7, 3)))
M = jnp.asarray((lambda x: x + x.T)(RANDOM.normal(size=(7, 7))))
A, B = (np.asarray(x + x.T) for x in RANDOM.uniform(0, 1, size=(2, 7, 7)))
SKEWED = np.asarray(RANDOM.uniform(0, 1, size=(7, 7)))
OFFSET = np.asarray(RANDOM.normal(size=7))
ONES, NOTHING = np.ones((7, 1)), np.zeros((7, 0))


def dense(positive, negative, **more):
    return PairCosts(positive, NOTHING, NOTHING, total=positive + negative, **more)


SYMMETRIC = {
    "SGNS": dense(A, B),
    "SGNS, A + B = 1": PairCosts(A / 4, ONES, ONES, share=0.0),
    "SGNS, A + B of rank two more than A": PairCosts(
        A, np.stack([OFFSET, ONES[:, 0]], 1), np.stack([ONES[:, 0], OFFSET], 1)
    ),
    **{f"Taylor {n}": dense(A, B, softplus=TaylorSoftplus(n)) for n in (1, 2, 4, 6)},
}
SKEW = {"NCE": dense(A, B, offset=OFFSET), "skewed NCE": dense(SKEWED, B, offset=OFFSET)}
UNTIED = {**SYMMETRIC, **SKEW, "skewed SGNS": dense(SKEWED, B)}

# name: loss, gradient, embeddings, what else they take
CASES = {
    "quadratic": (quadratic_loss, quadratic_gradient, (W,), M),
    "untied quadratic": (untied_quadratic_loss, untied_quadratic_gradient, (W, C), M),
    **{f"tied {k}": (tied_loss, tied_gradient, (W,), v) for k, v in {**SYMMETRIC, **SKEW}.items()},
    **{
        f"untied {k}": (untied_loss, untied_gradient, (W, C), UNTIED[k])
        for k in ("SGNS", "Taylor 4", "NCE", "skewed SGNS")
    },
}
every_loss = pytest.mark.parametrize(
    ("loss", "gradient", "sides", "data"), CASES.values(), ids=CASES.keys()
)


def stacked(value):
    """A gradient as one array (sides, V, d)."""
    return jnp.stack(value if isinstance(value, tuple) else (value,))


@every_loss
def test_gradient_is_that_of_jax(loss, gradient, sides, data):
    wanted = jax.grad(loss, argnums=tuple(range(len(sides))))(*sides, data)
    np.testing.assert_allclose(stacked(gradient(*sides, data)), stacked(wanted), atol=2e-12)


@pytest.mark.slow
@every_loss
def test_gradient_is_that_of_central_differences(loss, gradient, sides, data):
    """Richardson's extrapolation of two step sizes leaves 1e-9."""
    direction = jnp.asarray(RANDOM.normal(size=(len(sides), 7, 3)))

    def slope(h):
        ahead, behind = stacked(sides) + h * direction, stacked(sides) - h * direction
        return (loss(*ahead, data) - loss(*behind, data)) / (2 * h)

    found = (4 * slope(5e-4) - slope(1e-3)) / 3
    wanted = jnp.vdot(stacked(gradient(*sides, data)), direction)
    np.testing.assert_allclose(wanted, found, rtol=2e-9)


@pytest.mark.slow
@every_loss
def test_losses_do_not_see_rotations(loss, gradient, sides, data):
    rotation = jnp.linalg.qr(jnp.asarray(RANDOM.normal(size=(3, 3))))[0]
    turned = [side @ rotation for side in sides]
    np.testing.assert_allclose(loss(*turned, data), loss(*sides, data), rtol=1e-12)
    wanted = stacked(gradient(*sides, data)) @ rotation
    np.testing.assert_allclose(stacked(gradient(*turned, data)), wanted, atol=1e-11)


@pytest.mark.slow
@every_loss
def test_dtype_is_kept(loss, gradient, sides, data):
    single = lambda tree: jax.tree.map(lambda x: x.astype(jnp.float32), tree)  # noqa: E731
    sides, data = single(sides), single(data)
    assert loss(*sides, data).dtype == jnp.float32
    assert stacked(gradient(*sides, data)).dtype == jnp.float32


@pytest.mark.parametrize("name", UNTIED)
def test_tied_is_untied_with_the_same_on_both_sides(name):
    """Values are equal, and the tied gradient is the sum of both, for symmetric weights."""
    costs = UNTIED[name]
    np.testing.assert_allclose(tied_loss(W, costs), untied_loss(W, W, costs), rtol=1e-14)
    if name != "skewed SGNS":
        both = untied_gradient(W, W, costs)
        np.testing.assert_allclose(tied_gradient(W, costs), sum(both), atol=1e-12)


def test_quadratic_loss_by_hand():
    """W = (1, 2), M = [[3, 1], [1, 0]]: ⅛[(1−3)² + (2−1)² + (2−1)² + (4−0)²] = 22/8."""
    w, target = jnp.array([[1.0], [2.0]]), jnp.array([[3.0, 1.0], [1.0, 0.0]])
    assert quadratic_loss(w, target) == 22 / 8
    # ½(WWᵀ − M)W = ½ [[−2, 1], [1, 4]] (1, 2).
    np.testing.assert_array_equal(quadratic_gradient(w, target), [[0.0], [4.5]])


LOOPS = list(itertools.product(["uniform", "none", "unigram"], [0.5, 5.0], [True, False]))


@pytest.mark.parametrize(("weighting", "negatives", "noise_contrast"), LOOPS)
def test_losses_by_loops_over_two_words(two_words, weighting, negatives, noise_contrast):
    """Straight from the counts: P = X/ΣX, Π = p pᵀ, and a sum over pairs."""
    counts, words = [[2, 5], [5, 0]], [3, 2]
    w, c = [[0.3, -1.0], [0.8, 0.5]], [[0.1, 0.7], [-0.4, 0.2]]
    wanted = 0.0
    for i in range(2):
        for j in range(2):
            P = counts[i][j] / 12
            kPi = negatives * words[i] * words[j] / 25
            weight = {
                "uniform": 1 / (P + kPi), "none": 1, "unigram": negatives / (1 + negatives) / kPi
            }[weighting]  # fmt: skip
            x = sum(a * b for a, b in zip(w[i], c[j], strict=True))
            if noise_contrast:
                x -= math.log(negatives * words[j] / 5)
            wanted += weight * (P * math.log(1 + math.exp(-x)) + kPi * math.log(1 + math.exp(x)))
    found = pair_weights(two_words, weighting, negatives)
    costs = PairCosts(
        found.positive,
        found.left,
        found.right,
        share=found.share,
        offset=np.log(negatives * found.noise) if noise_contrast else None,
    )
    np.testing.assert_allclose(untied_loss(jnp.array(w), jnp.array(c), costs), wanted, rtol=1e-14)


def test_contrastive_loss_at_the_origin():
    """Every pair costs (A + B) ln 2, and the flow starts as ½ · 2(A − B) W."""
    costs, zero = dense(A, B), jnp.zeros((7, 3))
    np.testing.assert_allclose(tied_loss(zero, costs), np.sum(A + B) * math.log(2))
    small = 1e-6 * W
    np.testing.assert_allclose(-tied_gradient(small, costs), (A - B) @ small, atol=1e-17, rtol=1e-9)


def test_order_two_with_uniform_weighting_is_the_quadratic_loss(sixty_words):
    """L = ⅛Σ(x − M*)² + const, const = N ln 2 − ⅛‖M*‖²: the identity behind the theory."""
    found = pair_weights(sixty_words, "uniform", 3.0)
    costs = PairCosts(
        found.positive,
        found.left,
        found.right,
        share=found.share,
        softplus=TaylorSoftplus(2),
    )
    target = jnp.asarray(mstar(sixty_words, 3.0).todense())
    w = jnp.asarray(np.random.default_rng(1).normal(size=(60, 4)))
    constant = 60**2 * math.log(2) - jnp.vdot(target, target) / 8
    np.testing.assert_allclose(
        tied_loss(w, costs), quadratic_loss(w, target) + constant, rtol=1e-13
    )
    gradient = quadratic_gradient(w, target)
    np.testing.assert_allclose(tied_gradient(w, costs), gradient, atol=1e-12)


@pytest.mark.parametrize("size", [1e3, 1e5])
def test_large_embeddings_do_not_overflow(size):
    """log(1 + e^x) is x there, and the gradient that of a line."""
    w = jnp.array([[size], [-size]])
    costs = PairCosts(
        np.array([[1.0, 2.0], [2.0, 3.0]]), np.zeros((2, 0)), np.zeros((2, 0)),
        total=np.array([[1.5, 2.25], [2.25, 3.125]]),
    )  # fmt: skip
    # x = ±size²: positive pairs cost B x, negative ones A |x|.
    wanted = size**2 * (0.5 + 0.125 + 2 * 2.0)
    np.testing.assert_allclose(tied_loss(w, costs), wanted, rtol=1e-15)
    np.testing.assert_allclose(
        tied_gradient(w, costs), 2 * np.array([[0.5, -2.0], [-2.0, 0.125]]) @ w, rtol=1e-14
    )


entries = hypothesis.strategies.floats(-3, 3, width=32)


@hypothesis.settings(max_examples=50, deadline=None, derandomize=True)
@hypothesis.given(
    hypothesis.extra.numpy.arrays(float, (2, 3, 2), elements=entries),
    hypothesis.extra.numpy.arrays(float, (3, 3), elements=entries),
)
def test_any_losses_are_what_they_say(both, data):
    """Expanded forms against the definitions, entry by entry."""
    (w, c), x = jnp.asarray(both), both[0] @ both[1].T
    wanted = np.sum((x - data) ** 2) / 8
    found = untied_quadratic_loss(w, c, jnp.asarray(data))
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    above, below = np.abs(data), np.abs(data.T) + 1
    wanted = np.sum(above * np.logaddexp(0, -x) + below * np.logaddexp(0, x))
    none = np.zeros((3, 0))
    costs = PairCosts(above, none, none, total=above + below)
    np.testing.assert_allclose(untied_loss(w, c, costs), wanted, rtol=1e-12, atol=1e-12)
    assert costs.softplus == Softplus()
