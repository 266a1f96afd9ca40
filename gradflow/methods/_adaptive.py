"""Error-controlled integration of any problem, by diffrax."""

from typing import Any, cast

import diffrax
import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._checks import positive_float, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype, qr
from gradflow.methods._method import AbstractMethod
from gradflow.methods._observables import Observed, observe
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status, finite_status
from gradflow.problems import AbstractProblem

# The first step, in units of one over the fastest growth rate.
_FIRST_STEP = 1e-2


class AdaptivePlan(eqx.Module):
    """The d fastest directions at the origin, and the fastest rate."""

    eigenvectors: Float[Array, "R d"]
    rate: Float[Array, ""]
    plateaus: Float[Array, "sides d"]


class Adaptive(AbstractMethod[AdaptivePlan]):
    """Runge–Kutta with error control, for any problem.

    Two things make its tolerance mean what it says when training starts near zero. W₀ is first
    rotated on the right so that W₀ᵀU is triangular (U the directions that grow fastest at the
    origin); the flow commutes with that, and each column then grows with a mode of its own. And the
    error of a column is measured against that column's own size, so a mode that still sleeps at
    1e-9 is followed to `rtol` beside one of size ten, where an elementwise norm would not see it.

    Args:
        rtol: Error per step relative to the columns, each measured against itself; root mean square
            over all of them.
        atol: Error per step in absolute terms; by default `rtol` times 1e-6 of the smallest
            column of W₀, so that it never decides.
        solver: Any explicit diffrax solver with an error estimate. Tsit5 interpolates between its
            steps as well as it steps; Dopri8 takes fewer, but what it saves between them is worse.
        max_steps: Substeps, accepted and rejected, after which a lane is given up.

    Raises:
        ArgumentError: A number that is not positive, or a solver that is implicit or has no error
            estimate.

    Source: kidger2021 for diffrax; hairer1993 for the solvers and their step control.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(20))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=20, dim=2, scale=1e-2)
        >>> solution = gf.solve(problem, w0, [0.0, 1.0], method=gf.Adaptive(rtol=1e-4))
        >>> bool(solution.evaluations > 0)
        True
    """

    rtol: float = eqx.field(static=True, default=1e-8)
    atol: float | None = eqx.field(static=True, default=None)
    solver: diffrax.AbstractSolver = eqx.field(static=True, default=diffrax.Tsit5())
    max_steps: int = eqx.field(static=True, default=100_000)

    def __check_init__(self) -> None:
        positive_float("rtol", self.rtol)
        if self.atol is not None:
            positive_float("atol", self.atol)
        positive_int("max_steps", self.max_steps)
        _check_solver(self.solver)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> AdaptivePlan:
        """Return the leading eigenpairs of the linearisation at the origin."""
        rates, vectors = problem.linearisation.top_eigenpairs(dim)
        as_array = lambda x: jnp.asarray(x, default_dtype())  # noqa: E731
        return AdaptivePlan(
            as_array(vectors), as_array(abs(rates).max()), as_array(problem.plateaus(dim))
        )

    def run(
        self,
        problem: AbstractProblem,
        plan: AdaptivePlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Integrate one lane."""
        rotation = qr(start.T @ plan.eigenvectors)[0]
        solution = self._integrate(problem, plan, start @ rotation, rotation, times, snapshots)
        observed, *taken = cast(tuple[Observed, Any], solution.ys)
        values, rates, loss = observed
        gave_up = solution.result == diffrax.RESULTS.max_steps_reached
        logs = 2 * jnp.log(values)
        return Solution.from_sides(
            times,
            values,
            loss,
            jnp.where(gave_up, int(Status.too_many_steps), finite_status(values, loss)),
            plan.plateaus,
            solution.stats["num_steps"] * _evaluations_per_step(self.solver),
            [SampledFlow(times, logs[:, i], rates[:, i]) for i in range(values.shape[1])],
            {name: array for group in taken for name, array in group.items()},
        )

    def _integrate(
        self,
        problem: AbstractProblem,
        plan: AdaptivePlan,
        start: Float[Array, "R d"],
        rotation: Float[Array, "d d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> diffrax.Solution:
        smallest = jnp.min(jnp.where(_column_size(start) > 0, _column_size(start), jnp.inf))
        atol = 1e-6 * self.rtol * jnp.where(jnp.isfinite(smallest), smallest, 1.0)
        controller = _PerColumn(
            diffrax.PIDController(self.rtol, atol if self.atol is None else self.atol)
        )

        def saved(wanted: Snapshots) -> diffrax.SubSaveAt:
            back = lambda t, y, args: wanted.at(t, problem.sides(y @ rotation.T))  # noqa: E731
            return diffrax.SubSaveAt(ts=wanted.asked(), fn=back)

        observed = diffrax.SubSaveAt(ts=times, fn=lambda t, y, args: observe(problem, y))
        return diffrax.diffeqsolve(
            diffrax.ODETerm(lambda t, w, args: -problem.gradient(w)),
            self.solver,
            t0=jnp.zeros((), times.dtype),
            t1=times[-1],
            dt0=jnp.minimum(_FIRST_STEP / jnp.where(plan.rate > 0, plan.rate, 1.0), times[-1]),
            y0=start,
            saveat=diffrax.SaveAt(subs=[observed, *map(saved, snapshots)]),
            stepsize_controller=controller,
            max_steps=self.max_steps,
            adjoint=diffrax.ForwardMode(),
            throw=False,
        )

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return the size of the solver's stages, what a gradient needs, and the results."""
        stages = _evaluations_per_step(self.solver) + 6
        return 8 * (stages * problem.rows * dim + problem.temporaries(dim) + 4 * num_times * dim)


class _PerColumn(diffrax.AbstractStepSizeController):
    """A controller that sees, in place of each entry's size, the root mean square of its column."""

    inner: diffrax.PIDController

    def wrap(self, direction: Any) -> "_PerColumn":
        return _PerColumn(self.inner.wrap(direction))

    def init(self, *args: Any, **kwargs: Any) -> Any:
        return self.inner.init(*args, **kwargs)

    def adapt_step_size(
        self, t0: Any, t1: Any, y0: Any, y1_candidate: Any, *rest: Any, **named: Any
    ) -> Any:
        before, after = _as_sizes(y0), _as_sizes(y1_candidate)
        return self.inner.adapt_step_size(t0, t1, before, after, *rest, **named)


def _check_solver(solver: Any) -> None:
    """Raise an error for solvers that diffrax would refuse, or that cannot keep a tolerance."""
    inner = solver.solver if isinstance(solver, diffrax.HalfSolver) else solver
    adaptive = isinstance(solver, diffrax.AbstractAdaptiveSolver)
    stochastic = isinstance(inner, diffrax.AbstractSRK)
    if not adaptive or stochastic or isinstance(inner, diffrax.AbstractImplicitSolver):
        wanted = "an explicit diffrax solver with an error estimate, such as diffrax.Tsit5()"
        raise ArgumentError("solver", wanted, shown(solver))


def _column_size(w: Float[Array, "R d"]) -> Float[Array, " d"]:
    return jnp.sqrt(jnp.mean(w**2, axis=0))


def _as_sizes(w: Float[Array, "R d"]) -> Float[Array, "R d"]:
    return jnp.broadcast_to(_column_size(w), w.shape)


def _evaluations_per_step(solver: diffrax.AbstractSolver) -> int:
    """Return the gradients of a substep; the last serves the next where the tableau allows it."""
    tableau = getattr(solver, "tableau", None)
    if tableau is None:
        return 1
    return tableau.num_stages - bool(tableau.fsal)
