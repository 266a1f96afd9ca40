"""Large steps through plateaus, for any problem."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float

from gradflow._checks import positive_float, positive_int
from gradflow.methods._method import AbstractMethod
from gradflow.methods._observables import observe
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.methods._save_at import Look, Stop, empty_shelves
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status, finite_status, of_sides
from gradflow.methods.stabilised._linear_phase import (
    Plateau,
    StabilisedPlan,
    linear_state,
    plateau_of,
    stabilised_plan,
)
from gradflow.methods.stabilised._substeps import Progress, advance, beginning, within
from gradflow.methods.stabilised._tableaus import Family, family
from gradflow.problems._problem import AbstractProblem


class Stabilised(AbstractMethod[StabilisedPlan]):
    """Stabilised Runge–Kutta of order 4 with error control, for any problem from a small start.

    Far fewer gradients than `Adaptive` where training passes plateaus. The length of the first one
    does not count: up to its end the flow is linear and propagated exactly. That of later ones
    does, about 1.5 gradients for each 1/λ₁ at the default tolerance where what has been learned
    goes on drifting, as in SGNS without weighting. From the end of the first one on,
    the growth of each column, exponential while it sleeps and logistic while it wakes, is taken
    out before the step, and what stiffness is left is met by methods of 5 to 19 stages that are
    stable on long real intervals. The Jacobian of a gradient flow is symmetric, so its stiffness
    is real.

    Results at times between steps come from the step they lie in; loss, singular values and
    snapshots of one time are those of one state.

    Args:
        rtol: Error per step relative to the columns, each measured against itself; root mean square
            over all of them.
        max_steps: Steps, accepted and rejected, after which a lane is given up.

    Source: abdulle2002 for the stages; lawson1967 for taking growth out; the frame and the
    logistic are gradflow's own.
    """

    rtol: float = eqx.field(static=True, default=1e-4)
    max_steps: int = eqx.field(static=True, default=10_000)

    def __check_init__(self) -> None:
        positive_float("rtol", self.rtol)
        positive_int("max_steps", self.max_steps)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> StabilisedPlan:
        """The linear flow at the origin, and where it ends."""
        return stabilised_plan(problem, dim)

    def run(
        self,
        problem: AbstractProblem,
        plan: StabilisedPlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Integrate one lane, past one time after the other."""
        lane = _Lane(self, problem, plan, plateau_of(plan, start, self.rtol, times[-1]), times[-1])
        looks = [(lane.look(lambda time, w, rotation: observe(problem, w)), times)]
        for kept in snapshots:
            looks.append((lane.look(_taking(problem, kept)), kept.asked()))
        now = lane.begin(start)
        stops, shelves = empty_shelves(looks, now)

        def pass_by(carry: tuple, stop: Stop) -> tuple:
            now, shelves = carry
            now = lane.until(stop.time, now)
            return (now, [shelf.put(stop, now) for shelf in shelves]), None

        (now, shelves), _ = lax.scan(pass_by, (now, shelves), stops)
        values, rates, loss = shelves[0].kept
        gave_up = (now.time < times[-1]) & (now.tried >= self.max_steps)
        logs = 2 * jnp.log(values)
        return of_sides(
            times,
            values,
            loss,
            jnp.where(gave_up, int(Status.too_many_steps), finite_status(values, loss)),
            plan.plateaus,
            now.evaluations,
            [SampledFlow(times, logs[:, i], rates[:, i]) for i in range(values.shape[1])],
            {name: array for shelf in shelves[1:] for name, array in shelf.kept.items()},
        )

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Stages, both ends of the last step, what a gradient needs, the results."""
        return 8 * (24 * problem.rows * dim + problem.temporaries(dim) + 4 * num_times * dim)


class _Lane(NamedTuple):
    """One run: first along the linear flow, then step by step."""

    method: Stabilised
    problem: AbstractProblem
    plan: StabilisedPlan
    plateau: Plateau
    end: Float[Array, ""]

    @property
    def family(self) -> Family:
        """The methods, in the dtype of the run."""
        return family(self.end.dtype)

    def field(self, w: Float[Array, "R d"]) -> Float[Array, "R d"]:
        """dW/dt."""
        return -self.problem.gradient(w)

    def begin(self, start: Float[Array, "R d"]) -> Progress:
        """Where the linear flow ends."""
        plateau = self.plateau
        state = start @ plateau.rotation
        if self.plan.complete:
            state = linear_state(self.plan, plateau, plateau.leaves)
        return beginning(self.field, plateau.leaves, state, plateau.rotation, self.plan.fastest)

    def until(self, time: Float[Array, ""], now: Progress) -> Progress:
        """Step until a time lies within the last step, or nothing moves any more."""
        step = lambda now: advance(  # noqa: E731
            self.field, self.family, self.method.rtol, self.plan.fastest, self.end, now
        )

        def goes_on(now: Progress) -> Bool[Array, ""]:
            moves = now.time + now.length > now.time
            return (now.time < time) & (now.tried < self.method.max_steps) & moves

        return lax.while_loop(goes_on, step, now)

    def look(self, see: Look) -> Look:
        """What a function of (time, W in some frame, rotation into it) sees of a run's progress."""

        def at(time: Float[Array, ""], now: Progress) -> Any:
            return _where(time <= now.time, see(time, *self.state(time, now)))

        return at

    def state(
        self, time: Float[Array, ""], now: Progress
    ) -> tuple[Float[Array, "R d"], Float[Array, "d d"]]:
        """W at a time in some frame, and the rotation into that frame."""
        if not self.plan.complete:
            return within(now.last, time), now.last.rotation
        return lax.cond(
            time <= self.plateau.leaves,
            lambda: (linear_state(self.plan, self.plateau, time), self.plateau.rotation),
            lambda: (within(now.last, time), now.last.rotation),
        )


def _where(reached: Bool[Array, ""], tree: Any) -> Any:
    """What was seen, or nan where the run did not come so far."""
    hide = lambda x: jnp.where(reached, x, jnp.nan) if eqx.is_inexact_array(x) else x  # noqa: E731
    return jax.tree.map(hide, tree)


def _taking(problem: AbstractProblem, kept: Snapshots) -> Look:
    """What snapshots make of a state, in the frame of the start."""
    return lambda time, w, rotation: kept.at(time, problem.sides(w @ rotation.T))
