"""A function of one time, evaluated at many, a few together."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int


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


def map_where(
    function: Callable[[Any], Any],
    inputs: Any,
    wanted: Bool[Array, " n"],
    otherwise: Any,
    batch: int,
) -> Any:
    """Return function(x) where it is wanted and something else elsewhere, at no cost there.

    Args:
        function: A function of one entry, which returns a pytree of arrays.
        inputs: A pytree of arrays with n entries in front, n ≥ 1.
        wanted: Which entries are evaluated.
        otherwise: What is returned for the others, n entries in front.
        batch: How many are evaluated together, by `jax.vmap`.

    Returns:
        What it returned, with n entries in front.
    """
    size = min(batch, wanted.size)
    # The wanted entries in front; a sort would do the same and take ten times as long to compile.
    place = jnp.where(wanted, jnp.cumsum(wanted) - 1, wanted.size)
    order = jnp.zeros(wanted.size, int).at[place].set(jnp.arange(wanted.size), mode="drop")
    count = jnp.sum(wanted)

    def evaluate(index: Int[Array, ""], results: Any) -> Any:
        # The last batch is filled up with copies of the last entry.
        places = order[jnp.minimum(index * size + jnp.arange(size), count - 1)]
        values = jax.vmap(function)(jax.tree.map(lambda leaf: leaf[places], inputs))
        return jax.tree.map(lambda result, new: result.at[places].set(new), results, values)

    return jax.lax.fori_loop(0, -(-count // size), evaluate, otherwise)
