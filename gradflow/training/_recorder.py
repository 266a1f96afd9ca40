"""What is kept of the states of a training run, and what a run gives back."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow._precision import qr_triangle, singular_values
from gradflow.methods import SampledFlow, Solution, State, Status

LossFunction = Callable[[Float[Array, "V d"], Float[Array, "V d"]], Any]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Training:
    """A run at the steps that were asked for. NumPy arrays.

    Attributes:
        steps: (T,) int64.
        times: (T,), steps divided by `steps_per_unit_time`.
        singular_values: (T, d), of W, falling in d.
        context_singular_values: (T, d), of C; None where weights are tied.
        loss: (T,), recomputed from the states at those steps.
        embeddings: (T, V, d), W where it was asked for, else None.
        context_embeddings: (T, V, d), C where it was asked for and is not W, else None.
        snapshots: What each snapshot function gave, stacked: (S, …).
        snapshot_steps: (S,) int64, after how many steps they looked.
        state: The last state.
        seconds: Wall-clock seconds of the steps taken in this process, without what was looked at.
        steps_taken: Steps taken in this process: fewer than the last one after a resume.
        waiting: Share of the seconds for which steps waited for batches to be drawn.
    """

    steps: np.ndarray
    times: np.ndarray
    singular_values: np.ndarray
    context_singular_values: np.ndarray | None
    loss: np.ndarray
    embeddings: np.ndarray | None
    context_embeddings: np.ndarray | None
    snapshots: dict[str, np.ndarray]
    snapshot_steps: np.ndarray
    state: State
    seconds: float
    steps_taken: int
    waiting: float

    @property
    def steps_per_second(self) -> float:
        """Of this process; nan where it took no steps."""
        return self.steps_taken / self.seconds if self.steps_taken else float("nan")

    def solution(self) -> Solution:
        """The same as `solve` gives it, for whatever takes that, such as `measure_steps`."""
        if self.context_singular_values is None:
            return self._side(self.singular_values, self.embeddings, None)
        context = self._side(self.context_singular_values, self.context_embeddings, None)
        return self._side(self.singular_values, self.embeddings, context)

    def _side(
        self, values: np.ndarray, embeddings: np.ndarray | None, context: Solution | None
    ) -> Solution:
        finite = np.isfinite(values).all() and np.isfinite(self.loss).all()
        times = jnp.asarray(self.times)
        return Solution(
            times=times,
            singular_values=jnp.asarray(values),
            loss=jnp.asarray(self.loss),
            status=jnp.asarray(int(Status.ok if finite else Status.not_finite)),
            plateaus=jnp.full(values.shape[1], jnp.nan),
            evaluations=jnp.asarray(self.steps[-1]),
            flow=SampledFlow(times, 2 * jnp.log(jnp.asarray(values))),
            embeddings=None if embeddings is None else jnp.asarray(embeddings),
            context=context,
        )

    def __repr__(self) -> str:
        return (
            f"Training({self.steps[-1]} steps, {len(self.steps)} kept, "
            f"{self.steps_per_second:.3g} steps a second)"
        )


@dataclasses.dataclass
class Recorder:
    """Looks at states, and keeps what is asked for: no state itself unless told to.

    Attributes:
        loss: Loss of a state.
        snapshots: Further functions of a state.
        embeddings: Whether W and C are kept.
        kept: Lists over the steps so far, by name.
    """

    loss: LossFunction
    snapshots: Mapping[str, Callable[[State], Any]]
    embeddings: bool
    kept: dict[str, list[np.ndarray]] = dataclasses.field(default_factory=dict)

    def look(self, state: State) -> bool:
        """Keep singular values and loss; tell whether they are finite."""
        w, c = state.embeddings, state.context
        found = {
            "singular_values": _singular_values(w),
            "loss": self.loss(w, w if c is None else c),
        }
        if c is not None:
            found["context_singular_values"] = _singular_values(c)
        finite = all(bool(np.isfinite(value).all()) for value in found.values())
        if self.embeddings:
            found["embeddings"] = w
            if c is not None:
                found["context_embeddings"] = c
        for name, value in found.items():
            self._keep(name, value)
        return finite

    def take_snapshots(self, state: State) -> None:
        """Keep what the snapshot functions make of a state."""
        for name, take in self.snapshots.items():
            self._keep(f"snapshot {name}", take(state))

    def stacked(self) -> dict[str, np.ndarray]:
        """Each list as one array."""
        return {name: np.stack(values) for name, values in self.kept.items()}

    def _keep(self, name: str, value: Any) -> None:
        try:
            array = np.array(value)  # a copy: the function may write to its own result again
        except (TypeError, ValueError):
            array = np.array(None)
        earlier = self.kept.setdefault(name, [])
        is_loss = name == "loss"
        usual = array.dtype.kind in "biufc" and (array.shape == () or not is_loss)
        if not usual or (earlier and earlier[0].shape != array.shape):
            argument = "loss" if is_loss else f"snapshots[{name.partition(' ')[2]!r}]"
            result = "a number" if is_loss else "an array, of one shape at every step"
            got = f"shape {array.shape} of {array.dtype}"
            raise ArgumentError(argument, f"a function that returns {result}", got)
        earlier.append(array)


@jax.jit
def _singular_values(w: Float[Array, "V d"]) -> Float[Array, " d"]:
    return singular_values(qr_triangle(w))
