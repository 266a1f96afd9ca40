"""A training run that can be looked at, saved and taken up again."""

import dataclasses
import hashlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from gradflow._errors import DataError, SolveError
from gradflow._files import StrPath, shown
from gradflow.methods import State
from gradflow.training._backends import Parameters
from gradflow.training._checkpoint import NAME, Checkpoint, read_checkpoint, write_checkpoint
from gradflow.training._recorder import Recorder

_RECORD = "kept "  # before the names of what was recorded, in a checkpoint


@dataclasses.dataclass
class RunState:
    """Where a run stands.

    Attributes:
        parameters: (W,) or (W, C).
        optimizer: State of the optimiser.
        updates: How many it has made.
        looked_at: (T,), after how many updates to look.
        snapshots_at: (S,), after how many updates to take snapshots.
        updates_per_unit_time: How many updates make one unit of time.
        recorder: Looks.
        settings: What makes two runs the same, as JSON values.
        folder: Where checkpoints go, or None.
    """

    parameters: Parameters
    optimizer: optax.OptState
    updates: int
    looked_at: np.ndarray
    snapshots_at: np.ndarray
    updates_per_unit_time: float
    recorder: Recorder
    settings: dict[str, Any]
    folder: StrPath | None

    @property
    def state(self) -> State:
        """The state as snapshot functions see it. Its arrays never change."""
        return State(jnp.asarray(self.updates / self.updates_per_unit_time), *self.parameters)

    def look(self, throw: bool) -> None:
        """Keep what is asked for of this state.

        Raises:
            SolveError: It is not finite where its loss is asked for, and `throw` is set.
        """
        if self.updates in self.snapshots_at:
            self.recorder.take_snapshots(self.state)
        if self.updates not in self.looked_at:
            return
        if not self.recorder.look(self.state) and throw:
            raise SolveError(f"training met a number that is not finite by update {self.updates}")

    def save(self) -> None:
        """Write a checkpoint, if there is a folder for it."""
        if self.folder is None:
            return
        arrays = {f"state {n}": _plain(leaf) for n, leaf in enumerate(self._leaves())}
        records = {_RECORD + name: array for name, array in self.recorder.stacked().items()}
        every = arrays | records | self._past(self.updates)
        write_checkpoint(self.folder, Checkpoint(self.updates, self.settings, every))

    def resume(self) -> bool:
        """Go on from the checkpoint of the folder, if there is one; tell whether there was.

        Raises:
            DataError: It is damaged, or another run's.
        """
        checkpoint = None if self.folder is None else read_checkpoint(self.folder)
        if checkpoint is None:
            return False
        self._check_same(checkpoint)
        leaves = self._leaves()
        stored = [checkpoint.arrays.get(f"state {n}") for n in range(len(leaves))]
        for leaf, array in zip(leaves, stored, strict=True):
            like = _plain(leaf)
            if array is None or array.shape != like.shape or array.dtype != like.dtype:
                raise self._another("optimizer")
        tree = jax.tree.structure((self.parameters, self.optimizer))
        restored = [_like(leaf, array) for leaf, array in zip(leaves, stored, strict=True)]
        self.parameters, self.optimizer = jax.tree.unflatten(tree, restored)
        self.updates = checkpoint.updates
        self.recorder.records = {
            name.removeprefix(_RECORD): list(array)
            for name, array in checkpoint.arrays.items()
            if name.startswith(_RECORD)
        }
        return True

    def _check_same(self, checkpoint: Checkpoint) -> None:
        """Raise where the checkpoint is not one of this run's own past."""
        for name, value in self.settings.items():
            if checkpoint.settings.get(name) != value:
                raise self._another(name)
        if checkpoint.updates > self.looked_at[-1]:
            wanted = f"a checkpoint of at most {self.looked_at[-1]} updates"
            raise DataError("checkpoint", wanted, f"{checkpoint.updates} in {self._where()}")
        for name, updates in self._past(checkpoint.updates).items():
            if not np.array_equal(checkpoint.arrays[name], updates):
                raise self._another(name)
        states = [name for name in checkpoint.arrays if name.startswith("state ")]
        if len(states) != len(self._leaves()):
            raise self._another("optimizer")

    def _past(self, last: int) -> dict[str, np.ndarray]:
        """Return after how many updates results were kept, up to a number of them."""
        named = {"updates": self.looked_at, "snapshots": self.snapshots_at}
        return {name: updates[updates <= last] for name, updates in named.items()}

    def _another(self, name: str) -> DataError:
        got = f"one with another {name!r} in {self._where()}"
        return DataError("checkpoint", "a checkpoint of this run, or none", got)

    def _where(self) -> str:
        return shown(f"{self.folder}/{NAME}")

    def _leaves(self) -> list[Any]:
        return jax.tree.leaves((self.parameters, self.optimizer))


def digest(parameters: Parameters) -> str:
    """Return the SHA-256 of the start of a run."""
    total = hashlib.sha256()
    for leaf in parameters:
        total.update(np.ascontiguousarray(leaf).tobytes())
    return total.hexdigest()


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _plain(leaf: Any) -> np.ndarray:
    """Return a leaf as a NumPy array, random keys too."""
    return np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf)


def _like(leaf: Any, array: np.ndarray | None) -> Any:
    if _is_key(leaf):
        return jax.random.wrap_key_data(jnp.asarray(array), impl=jax.random.key_impl(leaf))
    return jnp.asarray(array)
