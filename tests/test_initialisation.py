"""Gaussian starts: entries N(0, scale²/dim), chosen by the key alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from gradflow._errors import ArgumentError
from gradflow.initialisation import gaussian_init

KEY = jax.random.key(0)


def test_entries_are_gaussian_with_variance_scale_squared_over_dim():
    w = np.asarray(gaussian_init(KEY, 400, 25, 0.3))
    assert scipy.stats.kstest(w.ravel() / (0.3 / 5), "norm").pvalue > 1e-3
    # E‖w_i‖² = scale², standard error √(2/10,000) of it.
    np.testing.assert_allclose(np.sum(w**2, axis=1).mean(), 0.09, rtol=5 * np.sqrt(2 / 10_000))


def test_the_key_decides_and_the_scale_only_scales():
    w = gaussian_init(KEY, 5, 3, 1.0)
    np.testing.assert_array_equal(w, gaussian_init(KEY, 5, 3, 1.0))
    np.testing.assert_allclose(gaussian_init(KEY, 5, 3, 1e-12), 1e-12 * w, rtol=1e-15)
    assert (w != gaussian_init(jax.random.key(1), 5, 3, 1.0)).all()
    assert not gaussian_init(KEY, 5, 3, 0.0).any()


def test_old_keys_work_too():
    np.testing.assert_array_equal(
        gaussian_init(jax.random.PRNGKey(7), 5, 3, 1.0),
        gaussian_init(jax.random.key(7), 5, 3, 1.0),
    )


def test_one_compilation_serves_every_scale():
    traced = []

    @jax.jit
    def init(scale):
        traced.append(scale)
        return gaussian_init(KEY, 5, 3, scale)

    for scale in (1.0, 1e-3):
        np.testing.assert_allclose(init(scale), gaussian_init(KEY, 5, 3, scale), rtol=1e-15)
    assert len(traced) == 1


def test_double_precision_unless_told_otherwise():
    assert gaussian_init(KEY, 5, 3, 1.0).dtype == jnp.float64
    assert gaussian_init(KEY, 5, 3, 1.0, jnp.float32).dtype == jnp.float32
    assert gaussian_init(KEY, 5, 3, jnp.float32(1.0)).dtype == jnp.float64


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5, 6, 1.0), "dim: wanted at most the vocabulary size 5, got 6"),
        ((5, 0, 1.0), "dim: wanted an integer of at least 1, got 0"),
        ((0, 1, 1.0), "vocab_size: wanted an integer of at least 1, got 0"),
        ((5, 2.0, 1.0), "dim: wanted an integer of at least 1, got 2.0"),
        ((5, 2, -1.0), "scale: wanted a finite number of at least 0, got -1.0"),
        ((5, 2, np.inf), "scale: wanted a finite number of at least 0, got inf"),
        ((5, 2, "small"), "scale: wanted a finite number of at least 0, got 'small'"),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        gaussian_init(KEY, *arguments)
    assert str(caught.value) == message
