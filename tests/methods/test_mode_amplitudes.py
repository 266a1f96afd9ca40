"""Three rules for the amplitude with which a mode starts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.initialisation import gaussian_init
from gradflow.methods._mode_amplitudes import RULES, log_squared_starts

VECTORS = jnp.asarray(np.linalg.qr(np.random.default_rng(0).normal(size=(12, 12)))[0])
W0 = jnp.asarray(np.random.default_rng(1).normal(size=(12, 4)))


def squared_starts(vectors, w0, rule):
    return jnp.exp(log_squared_starts(vectors, w0, rule))


def test_tiny_starts_do_not_underflow():
    """Squares of 1e-170 are zero; their logarithms are not."""
    for rule in RULES:
        tiny = log_squared_starts(VECTORS[:, :4], 1e-170 * W0, rule)
        usual = log_squared_starts(VECTORS[:, :4], W0, rule)
        np.testing.assert_allclose(tiny, usual + 2 * np.log(1e-170), rtol=1e-14)


def test_rules_on_a_hand_made_start():
    """Two words, eigenvectors the words themselves: row k is word k, and QR is Gram–Schmidt."""
    w0 = jnp.array([[3.0, 4.0], [1.0, 0.0]])
    paper, row, qr = (squared_starts(jnp.eye(2), w0, rule) for rule in RULES)
    np.testing.assert_allclose(paper, [13, 13], rtol=1e-15)  # (25 + 1) / 2
    np.testing.assert_allclose(row, [25, 1], rtol=1e-15)
    # What (1, 0) has left beside (3, 4)/5: 1 − (3/5)².
    np.testing.assert_allclose(qr, [25, 16 / 25], rtol=1e-14)


def test_qr_rule_is_gram_schmidt_and_zero_beyond_d():
    coordinates = np.asarray(VECTORS.T @ W0)
    wanted = np.zeros(12)
    for k in range(4):
        left = coordinates[k] - sum(
            (coordinates[k] @ direction) * direction for direction in _orthonormal(coordinates[:k])
        )
        wanted[k] = left @ left
    np.testing.assert_allclose(squared_starts(VECTORS, W0, "qr"), wanted, rtol=1e-12)


def _orthonormal(rows):
    return np.linalg.qr(rows.T)[0].T if len(rows) else []


@pytest.mark.parametrize("rule", RULES)
def test_rules_do_not_see_rotations_and_scale_as_squares(rule):
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(4, 4)))[0]
    straight = squared_starts(VECTORS, W0, rule)
    np.testing.assert_allclose(squared_starts(VECTORS, W0 @ rotation, rule), straight, rtol=1e-12)
    np.testing.assert_allclose(squared_starts(VECTORS, 3 * W0, rule), 9 * straight, rtol=1e-13)


def test_no_rule_but_the_papers_exceeds_the_row():
    row, qr = (squared_starts(VECTORS, W0, rule) for rule in ("row", "qr"))
    assert (qr <= row * (1 + 1e-12)).all()
    np.testing.assert_allclose(qr[0], row[0], rtol=1e-13)


@pytest.mark.slow
def test_expectations_over_gaussian_starts():
    """E‖row‖² = σ², and R_kk² is (σ²/d) χ² with d − k + 1 degrees of freedom."""
    keys = jax.random.split(jax.random.key(3), 4000)
    draws = jax.vmap(lambda key: gaussian_init(key, 12, 4, 0.5))(keys)
    mean = {
        rule: np.mean(jax.vmap(lambda w, rule=rule: squared_starts(VECTORS, w, rule))(draws), 0)
        for rule in RULES
    }
    # Standard errors over 4,000 draws: √(2/(48·4000)), √(2/(4·4000)), √(2/((5−k)·4000)).
    np.testing.assert_allclose(mean["paper"], 0.25, rtol=5 * np.sqrt(2 / 48 / 4000))
    np.testing.assert_allclose(mean["row"], 0.25, rtol=5 * np.sqrt(2 / 4 / 4000))
    free = np.array([4, 3, 2, 1])
    np.testing.assert_array_less(
        np.abs(mean["qr"][:4] / (0.25 * free / 4) - 1), 5 * np.sqrt(2 / free / 4000)
    )


def lacking(kind, size=20, dim=6):
    """A start without some of its directions, and the modes that it never has."""
    rng = np.random.default_rng(0)
    vectors = np.linalg.qr(rng.normal(size=(size, size)))[0]
    w0 = rng.normal(size=(size, dim))
    if kind == "repeated column":
        w0[:, 2] = w0[:, 1]
        return vectors, w0, [5]
    if kind == "rank four":
        return vectors, w0[:, :4] @ rng.normal(size=(4, dim)), [4, 5]
    # In the span of all eigenvectors but the third.
    return vectors, w0 - np.outer(vectors[:, 2], vectors[:, 2] @ w0), [2]


@pytest.mark.parametrize("kind", ["repeated column", "rank four", "a mode left out"])
@pytest.mark.parametrize("scale", [1.0, 1e-170])
def test_what_a_start_lacks_is_absent(kind, scale):
    """Rounding is no amplitude, wherever it comes from; what is there keeps its amplitude."""
    vectors, w0, absent = lacking(kind)
    logs = np.asarray(log_squared_starts(vectors, jnp.asarray(scale * w0), "qr"))[:6]
    np.testing.assert_array_equal(np.flatnonzero(np.isneginf(logs)), absent)
    if kind == "a mode left out":
        row = np.asarray(log_squared_starts(vectors, jnp.asarray(scale * w0), "row"))
        np.testing.assert_array_equal(np.flatnonzero(np.isneginf(row)), absent)
        # The directions that are left go to the modes in their order: a QR without column 3.
        wanted = np.diag(np.linalg.qr(w0.T @ vectors[:, [0, 1, 3, 4, 5]])[1]) ** 2
        got = np.exp(logs[[0, 1, 3, 4, 5]] - 2 * np.log(scale))
        np.testing.assert_allclose(got, wanted, rtol=1e-11)


def test_a_row_that_is_small_because_the_start_is_small_there_stays():
    """Words as eigenvectors: no rounding of large entries can reach a small one."""
    w0 = jnp.array([[1.0, 2.0], [1e-150, 3e-150], [1e-20, 1e-20]])
    rows = squared_starts(jnp.eye(3), w0 * 1e20, "row")
    np.testing.assert_allclose(rows, [5e40, 1e-259, 2.0], rtol=1e-12)
    qr = squared_starts(jnp.eye(3), w0 * 1e20, "qr")
    # What (1, 3) has beside (1, 2): 10 − 7²/5.
    np.testing.assert_allclose(qr, [5e40, 0.2e-260, 0.0], rtol=1e-12)


def test_unknown_rules_are_refused():
    with pytest.raises(
        ValueError, match=r"^rule: wanted one of 'paper', 'row', 'qr', got 'guess'$"
    ):
        squared_starts(VECTORS, W0, "guess")
