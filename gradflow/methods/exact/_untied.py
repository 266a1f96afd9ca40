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

from gradflow._precision import default_dtype, qr_triangle, singular_values
from gradflow.methods._snapshots import Snapshots
from gradflow.methods._solution import (
    AbstractFlow,
    Solution,
    Status,
    finite_status,
    of_sides,
)
from gradflow.methods.exact._flow import TIMES_AT_ONCE, ExactFlow, unit_rows
from gradflow.problems._problem import AbstractProblem
from gradflow.targets import BipartiteTarget

# How far WᵀW − CᵀC may be from λI, as a share of the mean squared column of Q.
_BALANCED = 1e-10


class UntiedPlan(eqx.Module):
    """The singular triplets of M, falling, and the loss of W = C = 0."""

    left: Float[Array, "V V"]
    values: Float[Array, " V"]
    right: Float[Array, "V V"]
    loss_at_origin: Float[Array, ""]


class SideFlow(AbstractFlow):
    """Singular values of W (side 0) or C (side 1), from the coordinates of Z.

    s²(Z) ± λ/2 would lose all digits of the smaller side where it is far below λ: its coordinates
    lose those below the rounding of the larger one.
    """

    whole: ExactFlow
    planes: "Planes"
    rows: Float[Array, "d R"]
    side: int = eqx.field(static=True)

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """ln s_k²(t), falling."""
        sides = self.planes.parts(self.state(time))
        return 2 * jnp.log(singular_values(qr_triangle(sides[self.side])))

    def state(self, time: Float[Array, ""]) -> Float[Array, "R d"]:
        """[W; C] in F's eigenvectors, turned on the right."""
        return jnp.sqrt(2.0) * self.whole.unrotated(time / 2, self.planes.eigenvalues, self.rows)


def untied_plan(problem: AbstractProblem, constant: float) -> UntiedPlan:
    """By LAPACK on the host, for the loss ⅛‖WCᵀ − M‖² + constant."""
    target = problem.linearisation
    assert isinstance(target, BipartiteTarget)
    left, values, right = target.singular_triplets
    # The target is that of dQ/dt ≈ ½NQ, where N has M/2.
    arrays = left, 2 * values, right, 2 * target.squared_norm / 8 + constant
    return UntiedPlan(*(jnp.asarray(array, default_dtype()) for array in arrays))


def run_untied(
    plan: UntiedPlan,
    start: Float[Array, "R d"],
    times: Float[Array, " T"],
    snapshots: tuple[Snapshots, ...],
) -> Solution:
    """Evaluate the closed form at every time."""
    imbalance, balanced = _imbalance(start)
    planes = Planes.of(plan.values, imbalance)
    flow, rows = _start(plan, planes, start, imbalance)
    flows = [SideFlow(flow, planes, rows, side) for side in (0, 1)]

    def look(time: Float[Array, ""]) -> tuple[Array, Array]:
        parts = planes.parts(flows[0].state(time))
        values = jnp.stack([singular_values(qr_triangle(part)) for part in parts])
        return values, flow.at(time / 2)[1]

    def keep(kept: Snapshots) -> dict[str, Array]:
        def at(time: Float[Array, ""]) -> dict[str, Array]:
            state = flow.coordinates(time / 2, planes.eigenvalues, rows)
            left, right = planes.parts(jnp.sqrt(2.0) * state)
            return kept.at(time, (plan.left @ left, plan.right @ right))

        return jax.lax.map(at, kept.asked())

    values, loss = jax.lax.map(look, times, batch_size=TIMES_AT_ONCE)
    finite = finite_status(values, loss)
    shifts = jnp.stack([imbalance, -imbalance]) / 2
    return of_sides(
        times,
        values,
        loss,
        jnp.where((finite == int(Status.ok)) & ~balanced, int(Status.unbalanced), finite),
        jnp.maximum(planes.eigenvalues[: start.shape[1]] + shifts[:, None], 0),
        jnp.asarray(0),
        flows,
        {name: array for kept in snapshots for name, array in keep(kept).items()},
    )


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
        """From the singular values of M and λ."""
        radius = jnp.hypot(values, imbalance / 2)
        angle = jnp.arctan2(values, imbalance / 2) / 2
        return cls(jnp.concatenate([radius, -radius[::-1]]), jnp.cos(angle), jnp.sin(angle))

    def coordinates(self, plan: UntiedPlan, start: Float[Array, "R d"]) -> Float[Array, "d R"]:
        """A state in F's eigenvectors."""
        above = start[: self.cos.size].T @ plan.left
        below = start[self.cos.size :].T @ plan.right
        up = above * self.cos + below * self.sin
        down = below * self.cos - above * self.sin
        return jnp.concatenate([up, down[:, ::-1]], axis=1)

    def parts(self, coordinates: Float[Array, "R d"]) -> tuple[Array, Array]:
        """W in the left vectors of M and C in the right ones, (V, d) each."""
        up, down = coordinates[: self.cos.size], coordinates[self.cos.size :][::-1]
        cos, sin = self.cos[:, None], self.sin[:, None]
        return up * cos - down * sin, up * sin + down * cos


def _imbalance(start: Float[Array, "R d"]) -> tuple[Float[Array, ""], Bool[Array, ""]]:
    """λ of WᵀW − CᵀC = λI, exactly zero where it is rounding, and whether that is what it is."""
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


def _start(
    plan: UntiedPlan, planes: Planes, start: Float[Array, "R d"], imbalance: Float[Array, ""]
) -> tuple[ExactFlow, Float[Array, "d R"]]:
    """The flow of Z, in full: its tail moves with λ, so no nodes can be chosen beforehand."""
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
