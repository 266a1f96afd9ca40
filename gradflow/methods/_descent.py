"""Full-batch descent in discrete steps, by any optax optimiser."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gradflow._checks import positive_float
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.methods._method import AbstractMethod
from gradflow.methods._observables import singular_values_and_loss
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.methods._save_at import Look, empty_shelves
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, finite_status, of_sides
from gradflow.problems._problem import AbstractProblem

_MOST_STEPS = 2**31  # they are counted in int32


class Descent(AbstractMethod[Array]):
    """Steps of an optimiser on the full-batch gradient.

    What is saved for time t is the state after round(t · steps_per_unit_time) steps. Plain gradient
    descent follows the flow, to first order in the step, when its learning rate is
    1 / steps_per_unit_time; other optimisers have a clock of their own, set by the caller.

    Args:
        optimizer: An optax optimiser, such as `optax.sgd(1e-4)`. Keep and pass the same object: a
            new one, though equal, compiles again.
        steps_per_unit_time: How many steps make one unit of time.

    Raises:
        ArgumentError: Not an optimiser, or not a positive number.
    """

    optimizer: optax.GradientTransformation = eqx.field(static=True)
    steps_per_unit_time: float = eqx.field(static=True)

    def __check_init__(self) -> None:
        if not hasattr(self.optimizer, "init") or not hasattr(self.optimizer, "update"):
            raise ArgumentError("optimizer", "an optax optimiser", type(self.optimizer).__name__)
        positive_float("steps_per_unit_time", self.steps_per_unit_time)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> Array:
        """Only the plateaus, for those who measure steps."""
        if last_time * self.steps_per_unit_time >= _MOST_STEPS:
            wanted = f"fewer than {_MOST_STEPS} steps up to the last time {last_time:g}"
            raise ArgumentError("steps_per_unit_time", wanted, self.steps_per_unit_time)
        return jnp.asarray(problem.plateaus(dim), default_dtype())

    def run(
        self,
        problem: AbstractProblem,
        plan: Float[Array, "sides d"],
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Descend one lane, stopping wherever something is kept."""
        looks: list[tuple[Look, Array]] = [
            (lambda time, w: singular_values_and_loss(problem, w), times)
        ]
        for kept in snapshots:
            take = lambda time, w, kept=kept: kept.at(time, problem.sides(w))  # noqa: E731
            looks.append((take, kept.asked()))
        stops, shelves = empty_shelves(looks, start)
        steps = jnp.round(stops.time * self.steps_per_unit_time).astype(jnp.int32)

        def descend(carry: tuple, at: tuple) -> tuple:
            done, w, state, shelves = carry
            until, stop = at
            w, state = jax.lax.fori_loop(
                done, until, lambda _, now: self._step(problem, *now), (w, state)
            )
            return (until, w, state, [shelf.put(stop, w) for shelf in shelves]), None

        first = (jnp.zeros((), jnp.int32), start, self.optimizer.init(start), shelves)
        (_, _, _, shelves), _ = jax.lax.scan(descend, first, (steps, stops))
        values, loss = shelves[0].kept
        logs = 2 * jnp.log(values)
        return of_sides(
            times,
            values,
            loss,
            finite_status(values, loss),
            plan,
            steps[-1],
            [SampledFlow(times, logs[:, i]) for i in range(values.shape[1])],
            {name: array for shelf in shelves[1:] for name, array in shelf.kept.items()},
        )

    def _step(
        self, problem: AbstractProblem, w: Float[Array, "R d"], state: optax.OptState
    ) -> tuple[Float[Array, "R d"], optax.OptState]:
        updates, state = self.optimizer.update(problem.gradient(w), state, w)
        return optax.apply_updates(w, updates), state

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Weights, gradient and moments, what a gradient needs, the results."""
        return 8 * (6 * problem.rows * dim + problem.temporaries(dim) + 4 * num_times * dim)
