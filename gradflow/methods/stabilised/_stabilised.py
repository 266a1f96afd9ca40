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
from gradflow.methods._save_at import SaveFn, SaveTime, init_buffers
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status, finite_status
from gradflow.methods.stabilised._linear_phase import (
    LinearPhase,
    StabilisedPlan,
    linear_phase_of,
    linear_state,
    stabilised_plan,
)
from gradflow.methods.stabilised._substeps import Progress, advance, init_state, within
from gradflow.methods.stabilised._tableaus import Family, family
from gradflow.problems import AbstractProblem


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
        max_steps: Substeps, accepted and rejected, after which a lane is given up.

    Source: abdulle2002 for the stages; lawson1967 for taking growth out; the frame and the
    logistic are gradflow's own.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(20))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=20, dim=2, scale=1e-6)
        >>> solution = gf.solve(problem, w0, [0.0, 1.0, 2.0], method=gf.Stabilised())
        >>> bool(solution.evaluations < 500)
        True
    """

    rtol: float = eqx.field(static=True, default=1e-4)
    max_steps: int = eqx.field(static=True, default=10_000)

    def __check_init__(self) -> None:
        positive_float("rtol", self.rtol)
        positive_int("max_steps", self.max_steps)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> StabilisedPlan:
        """Return the linear flow at the origin, and where it ends."""
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
        phase = linear_phase_of(plan, start, self.rtol, times[-1])
        lane = _Lane(self, problem, plan, phase, times[-1])
        save_at = [(lane.saved(lambda time, w, rotation: observe(problem, w)), times)]
        for wanted in snapshots:
            save_at.append(
                (lane.saved(_in_the_frame_of_the_start(problem, wanted)), wanted.asked())
            )
        now = lane.begin(start)
        save_times, buffers = init_buffers(save_at, now)

        def pass_by(carry: tuple, save_time: SaveTime) -> tuple:
            now, buffers = carry
            now = lane.step_until(save_time.time, now)
            return (now, [buffer.write(save_time, now) for buffer in buffers]), None

        (now, buffers), _ = lax.scan(pass_by, (now, buffers), save_times)
        values, rates, loss = buffers[0].values
        gave_up = (now.time < times[-1]) & (now.tried >= self.max_steps)
        logs = 2 * jnp.log(values)
        return Solution.from_sides(
            times,
            values,
            loss,
            jnp.where(gave_up, int(Status.too_many_steps), finite_status(values, loss)),
            plan.plateaus,
            now.evaluations,
            [SampledFlow(times, logs[:, i], rates[:, i]) for i in range(values.shape[1])],
            {name: array for buffer in buffers[1:] for name, array in buffer.values.items()},
        )

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return the size of stages, the last substep, what a gradient needs, and the results."""
        return 8 * (24 * problem.rows * dim + problem.temporaries(dim) + 4 * num_times * dim)


class _Lane(NamedTuple):
    """One run: first along the linear flow, then step by step."""

    method: Stabilised
    problem: AbstractProblem
    plan: StabilisedPlan
    phase: LinearPhase
    end: Float[Array, ""]

    @property
    def family(self) -> Family:
        """The methods, in the dtype of the run."""
        return family(self.end.dtype)

    def field(self, w: Float[Array, "R d"]) -> Float[Array, "R d"]:
        """Return the velocity dW/dt of a state."""
        return -self.problem.gradient(w)

    def begin(self, start: Float[Array, "R d"]) -> Progress:
        """Return the state where the linear flow ends."""
        phase = self.phase
        state = start @ phase.rotation
        if self.plan.complete:
            state = linear_state(self.plan, phase, phase.exit_time)
        return init_state(self.field, phase.exit_time, state, phase.rotation, self.plan.fastest)

    def step_until(self, time: Float[Array, ""], now: Progress) -> Progress:
        """Step until a time lies within the last step, or nothing moves any more."""
        step = lambda now: advance(  # noqa: E731
            self.field, self.family, self.method.rtol, self.plan.fastest, self.end, now
        )

        def goes_on(now: Progress) -> Bool[Array, ""]:
            moves = now.time + now.length > now.time
            return (now.time < time) & (now.tried < self.method.max_steps) & moves

        return lax.while_loop(goes_on, step, now)

    def saved(self, save: SaveFn) -> SaveFn:
        """Return what is saved of a run's progress by a function of (time, W, rotation).

        W comes in some frame, and the rotation is the one into that frame.
        """

        def save_progress(time: Float[Array, ""], now: Progress) -> Any:
            return _where(time <= now.time, save(time, *self.state(time, now)))

        return save_progress

    def state(
        self, time: Float[Array, ""], now: Progress
    ) -> tuple[Float[Array, "R d"], Float[Array, "d d"]]:
        """Return W at a time in some frame, and the rotation into that frame."""
        if not self.plan.complete:
            return within(now.last, time), now.last.rotation
        return lax.cond(
            time <= self.phase.exit_time,
            lambda: (linear_state(self.plan, self.phase, time), self.phase.rotation),
            lambda: (within(now.last, time), now.last.rotation),
        )


def _where(reached: Bool[Array, ""], tree: Any) -> Any:
    """Return the arrays, or nan where the run did not come so far."""
    hide = lambda x: jnp.where(reached, x, jnp.nan) if eqx.is_inexact_array(x) else x  # noqa: E731
    return jax.tree.map(hide, tree)


def _in_the_frame_of_the_start(problem: AbstractProblem, snapshots: Snapshots) -> SaveFn:
    """Return what snapshots make of a state in some frame."""
    return lambda time, w, rotation: snapshots.at(time, problem.sides(w @ rotation.T))
