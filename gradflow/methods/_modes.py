"""Every mode a logistic of its own: the paper's solution, decoupled."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._checks import one_of
from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.methods._logistic import logistic_log_squared
from gradflow.methods._method import AbstractMethod
from gradflow.methods._mode_amplitudes import RULES, Rule, log_squared_starts
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import AbstractFlow, Solution, finite_status
from gradflow.problems import AbstractProblem
from gradflow.problems._problem import checked_constant


class ModesPlan(eqx.Module):
    """Top d eigenpairs of the target, and the loss of W = 0."""

    eigenvalues: Float[Array, " d"]
    eigenvectors: Float[Array, "V d"]
    loss_at_origin: Float[Array, ""]


class LogisticFlow(AbstractFlow):
    """Decoupled logistic modes."""

    eigenvalues: Float[Array, " d"]
    log_start: Float[Array, " d"]

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t), falling."""
        values = logistic_log_squared(self.eigenvalues, self.log_start, time)
        return jnp.sort(values, descending=True)


class Modes(AbstractMethod[ModesPlan]):
    """Closed-form sigmoids: mode k alone, logistic at rate λ_k from s₀.

    With rule "qr", exact where W₀ has orthogonal columns along the first d eigenvectors, and an
    approximation elsewhere that becomes exact as the scale goes to zero; "paper" and "row" keep a
    constant shift in time. Costs next to nothing.

    Args:
        rule: How s₀ is read off W₀: "paper", "row" or "qr".

    Source: karkada2025, Lemma 3.1.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> solution = gf.solve(problem, 0.1 * np.eye(3, 2), [0.0, 9.0], method=gf.Modes())
        >>> (solution.singular_values[-1] ** 2).round(4)
        Array([3., 2.], dtype=float64)
    """

    rule: Rule = eqx.field(static=True, default="qr")

    def __check_init__(self) -> None:
        one_of("rule", self.rule, RULES)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> ModesPlan:
        """Return the top d eigenpairs."""
        constant = checked_constant(problem, "Modes")
        if not problem.tied:
            wanted = f"one that solves {type(problem).__name__}, untied"
            raise ArgumentError("method", wanted, "Modes")
        target = problem.linearisation
        values, vectors = target.top_eigenpairs(dim)
        as_array = lambda x: jnp.asarray(x, default_dtype())  # noqa: E731
        origin = target.squared_norm / 8 + constant
        return ModesPlan(as_array(values), as_array(vectors), as_array(origin))

    def run(
        self,
        problem: AbstractProblem,
        plan: ModesPlan,
        start: Float[Array, "V d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the sigmoids."""
        log_start = log_squared_starts(plan.eigenvectors, start, self.rule)

        def squares_at(time: Float[Array, ""]) -> Float[Array, " d"]:
            return jnp.exp(logistic_log_squared(plan.eigenvalues, log_start, time))

        def state_at(time: Float[Array, ""]) -> tuple[Float[Array, "V d"]]:
            return (plan.eigenvectors * jnp.sqrt(squares_at(time)),)

        taken: dict[str, Array] = {}
        for wanted in snapshots:
            look = lambda t, wanted=wanted: wanted.at(t, state_at(t))  # noqa: E731
            taken |= jax.lax.map(look, wanted.asked())
        squares = jax.vmap(squares_at)(times)
        change = jnp.sum(squares**2 - 2 * plan.eigenvalues * squares, axis=1)
        loss = plan.loss_at_origin + change / 8
        values = jnp.sort(jnp.sqrt(squares), axis=1, descending=True)
        return Solution.from_sides(
            times,
            values[:, None],
            loss,
            finite_status(start, values, loss),  # of a start that is nan no mode stands out
            jnp.maximum(plan.eigenvalues, 0)[None],
            jnp.asarray(0),
            [LogisticFlow(plan.eigenvalues, log_start)],
            taken,
        )

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return the size of W₀ and the results."""
        return 8 * (2 * problem.vocab_size * dim + 4 * num_times * dim)
