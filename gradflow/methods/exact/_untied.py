"""The exact flow of untied embeddings whose WᵀW − CᵀC is a multiple λI of the identity.

It stays λI, so WᵀW = ½(QᵀQ + λI) and CᵀC = ½(QᵀQ − λI) with Q = [W; C], and the flow closes in Q:

    dQ/dt = ¼FQ − ⅛QQᵀQ,    F = [[λI/2, M], [Mᵀ, −λI/2]].

Z = √½Q then obeys the tied flow dZ/dτ = ½(F − ZZᵀ)Z in the time τ = t/2. With the singular triplets
(u, μ, v) of M, F has the eigenvalues ±√(μ² + λ²/4) in the planes of (u, 0) and (0, v).

Source: saxe2014 and braun2022 for the balanced and the λ-balanced closed form; its graded
evaluation is gradflow's own.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype, qr_triangle, singular_values
from gradflow.methods._batches import map_in_batches
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import (
    AbstractFlow,
    Solution,
    Status,
    finite_status,
)
from gradflow.methods.exact._flow import TIMES_AT_ONCE, ExactFlow, unit_rows
from gradflow.methods.exact._plan import AbstractExactPlan
from gradflow.problems import AbstractProblem
from gradflow.targets._bipartite import BipartiteTarget

# How far WᵀW − CᵀC may be from λI, as a share of the mean squared column of Q.
_BALANCED = 1e-10


class UntiedPlan(AbstractExactPlan):
    """The singular triplets of M, falling, and the loss of W = C = 0.

    Attributes:
        left: u as columns (V, V).
        values: μ (V,).
        right: v as columns (V, V).
        loss_at_origin: L(0).
    """

    left: Float[Array, "V V"]
    values: Float[Array, " V"]
    right: Float[Array, "V V"]
    loss_at_origin: Float[Array, ""]

    @classmethod
    def of(cls, problem: AbstractProblem, constant: float) -> "UntiedPlan":
        """Return the plan for the loss ⅛‖WCᵀ − M‖² + constant, by LAPACK on the host."""
        target = problem.linearisation
        if not isinstance(target, BipartiteTarget):
            wanted = "one whose linearisation has the two sides of M, as it is untied"
            raise ArgumentError("problem", wanted, type(target).__name__)
        left, values, right = target.singular_triplets
        # The target is that of dQ/dt ≈ ½NQ, where N has M/2.
        arrays = left, 2 * values, right, 2 * target.squared_norm / 8 + constant
        return cls(*(jnp.asarray(array, default_dtype()) for array in arrays))

    def run(
        self,
        start: Float[Array, "R d"],
        times: Float[Array, " T"],
        snapshots: tuple[Snapshots, ...],
    ) -> Solution:
        """Evaluate the closed form of one lane at every time."""
        imbalance, balanced = _imbalance(start)
        planes = Planes.of(self.values, imbalance)
        flow, rows = _flow_of(self, planes, start, imbalance)
        flows = [SideFlow(flow, planes, rows, side) for side in (0, 1)]

        def values_and_loss(time: Float[Array, ""]) -> tuple[Array, Array]:
            sides = planes.sides(flows[0].state(time))
            values = jnp.stack([singular_values(qr_triangle(side)) for side in sides])
            return values, flow.at(time / 2)[1]

        def sides_at(time: Float[Array, ""]) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
            state = flow.coordinates(time / 2, planes.eigenvalues, rows)
            left, right = planes.sides(jnp.sqrt(2.0) * state)
            return self.left @ left, self.right @ right

        taken: dict[str, Array] = {}
        for wanted in snapshots:
            look = lambda time, wanted=wanted: wanted.at(time, sides_at(time))  # noqa: E731
            taken |= jax.lax.map(look, wanted.asked())
        values, loss = map_in_batches(values_and_loss, times, TIMES_AT_ONCE)
        finite = finite_status(values, loss)
        shifts = jnp.stack([imbalance, -imbalance]) / 2
        return Solution.from_sides(
            times,
            values,
            loss,
            jnp.where((finite == int(Status.ok)) & ~balanced, int(Status.unbalanced), finite),
            # s² of a side ends at √(μ² + λ²/4) ± λ/2: products μ², difference λ.
            jnp.maximum(planes.eigenvalues[: start.shape[1]] + shifts[:, None], 0),
            jnp.asarray(0),
            flows,
            taken,
        )


class SideFlow(AbstractFlow):
    """Singular values of W (side 0) or C (side 1), from the coordinates of Z.

    s²(Z) ± λ/2 would lose all digits of the smaller side where it is far below λ: its coordinates
    lose those below the rounding of the larger one.
    """

    both: ExactFlow
    planes: "Planes"
    rows: Float[Array, "d R"]
    side: int = eqx.field(static=True)

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t), falling."""
        sides = self.planes.sides(self.state(time))
        return 2 * jnp.log(singular_values(qr_triangle(sides[self.side])))

    def state(self, time: Float[Array, ""]) -> Float[Array, "R d"]:
        """Return W above C, in the eigenvectors of F and turned on the right."""
        return jnp.sqrt(2.0) * self.both.unrotated(time / 2, self.planes.eigenvalues, self.rows)


