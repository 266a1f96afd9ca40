"""What is kept of the states of a training run."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow._precision import qr_triangle, singular_values
from gradflow.methods import State
from gradflow.training._training import CONTEXT, SNAPSHOT

LossFunction = Callable[[Float[Array, "V d"], Float[Array, "V d"]], Any]


@dataclasses.dataclass
class Recorder:
    """Looks at states, and keeps what is asked for: no state itself unless told to.

    Attributes:
        loss: Loss of a state.
        snapshots: Further functions of a state.
        embeddings: Whether W and C are kept.
        records: Lists over the states so far, by name.
    """

    loss: LossFunction
    snapshots: Mapping[str, Callable[[State], Any]]
    embeddings: bool
    records: dict[str, list[np.ndarray]] = dataclasses.field(default_factory=dict)

    def look(self, state: State) -> bool:
        """Keep singular values and loss; tell whether they are finite."""
        w, c = state.embeddings, state.context
        looked_at = {
            "singular_values": _singular_values(w),
            "loss": self.loss(w, w if c is None else c),
        }
        if c is not None:
            looked_at[f"{CONTEXT}singular_values"] = _singular_values(c)
        finite = all(bool(np.isfinite(value).all()) for value in looked_at.values())
        if self.embeddings:
            looked_at["embeddings"] = w
            if c is not None:
                looked_at[f"{CONTEXT}embeddings"] = c
        for name, value in looked_at.items():
            self._keep(name, value)
        return finite

    def take_snapshots(self, state: State) -> None:
        """Keep what the snapshot functions make of a state."""
        for name, take in self.snapshots.items():
            self._keep(f"{SNAPSHOT}{name}", take(state))

    def stacked(self) -> dict[str, np.ndarray]:
        """Return each list as one array."""
        return {name: np.stack(values) for name, values in self.records.items()}

    def _keep(self, name: str, value: Any) -> None:
        """Add to a list, or raise an error of one line if a function returned what cannot be."""
        try:
            array = np.array(value)  # a copy: the function may write to its own result again
        except (TypeError, ValueError):
            array = np.array(None)
        earlier = self.records.setdefault(name, [])
        is_loss = name == "loss"
        usual = array.dtype.kind in "biufc" and (array.shape == () or not is_loss)
        if not usual or (earlier and earlier[0].shape != array.shape):
            argument = "loss" if is_loss else f"snapshots[{name.removeprefix(SNAPSHOT)!r}]"
            result = "a number" if is_loss else "an array, of one shape at every time"
            got = f"shape {array.shape} of {array.dtype}"
            raise ArgumentError(argument, f"a function that returns {result}", got)
        earlier.append(array)


@jax.jit
def _singular_values(w: Float[Array, "V d"]) -> Float[Array, " d"]:
    return singular_values(qr_triangle(w))
