"""The exact flow where words and contexts share their embeddings."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from gradflow._precision import default_dtype
from gradflow.methods._batches import map_in_batches
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import Solution, Status, finite_status
from gradflow.methods.exact._flow import TIMES_AT_ONCE, ExactFlow, unit_rows
from gradflow.methods.exact._plan import AbstractExactPlan
from gradflow.methods.exact._spectral_compression import interpolative_nodes
from gradflow.problems import AbstractProblem

# Below this many columns for each node there is nothing to gain.
_LEAST_COMPRESSION = 3
_NODES_MULTIPLE = 8
# Below this margin the compressed form may have lost more than 1e-9 of a singular value.
_LEAST_MARGIN = 1e-6


class TiedPlan(AbstractExactPlan):
    """All eigenpairs of the target, the nodes of the tail's eigenvalues, and the loss of W = 0.

    Attributes:
        eigenvalues: (V,), falling.
        eigenvectors: (V, V).
        nodes: (p,), eigenvalues that stand for those beyond the first d; none without compression.
        coefficients: (p, V − d), how each of the others is made of them; (0, 0) without nodes.
        loss_at_origin: L(0).
    """

    eigenvalues: Float[Array, " V"]
    eigenvectors: Float[Array, "V V"]
    nodes: Float[Array, " p"]
    coefficients: Float[Array, "p n"]
    loss_at_origin: Float[Array, ""]

    @classmethod
    def of(
        cls, problem: AbstractProblem, constant: float, dim: int, compress_until: float | None
    ) -> "TiedPlan":
        """Return the plan for the loss ⅛‖WWᵀ − M‖² + constant, made on the host.

        Args:
            problem: A tied problem whose loss is that.
            constant: What the loss has beside the square.
            dim: d.
            compress_until: The last time at which nodes must stand for the tail; None for no nodes.
        """
        target = problem.linearisation
        values, vectors = target.eigenbasis
        nodes, coefficients = np.empty(0), np.empty((0, 0))
        if compress_until is not None:
            nodes, coefficients = _compressed(values[dim:], compress_until) or (nodes, coefficients)
        origin = np.asarray(target.squared_norm / 8 + constant)
        arrays = (values, vectors, nodes, coefficients, origin)
        return cls(*(jnp.asarray(array, default_dtype()) for array in arrays))

    def run(
        self,
        start: Float[Array, "V d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the Riccati solution of one lane at every time."""
        flow, rows, in_head = self._flow_of(start)
        values, loss, margins = map_in_batches(flow.at, times, TIMES_AT_ONCE)

        def state_at(time: Float[Array, ""]) -> tuple[Float[Array, "V d"]]:
            return (self.eigenvectors @ flow.coordinates(time, self.eigenvalues, rows),)

        taken: dict[str, Array] = {}
        for wanted in snapshots:
            look = lambda time, wanted=wanted: wanted.at(time, state_at(time))  # noqa: E731
            taken |= jax.lax.map(look, wanted.asked())
        return Solution.from_sides(
            times,
            values[:, None],
            loss,
            _status(start, in_head, margins.min(), finite_status(values, loss)),
            jnp.maximum(self.eigenvalues[: start.shape[1]], 0)[None],
            jnp.asarray(0),
            [flow],
            taken,
        )

    @eqx.filter_jit
    def embeddings(
        self, start: Float[Array, "V d"], times: Float[Array, " T"]
    ) -> Float[Array, "T V d"]:
        """Return W(t) of one lane in its principal axes, and nothing else: `run` does more."""
        flow, rows, _ = self._flow_of(start)
        at_time = functools.partial(flow.coordinates, eigenvalues=self.eigenvalues, rows=rows)
        return jax.lax.map(lambda time: self.eigenvectors @ at_time(time), times)

    def _flow_of(
        self, start: Float[Array, "V d"]
    ) -> tuple[ExactFlow, Float[Array, "d V"], Bool[Array, ""]]:
        """Return the flow, its rows in echelon form, and whether every pivot is in the head."""
        dim, size = start.shape[1], self.eigenvalues.size
        rows, log_lengths, pivots = unit_rows(start.T @ self.eigenvectors)
        # With nodes the head is the first d eigenvalues and the nodes stand for the others; without
        # them the head is everything.
        head = dim if self.nodes.size else size
        flow = ExactFlow(
            log_lengths=log_lengths,
            pivot_eigenvalues=self.eigenvalues[jnp.minimum(pivots, size - 1)],
            head=self.eigenvalues[:head],
            head_rows=rows[:, :head],
            nodes=self.nodes,
            node_grams=_node_grams(rows[:, head:], self.coefficients, dim),
            loss_at_origin=self.loss_at_origin,
        )
        absent = pivots == size
        return flow, rows, jnp.all((pivots < head) | absent)


def _compressed(
    tail: Float[np.ndarray, " n"], last_time: float
) -> tuple[Float[np.ndarray, " p"], Float[np.ndarray, "p n"]] | None:
    """Return nodes and coefficients, padded to a multiple so that compilations are shared.

    None where so many nodes would be needed that nothing is gained.
    """
    if tail.size == 0:
        return None
    chosen = interpolative_nodes(tail, last_time)
    count = chosen.index.size
    if _LEAST_COMPRESSION * count > tail.size:
        return None
    padding = -count % _NODES_MULTIPLE
    nodes = np.pad(tail[chosen.index], (0, padding), mode="edge")
    order = np.argsort(-nodes, kind="stable")  # the largest first: it is the unit of the others
    return nodes[order], np.pad(chosen.coefficients, ((0, padding), (0, 0)))[order]


def _status(
    start: Float[Array, "V d"],
    in_head: Bool[Array, ""],
    margin: Float[Array, ""],
    computed: Int[Array, ""],
) -> Int[Array, ""]:
    """Return what went wrong first: the start, its fit to the head, its conditioning, the rest."""
    conditioned = jnp.where(margin >= _LEAST_MARGIN, computed, int(Status.ill_conditioned))
    fitting = jnp.where(in_head, conditioned, int(Status.start_misses_head))
    finite = finite_status(start)
    return jnp.where(finite == int(Status.ok), fitting, finite)


def _node_grams(
    tail_rows: Float[Array, "d n"], coefficients: Float[Array, "p n"], dim: int
) -> Float[Array, "p d d"]:
    """Return Σ_k c_mk r_·k r_·kᵀ over the tail, for each node m."""
    if coefficients.size == 0:
        return jnp.zeros((0, dim, dim), tail_rows.dtype)
    # One node after the other: all at once would hold p × d × (V − d) numbers.
    return jax.lax.map(lambda weights: (tail_rows * weights) @ tail_rows.T, coefficients)
