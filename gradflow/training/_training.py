"""What a training run gives back: a solution, as everything that was followed, and its costs."""

import dataclasses

import jax.numpy as jnp
import numpy as np

from gradflow.methods import Solution, State, Status
from gradflow.methods._sampled_flow import SampledFlow


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Training:
    """A training run at the updates that were asked for.

    Attributes:
        solution: Singular values, loss, embeddings and snapshots at the times that belong to the
            updates, as `solve` gives them: for `measure`, `compare`, `.to_dataset()`, `.save()`.
        updates: (T,) int64, after how many updates each of these was taken.
        snapshot_updates: (S,) int64, after how many updates the snapshots were taken.
        state: The last state.
        seconds: Wall-clock seconds of the updates made in this process, without the time in which
            states were looked at.
        updates_taken: Updates made in this process: fewer than the last one after a resume.
        waiting: Share of the seconds for which updates waited for batches to be drawn.

    Example:
        >>> import jax, optax, gradflow as gf
        >>> from gradflow.training import PaperPairs
        >>> corpus = gf.read_corpus(["the cat sat on the mat", "the dog sat on the cat"])
        >>> w0 = gf.gaussian_init(jax.random.key(0), corpus.vocab_size, dim=2, scale=0.1)
        >>> run = gf.train(corpus, PaperPairs(window=2), w0, [0, 50, 100], key=1, batch=32,
        ...                optimizer=optax.sgd(0.5), updates_per_unit_time=2.0)
        >>> run.updates, run.times
        (array([  0,  50, 100]), array([ 0., 25., 50.]))
        >>> run.solution
        Solution(3 times from 0 to 50, d = 2, reached the last time)
    """

    solution: Solution
    updates: np.ndarray
    snapshot_updates: np.ndarray
    state: State
    seconds: float
    updates_taken: int
    waiting: float

    @property
    def times(self) -> np.ndarray:
        """The times (T,), updates divided by `updates_per_unit_time`."""
        return np.asarray(self.solution.times)

    @property
    def loss(self) -> np.ndarray:
        """The loss (T,), recomputed from the states at those updates."""
        return np.asarray(self.solution.loss)

    @property
    def singular_values(self) -> np.ndarray:
        """The singular values of W (T, d), falling in d."""
        return np.asarray(self.solution.singular_values)

    @property
    def context(self) -> Solution | None:
        """The solution of C, None where weights are tied."""
        return self.solution.context

    @property
    def embeddings(self) -> np.ndarray | None:
        """W (T, V, d) where it was asked for, else None."""
        embeddings = self.solution.embeddings
        return None if embeddings is None else np.asarray(embeddings)

    @property
    def snapshots(self) -> dict[str, np.ndarray]:
        """What each snapshot function gave, stacked: (S, …)."""
        return {name: np.asarray(values) for name, values in self.solution.snapshots.items()}

    @property
    def updates_per_second(self) -> float:
        """The speed of this process; nan where it made no updates."""
        return self.updates_taken / self.seconds if self.updates_taken else float("nan")

    def __repr__(self) -> str:
        return (
            f"Training({self.updates[-1]} updates, {len(self.updates)} looked at, "
            f"{self.updates_per_second:.3g} updates a second)"
        )


def training_solution(
    recorded: dict[str, np.ndarray], times: np.ndarray, snapshot_times: np.ndarray, updates: int
) -> Solution:
    """Return what was recorded of a run as a solution.

    Args:
        recorded: Arrays by the names of `Recorder`.
        times: (T,).
        snapshot_times: (S,).
        updates: How many updates were made until the last time.
    """
    loss = recorded["loss"]
    snapshots = {
        name.removeprefix(SNAPSHOT): jnp.asarray(array)
        for name, array in recorded.items()
        if name.startswith(SNAPSHOT)
    }

    def side(prefix: str, context: Solution | None) -> Solution:
        values = recorded[f"{prefix}singular_values"]
        embeddings = recorded.get(f"{prefix}embeddings")
        finite = np.isfinite(values).all() and np.isfinite(loss).all()
        return Solution(
            times=jnp.asarray(times),
            singular_values=jnp.asarray(values),
            loss=jnp.asarray(loss),
            status=jnp.asarray(int(Status.ok if finite else Status.not_finite)),
            plateaus=jnp.full(values.shape[1], jnp.nan),
            evaluations=jnp.asarray(updates),
            flow=SampledFlow(jnp.asarray(times), 2 * jnp.log(jnp.asarray(values))),
            embeddings=None if embeddings is None else jnp.asarray(embeddings),
            context=context,
            snapshots={} if prefix else snapshots,
            snapshot_times=None if prefix or not snapshots else jnp.asarray(snapshot_times),
        )

    has_context = f"{CONTEXT}singular_values" in recorded
    return side("", side(CONTEXT, None) if has_context else None)


# What the recorder puts before the names of what it keeps of C, and of snapshots.
CONTEXT, SNAPSHOT = "context_", "snapshot "
