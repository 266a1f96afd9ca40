"""The exact solution of the quadratic problem, from any start, at any time."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._precision import default_dtype
from gradflow.methods._method import AbstractMethod
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status, finite_status, of_sides
from gradflow.methods.exact._flow import TIMES_AT_ONCE, ExactFlow, unit_rows
from gradflow.methods.exact._spectral_compression import tail_nodes
from gradflow.methods.exact._untied import UntiedPlan, run_untied, untied_plan
from gradflow.problems._problem import AbstractProblem, checked_constant

# Below this many columns for each node there is nothing to gain.
_LEAST_COMPRESSION = 3
_NODES_MULTIPLE = 8
# Below this margin the compressed form may have lost more than 1e-9 of a singular value.
_LEAST_MARGIN = 1e-6


class ExactPlan(eqx.Module):
    """All eigenpairs of the target, the nodes of the tail's eigenvalues, and the loss of W = 0."""

    eigenvalues: Float[Array, " V"]
    eigenvectors: Float[Array, "V V"]
    nodes: Float[Array, " p"]
    coefficients: Float[Array, "p n"]
    loss_at_origin: Float[Array, ""]


class Exact(AbstractMethod):
    """WWᵀ(t) in closed form, one shot at any time; W(t) up to a right rotation.

    The matrix Riccati flow dW/dt = ½(M − WWᵀ)W has the solution

        WWᵀ(t) = e^{Mt/2} W₀ [I + W₀ᵀ (e^{Mt} − I) M⁻¹ W₀]⁻¹ W₀ᵀ e^{Mt/2},

    for any symmetric M, indefinite or singular. So it solves the problems whose loss is quadratic
    in x: `Quadratic`, and `Taylor` of order 2 with uniform weighting. It is evaluated in a basis
    where the bracket is graded, so that it keeps its digits at any time
    (`gradflow/methods/exact/_flow.py`). States for snapshots come in their principal axes.

    Untied, WᵀW − CᵀC must be a multiple of the identity at the start; it then stays so, and the
    state √½[W; C] follows a flow of the same kind in half the time
    (`gradflow/methods/exact/_untied.py`).

    What W₀ does not have, the flow never learns: components of W₀ along an eigenvector that are
    below the rounding of W₀ itself count as absent, and so do columns of W₀ that are some 1e-14
    times smaller than others.

    Args:
        compress: Let a few eigenvalues stand for those beyond the first d. Changes results by
            little more than rounding (1e-12). A lane whose W₀ misses some of the first d
            eigenvectors altogether, or is dominated by one direction, then ends with
            `Status.start_misses_head` or `Status.ill_conditioned`; `solve` repeats it in full by
            itself. In full, the relative error of s_k is about the rounding of s₁/s_k of W₀.

    Source: the Riccati solution is classical (yan1994 for this flow); the graded evaluation and the
    nodes are gradflow's own.
    """

    compress: bool = eqx.field(static=True, default=True)

    def plan(self, problem: AbstractProblem, dim: int, last_time: float) -> ExactPlan | UntiedPlan:
        """All eigenpairs, by LAPACK on the host, and the nodes of the tail."""
        constant = checked_constant(problem, "Exact")
        if not problem.tied:
            return untied_plan(problem, constant)
        target = problem.linearisation
        values, vectors = target.eigenbasis
        nodes, coefficients = _compressed(values[dim:], last_time) if self.compress else _NOTHING
        origin = np.asarray(target.squared_norm / 8 + constant)
        arrays = (values, vectors, nodes, coefficients, origin)
        return ExactPlan(*(jnp.asarray(array, default_dtype()) for array in arrays))

    def run(
        self,
        problem: AbstractProblem,
        plan: ExactPlan | UntiedPlan,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the closed form at every time."""
        if isinstance(plan, UntiedPlan):
            return run_untied(plan, start, times, snapshots)
        flow, rows, in_head = _start(plan, start)
        values, loss, margins = jax.lax.map(flow.at, times, batch_size=TIMES_AT_ONCE)

        def keep(kept: Snapshots) -> dict[str, Array]:
            state = lambda t: (plan.eigenvectors @ flow.coordinates(t, plan.eigenvalues, rows),)  # noqa: E731
            return jax.lax.map(lambda t: kept.at(t, state(t)), kept.asked())

        return of_sides(
            times,
            values[:, None],
            loss,
            _status(start, in_head, margins.min(), finite_status(values, loss)),
            jnp.maximum(plan.eigenvalues[: start.shape[1]], 0)[None],
            jnp.asarray(0),
            [flow],
            {name: array for kept in snapshots for name, array in keep(kept).items()},
        )

    def bytes_per_lane(self, problem: AbstractProblem, dim: int, num_times: int) -> int:
        """W₀ and its rotations, the node matrices, the times at work, the results."""
        nodes = 64 if self.compress else 0
        columns = 2 * dim if self.compress and problem.tied else problem.rows
        at_work = TIMES_AT_ONCE * dim * (6 * dim + 4 * columns)
        return 8 * (6 * problem.rows * dim + 2 * nodes * dim**2 + at_work + 4 * num_times * dim)


_NOTHING = (np.empty(0), np.empty((0, 0)))


def _compressed(tail: np.ndarray, last_time: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and coefficients, padded to a multiple so that compilations are shared."""
    if tail.size == 0:
        return _NOTHING
    chosen = tail_nodes(tail, last_time)
    count = chosen.index.size
    if _LEAST_COMPRESSION * count > tail.size:
        return _NOTHING
    padding = -count % _NODES_MULTIPLE
    nodes = np.pad(tail[chosen.index], (0, padding), mode="edge")
    order = np.argsort(-nodes, kind="stable")  # the largest first: it is the unit of the others
    return nodes[order], np.pad(chosen.coefficients, ((0, padding), (0, 0)))[order]


def _start(
    plan: ExactPlan, w0: Float[Array, "V d"]
) -> tuple[ExactFlow, Float[Array, "d V"], Array]:
    """The flow of one lane, its rows in echelon form, and whether every pivot is in the head."""
    dim = w0.shape[1]
    rows, log_lengths, pivots = unit_rows(w0.T @ plan.eigenvectors)
    compressed = plan.nodes.size > 0
    head = dim if compressed else plan.eigenvalues.size
    flow = ExactFlow(
        log_lengths=log_lengths,
        pivot_eigenvalues=plan.eigenvalues[jnp.minimum(pivots, plan.eigenvalues.size - 1)],
        head=plan.eigenvalues[:head],
        head_rows=rows[:, :head],
        nodes=plan.nodes,
        node_grams=_node_grams(rows[:, head:], plan.coefficients, dim),
        loss_at_origin=plan.loss_at_origin,
    )
    absent = pivots == plan.eigenvalues.size
    return flow, rows, jnp.all((pivots < head) | absent)


def _status(w0: Array, in_head: Array, margin: Array, computed: Array) -> Array:
    """What went wrong first: the start itself, its fit to the head, its conditioning, the rest."""
    conditioned = jnp.where(margin >= _LEAST_MARGIN, computed, int(Status.ill_conditioned))
    fitting = jnp.where(in_head, conditioned, int(Status.start_misses_head))
    start = finite_status(w0)
    return jnp.where(start == int(Status.ok), fitting, start)


def _node_grams(
    tail_rows: Float[Array, "d n"], coefficients: Float[Array, "p n"], dim: int
) -> Float[Array, "p d d"]:
    if coefficients.size == 0:
        return jnp.zeros((0, dim, dim), tail_rows.dtype)
    return jax.lax.map(lambda weights: (tail_rows * weights) @ tail_rows.T, coefficients)
