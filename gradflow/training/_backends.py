"""Two ways to make updates: compiled loops on the host, or XLA wherever it runs.

Both give the same numbers, up to rounding.

On CPU, XLA adds the gradient of 40,000 pairs into W row by row on one core, which takes several
times as long as the loops of `_kernels`. On accelerators it is the other way round.
"""

import abc
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

from gradflow.training._batch import Batch
from gradflow.training._numba_gradients import HostGradient, Planned
from gradflow.training._objective import AbstractObjective

Parameters = tuple[Float[Array, "V d"], ...]  # (W,) where tied, else (W, C)


class AbstractBackend(abc.ABC):
    """Makes the updates of one training run."""

    @abc.abstractmethod
    def prepare(self, batches: Sequence[Batch]) -> Any:
        """Return what `advance` needs of some batches; runs in the thread that draws them."""

    @abc.abstractmethod
    def advance(
        self, parameters: Parameters, state: optax.OptState, prepared: Any
    ) -> tuple[Parameters, optax.OptState]:
        """Make one update a batch. The arrays that are given are left as they are."""


class HostBackend(AbstractBackend):
    """Gradients by compiled loops, updates by XLA."""

    def __init__(
        self,
        optimizer: optax.GradientTransformation,
        objective: AbstractObjective,
        offset: np.ndarray,
        parameters: Parameters,
    ) -> None:
        w = parameters[0]
        self._optimizer, self._tied = optimizer, len(parameters) == 1
        shape, dtype = (w.shape[0], w.shape[1]), np.dtype(w.dtype)
        self._gradient = HostGradient(shape, dtype, objective.softplus, offset, self._tied)

    def prepare(self, batches: Sequence[Batch]) -> list[Planned]:
        """Sort the pairs of each batch both ways."""
        return [self._gradient.plan(batch) for batch in batches]

    def advance(
        self, parameters: Parameters, state: optax.OptState, prepared: list[Planned]
    ) -> tuple[Parameters, optax.OptState]:
        """Make one update a batch."""
        for planned in prepared:
            arrays = [np.asarray(leaf) for leaf in parameters]
            buffers = self._gradient(arrays[0], arrays[-1], planned)
            # Copies: the buffers are written again while XLA may still hold what it was given.
            gradients = tuple(jnp.array(each, copy=True) for each in buffers[: len(parameters)])
            parameters, state = _update(self._optimizer, gradients, state, parameters)
        return parameters, state


class XlaBackend(AbstractBackend):
    """Gradients and updates by XLA, many updates a dispatch."""

    def __init__(
        self,
        optimizer: optax.GradientTransformation,
        objective: AbstractObjective,
        offset: np.ndarray,
        parameters: Parameters,
        chunk: int,
    ) -> None:
        self._optimizer, self._objective, self._chunk = optimizer, objective, chunk
        self._offset = jnp.asarray(offset, parameters[0].dtype)

    def prepare(self, batches: Sequence[Batch]) -> tuple[Batch, int]:
        """Stack batches on the device, filled up to a full chunk: one compilation serves all."""
        filled = [*batches, *[batches[-1]] * (self._chunk - len(batches))]
        return jax.tree.map(lambda *leaves: jnp.asarray(np.stack(leaves)), *filled), len(batches)

    def advance(
        self, parameters: Parameters, state: optax.OptState, prepared: tuple[Batch, int]
    ) -> tuple[Parameters, optax.OptState]:
        """Make one update a batch."""
        stacked, number = prepared
        return _advance(
            self._optimizer, self._objective, self._offset, stacked, number, parameters, state
        )


def _update_plain(
    optimizer: optax.GradientTransformation,
    gradients: Parameters,
    state: optax.OptState,
    parameters: Parameters,
) -> tuple[Parameters, optax.OptState]:
    updates, state = optimizer.update(gradients, state, parameters)
    return optax.apply_updates(parameters, updates), state


def _advance_plain(
    optimizer: optax.GradientTransformation,
    objective: AbstractObjective,
    offset: Float[Array, " V"],
    stacked: Batch,
    number: int | Int[Array, ""],
    parameters: Parameters,
    state: optax.OptState,
) -> tuple[Parameters, optax.OptState]:
    def update(n: Array, carry: tuple) -> tuple:
        parameters, state = carry
        batch = jax.tree.map(lambda leaf: leaf[n], stacked)
        on_w, on_c = objective.gradients(parameters[0], parameters[-1], batch, offset)
        gradients = (on_w + on_c,) if len(parameters) == 1 else (on_w, on_c)
        return _update_plain(optimizer, gradients, state, parameters)

    return jax.lax.fori_loop(0, number, update, (parameters, state))


# Nothing is donated: what a callback has seen stays as it was.
_update = jax.jit(_update_plain, static_argnums=0)
_advance = jax.jit(_advance_plain, static_argnums=0)
