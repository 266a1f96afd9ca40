"""Full-batch descent in discrete steps, by any optax optimiser."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from gradflow._checks import positive_float
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.dynamics._method import AbstractMethod
from gradflow.dynamics._observe import singular_values_and_loss
from gradflow.dynamics._problem import AbstractProblem
from gradflow.dynamics._sampled_flow import SampledFlow
from gradflow.dynamics._solution import Solution, finite_status

_MOST_STEPS = 2**31  # they are counted in int32


class Descent(AbstractMethod):
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

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> Float[Array, " d"]:
        """Only the plateaus, for those who measure steps."""
        if last_time * self.steps_per_unit_time >= _MOST_STEPS:
            wanted = f"fewer than {_MOST_STEPS} steps up to the last time {last_time:g}"
            raise ArgumentError("steps_per_unit_time", wanted, self.steps_per_unit_time)
        return jnp.asarray(problem.plateaus(dim), default_dtype())

    def run(
        self,
        problem: AbstractProblem,
        plan: Float[Array, " d"],
        w0: Float[Array, "V d"],
        times: Float[Array, " T"],
        embeddings: bool,
    ) -> Solution:
        """Descend one lane."""
        targets = jnp.round(times * self.steps_per_unit_time).astype(jnp.int32)

        def descend(carry: tuple, until: Int[Array, ""]) -> tuple:
            done, w, state = carry
            w, state = jax.lax.fori_loop(
                done, until, lambda _, now: self._step(problem, *now), (w, state)
            )
            singular_values, loss = singular_values_and_loss(problem, w)
            return (until, w, state), (singular_values, loss, w if embeddings else None)

        start = (jnp.zeros((), jnp.int32), w0, self.optimizer.init(w0))
        saved: tuple[Array, Array, Array | None] = jax.lax.scan(descend, start, targets)[1]
        singular_values, loss, states = saved
        return Solution(
            times=times,
            singular_values=singular_values,
            loss=loss,
            status=finite_status(singular_values, loss),
            plateaus=plan,
            evaluations=targets[-1],
            flow=SampledFlow(times, 2 * jnp.log(singular_values)),
            embeddings=states,
        )

    def _step(
        self, problem: AbstractProblem, w: Float[Array, "V d"], state: optax.OptState
    ) -> tuple[Float[Array, "V d"], optax.OptState]:
        updates, state = self.optimizer.update(problem.gradient(w), state, w)
        return optax.apply_updates(w, updates), state

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Weights, gradient and moments, what a gradient needs, the results."""
        return 8 * (6 * problem.vocab_size * dim + problem.temporaries(dim) + 4 * num_times * dim)
