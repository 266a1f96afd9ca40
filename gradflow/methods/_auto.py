"""The choice of a method, as a method."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from gradflow.methods._adaptive import Adaptive
from gradflow.methods._method import AbstractMethod
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status
from gradflow.methods.exact._exact import Exact
from gradflow.problems import AbstractProblem


class AutoPlan(eqx.Module):
    """The method that was chosen, and its plan."""

    method: AbstractMethod[Any]
    plan: Any  # as the method that was chosen has it


class Auto(AbstractMethod[AutoPlan]):
    """The closed form where there is one, error-controlled integration elsewhere.

    | loss | W and C | start | method |
    |---|---|---|---|
    | quadratic in x: `Quadratic`; `Taylor` of order 2, uniform weighting | tied | any | `Exact()` |
    | the same | tied | misses some leading eigenvectors, or is dominated by one direction | \
`Exact(compress=False)` |
    | the same | untied | WᵀW − CᵀC a multiple of the identity, as of `balanced_init` | `Exact()` |
    | the same | untied | any other, such as `word2vec_init` | `Adaptive()` |
    | any other: `Contrastive`, `NCE`, other `Taylor`, `Custom` | either | any | `Adaptive()` |

    What depends on the start is found out when the flow is followed: the lane ends with a status,
    and `repair` names the method that follows it. Each problem of a sweep is served by itself.

    It never chooses what approximates, nor what needs to be told something. Choose yourself:
    `Stabilised()` for any loss from a small start, cheaper than `Adaptive()` where training passes
    long plateaus; `Reduced()` for the first modes of a large vocabulary at a fraction of that;
    `Modes()` for the paper's decoupled sigmoids; `Descent(...)` for updates of an optimiser.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([3.0, 2.0, -1.0])))
        >>> gf.Auto().plan(problem, dim=2, last_time=1.0).method
        Exact()
    """

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> AutoPlan:
        """Return the method that is chosen for this problem, with its plan."""
        method = _chosen(problem)
        return AutoPlan(method, method.plan(problem, dim, last_time))

    def run(
        self,
        problem: AbstractProblem,
        plan: AutoPlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Follow one lane by the method that was chosen."""
        return plan.method.run(problem, plan.plan, start, times, snapshots)

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """Return what the method that is chosen for this problem needs."""
        return _chosen(problem).bytes_per_lane(problem, dim, num_times)

    def repair(self, status: Status) -> AbstractMethod[Any] | None:
        """Return what the closed form names, and `Adaptive()` where it does not apply."""
        return Adaptive() if status == Status.unbalanced else Exact().repair(status)


def _chosen(problem: AbstractProblem) -> AbstractMethod[Any]:
    """Return `Exact()` where the problem has a closed form, else `Adaptive()`."""
    return Adaptive() if problem.quadratic_constant is None else Exact()
