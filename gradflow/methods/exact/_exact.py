"""The exact solution of the quadratic problem, from any start, at any time."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from gradflow.methods._method import AbstractMethod
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status
from gradflow.methods.exact._flow import TIMES_AT_ONCE
from gradflow.methods.exact._plan import AbstractExactPlan
from gradflow.methods.exact._tied import TiedPlan
from gradflow.methods.exact._untied import UntiedPlan
from gradflow.problems import AbstractProblem
from gradflow.problems._problem import checked_constant

# What the flow without compression can still follow.
_NEEDS_FULL = frozenset({Status.start_misses_head, Status.ill_conditioned})


class Exact(AbstractMethod[AbstractExactPlan]):
    """WWᵀ(t) in closed form, one shot at any time; W(t) up to a right rotation.

    The matrix Riccati flow dW/dt = ½(M − WWᵀ)W has the solution

        WWᵀ(t) = e^{Mt/2} W₀ [I + W₀ᵀ (e^{Mt} − I) M⁻¹ W₀]⁻¹ W₀ᵀ e^{Mt/2},

    for any symmetric M, indefinite or singular. So it solves the problems whose loss is quadratic
    in x: `Quadratic`, and `Taylor` of order 2 with uniform weighting. It is evaluated in a basis
    where the bracket is graded, so that it keeps its digits at any time
    (`gradflow/methods/exact/_flow.py`). States for snapshots come in their principal axes.

    Untied, WᵀW − CᵀC must be a multiple of the identity at the start; it then stays so, and the
    state √½[W; C] follows a flow of the same kind in half the time
    (`gradflow/methods/exact/_untied.py`). Another start ends with `Status.unbalanced`.

    What W₀ does not have, the flow never learns: components of W₀ along an eigenvector that are
    below the rounding of W₀ itself count as absent, and so do columns of W₀ that are some 1e-14
    times smaller than others.

    Args:
        compress: Let a few eigenvalues stand for those beyond the first d. Changes results by
            little more than rounding (1e-12). A lane whose W₀ misses some of the first d
            eigenvectors altogether, or is dominated by one direction, then ends with
            `Status.start_misses_head` or `Status.ill_conditioned`; `solve` and `sweep` repeat it in
            full by themselves. In full, the relative error of s_k is about the rounding of s₁/s_k
            of W₀.

    Source: the Riccati solution is classical (yan1994 for this flow); the graded evaluation and the
    nodes are gradflow's own.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=3, dim=2, scale=1e-3)
        >>> solution = gf.solve(problem, w0, [0.0, 20.0], method=gf.Exact())
        >>> (solution.singular_values[-1] ** 2).round(6)
        Array([3., 2.], dtype=float64)
    """

    compress: bool = eqx.field(static=True, default=True)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> AbstractExactPlan:
        """Return all eigenpairs, or singular triplets where untied, by LAPACK on the host."""
        constant = checked_constant(problem, "Exact")
        if not problem.tied:
            return UntiedPlan.of(problem, constant)
        return TiedPlan.of(problem, constant, dim, last_time if self.compress else None)

    def run(
        self,
        problem: AbstractProblem,
        plan: AbstractExactPlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the closed form at every time."""
        return plan.run(start, times, snapshots)

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return the size of W₀ and its rotations, node matrices, times at work and results."""
        nodes = 64 if self.compress else 0
        columns = 2 * dim if self.compress and problem.tied else problem.rows
        at_work = TIMES_AT_ONCE * dim * (6 * dim + 4 * columns)
        return 8 * (6 * problem.rows * dim + 2 * nodes * dim**2 + at_work + 4 * num_times * dim)

    def repair(self, status: Status) -> AbstractMethod[Any] | None:
        """Return the form without compression, where compression is what failed."""
        return Exact(compress=False) if self.compress and status in _NEEDS_FULL else None