class Planes(eqx.Module):
    """Eigenvectors of F, never written down: each plane of a u and its v is turned by an angle θ.

    Attributes:
        eigenvalues: Of F (2V,), falling.
        cos: cos θ (V,).
        sin: sin θ (V,).
    """

    eigenvalues: Float[Array, " R"]
    cos: Float[Array, " V"]
    sin: Float[Array, " V"]

    @classmethod
    def of(cls, values: Float[Array, " V"], imbalance: Float[Array, ""]) -> "Planes":
        """Return the planes of the singular values of M, for one λ."""
        radius = jnp.hypot(values, imbalance / 2)
        angle = jnp.arctan2(values, imbalance / 2) / 2
        return cls(jnp.concatenate([radius, -radius[::-1]]), jnp.cos(angle), jnp.sin(angle))

    def coordinates(self, plan: UntiedPlan, start: Float[Array, "R d"]) -> Float[Array, "d R"]:
        """Return a state in F's eigenvectors."""
        above = start[: self.cos.size].T @ plan.left
        below = start[self.cos.size :].T @ plan.right
        up = above * self.cos + below * self.sin
        down = below * self.cos - above * self.sin
        return jnp.concatenate([up, down[:, ::-1]], axis=1)

    def sides(self, coordinates: Float[Array, "R d"]) -> tuple[Array, Array]:
        """Return W in the left vectors of M and C in the right ones, (V, d) each."""
        up, down = coordinates[: self.cos.size], coordinates[self.cos.size :][::-1]
        cos, sin = self.cos[:, None], self.sin[:, None]
        return up * cos - down * sin, up * sin + down * cos


def _imbalance(start: Float[Array, "R d"]) -> tuple[Float[Array, ""], Bool[Array, ""]]:
    """Return λ of WᵀW − CᵀC = λI, zero where it is rounding, and whether it is such a multiple."""
    vocab_size, dim = start.shape[0] // 2, start.shape[1]
    w, c = start[:vocab_size], start[vocab_size:]
    difference = w.T @ w - c.T @ c
    imbalance = jnp.trace(difference) / dim
    size = jnp.vdot(start, start) / dim
    # Rounding of the sums, in the dtype of the start.
    tolerance = jnp.maximum(_BALANCED, 100 * jnp.finfo(start.dtype).eps) * size
    off = jnp.max(jnp.abs(difference - imbalance * jnp.eye(dim, dtype=start.dtype)))
    negligible = jnp.abs(imbalance) <= 100 * jnp.finfo(start.dtype).eps * size
    return jnp.where(negligible, 0.0, imbalance), off <= tolerance


def _flow_of(
    plan: UntiedPlan, planes: Planes, start: Float[Array, "R d"], imbalance: Float[Array, ""]
) -> tuple[ExactFlow, Float[Array, "d R"]]:
    """Return the flow of Z, in full: no nodes, since its tail moves with λ."""
    dim = start.shape[1]
    rows, log_lengths, pivots = unit_rows(planes.coordinates(plan, start / jnp.sqrt(2.0)))
    flow = ExactFlow(
        log_lengths=log_lengths,
        pivot_eigenvalues=planes.eigenvalues[jnp.minimum(pivots, planes.eigenvalues.size - 1)],
        head=planes.eigenvalues,
        head_rows=rows,
        nodes=jnp.zeros(0, start.dtype),
        node_grams=jnp.zeros((0, dim, dim), start.dtype),
        # ⅛‖WCᵀ − M‖² = ⅛(‖M‖² + dλ²/4 − 2 tr ZᵀFZ + Σ s_k⁴(Z)).
        loss_at_origin=plan.loss_at_origin + dim * imbalance**2 / 32,
    )
    return flow, rows
