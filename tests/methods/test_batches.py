"""Batches of times: what is evaluated, and what comes back in which place."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradflow.methods._batches import map_in_batches, map_where


def double(pair):
    return 2 * pair[0] + pair[1]


@pytest.mark.parametrize("wanted", ["0000000", "0100110", "1111111"])
def test_what_is_wanted_is_replaced_and_the_rest_stays(wanted):
    """Also under vmap, where another lane wants everything."""
    mask = jnp.asarray([letter == "1" for letter in wanted])
    inputs, otherwise = (jnp.arange(7.0), jnp.ones(7)), -jnp.ones(7)
    masks = jnp.stack([mask, jnp.ones(7, bool)])
    results = jax.vmap(lambda mask: map_where(double, inputs, mask, otherwise, 3))(masks)
    expected = 2 * np.arange(7.0) + 1
    np.testing.assert_allclose(results[0], np.where(mask, expected, -1.0))
    np.testing.assert_allclose(results[1], expected)


def test_a_last_batch_that_is_not_full_is_cut():
    results = map_in_batches(double, (jnp.arange(7.0), jnp.ones(7)), 3)
    np.testing.assert_allclose(results, 2 * np.arange(7.0) + 1)
