"""One pass over a run that saves several things, each at times of its own."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

# A function of the time and of what the run carries; it returns arrays.
SaveFn = Callable[..., Any]


class SaveTime(NamedTuple):
    """A time at which something is saved; as arrays, all such times of a run, rising.

    Attributes:
        time: t.
        place: Its place among all times that were asked for, one list after the other.
    """

    time: Float[Array, "..."]
    place: Int[Array, "..."]


class SaveBuffer(eqx.Module):
    """What one function returns at its times, filled while the run passes them.

    Attributes:
        save: The function.
        values: What it returned, with its times in front; zeros where it was not called yet.
        begin: Place of its first time among all of them.
    """

    save: SaveFn = eqx.field(static=True)
    values: Any
    begin: int = eqx.field(static=True)

    def write(self, save_time: SaveTime, *state: Any) -> "SaveBuffer":
        """Return the buffer with this time filled in, if it is one of its own.

        Elsewhere the function is not evaluated, except under `vmap`, which evaluates both branches.
        """
        size = len(jax.tree.leaves(self.values)[0])
        place = save_time.place - self.begin
        is_own = (place >= 0) & (place < size)
        slot = jnp.clip(place, 0, size - 1)
        before = jax.tree.map(lambda values: values[slot], self.values)
        entry = jax.lax.cond(is_own, lambda: self.save(save_time.time, *state), lambda: before)
        filled = jax.tree.map(lambda values, new: values.at[slot].set(new), self.values, entry)
        return SaveBuffer(self.save, filled, self.begin)


def init_buffers(
    save_at: Sequence[tuple[SaveFn, Float[Array, " n"]]], *state: Any
) -> tuple[SaveTime, list[SaveBuffer]]:
    """Return all times of a run in their order, and an empty buffer for each function.

    Args:
        save_at: Functions, and the times at which each is called.
        *state: What the run carries, or something of the same structure.
    """
    times = jnp.concatenate([wanted for _, wanted in save_at])
    order = jnp.argsort(times)
    buffers, begin = [], 0
    for save, wanted in save_at:
        entry = jax.eval_shape(save, wanted[0], *state)
        empty = jax.tree.map(
            lambda leaf, n=wanted.size: jnp.zeros((n, *leaf.shape), leaf.dtype), entry
        )
        buffers.append(SaveBuffer(save, empty, begin))
        begin += wanted.size
    return SaveTime(times[order], order), buffers
