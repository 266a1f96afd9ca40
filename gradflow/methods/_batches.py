"""A function of one time, evaluated at many, a few together."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def map_in_batches(function: Callable[[Any], Any], inputs: Any, batch: int) -> Any:
    """Return function(x) for every x along the leading axis of a pytree of arrays.

    As `jax.lax.map` with a batch size, but what is left over at the end is filled up with copies of
    the last entry: the function is compiled once, and not again for a shorter batch.

    Args:
        function: A function of one entry, which returns a pytree of arrays.
        inputs: A pytree of arrays with n entries in front, n ≥ 1.
        batch: How many are evaluated together, by `jax.vmap`.

    Returns:
        What it returned, with n entries in front.
    """
    count = len(jax.tree.leaves(inputs)[0])
    size = min(batch, count)
    batches = -(-count // size)
    order = jnp.minimum(jnp.arange(batches * size), count - 1).reshape(batches, size)
    grouped = jax.tree.map(lambda leaf: leaf[order], inputs)
    results = jax.lax.map(jax.vmap(function), grouped)
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:count], results)
