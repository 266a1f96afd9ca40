"""Full-batch descent in discrete updates, by any optax optimiser."""

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
from gradflow.methods._save_at import SaveFn, init_buffers
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, finite_status
from gradflow.problems import AbstractProblem

_MOST_UPDATES = 2**31  # they are counted in int32


class Descent(AbstractMethod[Array]):
    """Updates of an optimiser on the full-batch gradient.

    What is saved for time t is the state after round(t · updates_per_unit_time) updates. Plain
    gradient descent follows the flow, to first order in the learning rate, when that is
    1 / updates_per_unit_time; other optimisers have a clock of their own, set by the caller.

    Args:
        optimizer: An optax optimiser, such as `optax.sgd(1e-4)`. Keep and pass the same object: a
            new one, though equal, compiles again.
        updates_per_unit_time: How many updates make one unit of time.

    Raises:
        ArgumentError: Not an optimiser, or not a positive number.

    Example:
        >>> import jax, numpy as np, optax, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-1)
        >>> method = gf.Descent(optax.sgd(0.01), updates_per_unit_time=100)
        >>> solution = gf.solve(problem, w0, [0.0, 20.0], method=method)
        >>> int(solution.evaluations)
        2000
    """

    optimizer: optax.GradientTransformation = eqx.field(static=True)
    updates_per_unit_time: float = eqx.field(static=True)

    def __check_init__(self) -> None:
        if not hasattr(self.optimizer, "init") or not hasattr(self.optimizer, "update"):
            raise ArgumentError("optimizer", "an optax optimiser", type(self.optimizer).__name__)
        positive_float("updates_per_unit_time", self.updates_per_unit_time)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> Array:
        """Return the plateaus alone, for those who measure steps."""
        if last_time * self.updates_per_unit_time >= _MOST_UPDATES:
            wanted = f"fewer than {_MOST_UPDATES} updates up to the last time {last_time:g}"
            raise ArgumentError("updates_per_unit_time", wanted, self.updates_per_unit_time)
        return jnp.asarray(problem.plateaus(dim), default_dtype())

    def run(
        self,
        problem: AbstractProblem,
        plan: Float[Array, "sides d"],
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Descend one lane, stopping wherever something is saved."""
        save_at: list[tuple[SaveFn, Array]] = [
            (lambda time, w: singular_values_and_loss(problem, w), times)
        ]
        for wanted in snapshots:
            take = lambda time, w, wanted=wanted: wanted.at(time, problem.sides(w))  # noqa: E731
            save_at.append((take, wanted.asked()))
        save_times, buffers = init_buffers(save_at, start)
        updates = jnp.round(save_times.time * self.updates_per_unit_time).astype(jnp.int32)

        def descend(carry: tuple, goal: tuple) -> tuple:
            done, w, state, buffers = carry
            number, save_time = goal
            w, state = jax.lax.fori_loop(
                done, number, lambda _, now: self._update(problem, *now), (w, state)
            )
            return (number, w, state, [buffer.write(save_time, w) for buffer in buffers]), None

        first = (jnp.zeros((), jnp.int32), start, self.optimizer.init(start), buffers)
        (_, _, _, buffers), _ = jax.lax.scan(descend, first, (updates, save_times))
        values, loss = buffers[0].values
        logs = 2 * jnp.log(values)
        return Solution.from_sides(
            times,
            values,
            loss,
            finite_status(values, loss),
            plan,
            updates[-1],
            [SampledFlow(times, logs[:, i]) for i in range(values.shape[1])],
            {name: array for buffer in buffers[1:] for name, array in buffer.values.items()},
        )

    def _update(
        self, problem: AbstractProblem, w: Float[Array, "R d"], state: optax.OptState
    ) -> tuple[Float[Array, "R d"], optax.OptState]:
        change, state = self.optimizer.update(problem.gradient(w), state, w)
        return optax.apply_updates(w, change), state

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return the size of weights, gradient and moments, what a gradient needs, the results."""
        return 8 * (6 * problem.rows * dim + problem.temporaries(dim) + 4 * num_times * dim)
