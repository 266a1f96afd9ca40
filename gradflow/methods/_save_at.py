"""Several lists of times, one pass over all of them: each list keeps what it looks at."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Look = Callable[..., Any]


class Stop(NamedTuple):
    """Where a run stops to be looked at; as arrays, all stops in the order of time.

    Attributes:
        time: When.
        which: Its place among all times that were asked for, one list after the other.
    """

    time: Float[Array, "..."]
    which: Int[Array, "..."]


class Shelf(eqx.Module):
    """What one list of times keeps, filled as its times come by.

    Attributes:
        look: A function of the time and the state.
        kept: What it returned, times in front.
        begin: Where this list begins among all of them.
    """

    look: Look = eqx.field(static=True)
    kept: Any
    begin: int = eqx.field(static=True)

    def put(self, stop: Stop, *state: Any) -> "Shelf":
        """Look, if this stop is one of the list's; elsewhere the function is not evaluated."""
        size = len(jax.tree.leaves(self.kept)[0])
        place = stop.which - self.begin
        mine = (place >= 0) & (place < size)
        here = jnp.clip(place, 0, size - 1)
        before = jax.tree.map(lambda shelf: shelf[here], self.kept)
        seen = jax.lax.cond(mine, lambda: self.look(stop.time, *state), lambda: before)
        filled = jax.tree.map(lambda shelf, new: shelf.at[here].set(new), self.kept, seen)
        return Shelf(self.look, filled, self.begin)


def empty_shelves(
    looks: Sequence[tuple[Look, Float[Array, " n"]]], *state: Any
) -> tuple[Stop, list[Shelf]]:
    """All stops, and a shelf for each function and its times; states will be like the one given."""
    asked = jnp.concatenate([times for _, times in looks])
    order = jnp.argsort(asked)
    shelves, begin = [], 0
    for look, times in looks:
        shape = jax.eval_shape(look, times[0], *state)
        empty = jax.tree.map(lambda one, n=times.size: jnp.zeros((n, *one.shape), one.dtype), shape)
        shelves.append(Shelf(look, empty, begin))
        begin += times.size
    return Stop(asked[order], order), shelves
