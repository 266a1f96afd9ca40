"""The exact Riccati flow of one lane, evaluated at any time in one shot.

With U the eigenvectors of M, eigenvalues falling, and the rows r_i of W₀ᵀU in echelon form, row i
starting at its pivot p_i, the solution of dW/dt = ½(M − WWᵀ)W is, up to a right rotation,

    W(t)ᵀU = L⁻¹H,   LLᵀ = B = I + Σ_k D_k r_·k r_·kᵀ,   H_ik = r_ik e^{λ_k t/2},

with D_k = (e^{λ_k t} − 1)/λ_k. B is graded: scaled by the diagonal Δ it is nearly the identity.
Every factor below is formed from exponents that are known not to be large, and every row from
numbers of its own size, so nothing overflows and small singular values keep their digits beside
large ones. What scaling does not cure is rows that are nearly parallel, when W₀ is dominated by one
direction: without a tail L and H are triangularised by QR, at an error of about ε s₁/s_k of W₀;
with a tail by Cholesky factors of Gram matrices, at the square of that, and the margin says when it
is too much.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from gradflow._precision import (
    cholesky,
    qr,
    qr_triangle,
    singular_values,
    thin_svd,
    triangular_inverse,
)
from gradflow.methods._logistic import log_growth_ratio
from gradflow.methods._solution import AbstractFlow
from gradflow.methods.exact._echelon import echelon_rows

# Times evaluated together: enough to keep the cores busy, few enough to stay in cache.
TIMES_AT_ONCE = 8


class ExactFlow(AbstractFlow):
    """One lane: the head of the spectrum column by column, the tail by its nodes.

    Attributes:
        log_lengths: (d,), ln ‖r_i‖; −inf for a row that is zero.
        pivot_eigenvalues: (d,), λ at the pivots.
        head: (h,), the leading eigenvalues.
        head_rows: (d, h), r_i / ‖r_i‖ on the head.
        nodes: (p,), eigenvalues that stand for the tail; none if the head is everything.
        node_grams: (p, d, d), Σ over the tail of coefficients · r_·k r_·kᵀ, rows scaled as above.
        loss_at_origin: The loss of W = 0: ⅛‖M‖²_F, plus what the loss has beside ⅛‖WWᵀ − M‖²_F.
    """

    log_lengths: Float[Array, " d"]
    pivot_eigenvalues: Float[Array, " d"]
    head: Float[Array, " h"]
    head_rows: Float[Array, "d h"]
    nodes: Float[Array, " p"]
    node_grams: Float[Array, "p d d"]
    loss_at_origin: Float[Array, ""]

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t), falling."""
        inverse, scale, _ = self.bracket(time)
        factor, _ = self._factor(time)
        return 2 * jnp.log(singular_values(inverse @ (scale[:, None] * factor)))

    def at(
        self, time: Float[Array, ""]
    ) -> tuple[Float[Array, " d"], Float[Array, ""], Float[Array, ""]]:
        """Return s_k(t), falling; the loss, L(0) − ¼ tr WᵀMW + ⅛ Σ s_k⁴; the margin.

        The margin is the smallest share of a row of L or H that is its own, squared: rounding
        errors are about ε over it. Without a tail it is not needed and one.
        """
        inverse, scale, margin = self.bracket(time)
        factor, other_margin = self._factor(time)
        values = singular_values(inverse @ (scale[:, None] * factor))
        # tr WᵀMW = tr L⁻¹ (H Λ Hᵀ) L⁻ᵀ, from the Gram matrix whose terms have λ_k as a factor.
        weighted = self._gram(time, weighted=True) * scale[:, None] * scale
        overlap = jnp.vdot(inverse @ weighted, inverse)
        loss = self.loss_at_origin - overlap / 4 + jnp.sum(values**4) / 8
        return values, loss, jnp.minimum(margin, other_margin)

    def coordinates(
        self, time: Float[Array, ""], eigenvalues: Float[Array, " n"], rows: Float[Array, "d n"]
    ) -> Float[Array, "n d"]:
        """Return UᵀW(t) in principal axes: columns are left singular vectors times singular values.

        Args:
            time: t ≥ 0.
            eigenvalues: All of M's (n,), falling.
            rows: All of r_i / ‖r_i‖ (d, n), head and tail.
        """
        frame, triangle = qr(self.unrotated(time, eigenvalues, rows))
        left, values, _ = thin_svd(triangle)
        return frame @ (left * values)

    def unrotated(
        self, time: Float[Array, ""], eigenvalues: Float[Array, " n"], rows: Float[Array, "d n"]
    ) -> Float[Array, "n d"]:
        """Return UᵀW(t), turned on the right as it comes; arguments as above."""
        inverse, scale, _ = self.bracket(time)
        below = eigenvalues - self.pivot_eigenvalues[:, None]
        grown = rows * jnp.exp(jnp.minimum(below, 0) * time / 2)
        return (inverse @ (scale[:, None] * grown)).T

    def bracket(
        self, time: Float[Array, ""]
    ) -> tuple[Float[Array, "d d"], Float[Array, " d"], Float[Array, ""]]:
        """Return L⁻¹ of the scaled bracket, the factor that scales rows of H, and the margin.

        The scale is Δ_i = 1 + ‖r_i‖² D_{p_i}, an upper bound of B_ii with B_ii's growth.

        Args:
            time: t ≥ 0.

        Returns:
            L⁻¹ (d, d), ‖r_i‖ e^{λ_{p_i} t/2} Δ_i^{−1/2} (d,), and the margin of L.
        """
        exponent = self.pivot_eigenvalues * time
        # All in units of e^{max(λt, 0)}: ln ‖r‖²D = log_grown, ln 1 = log_one, ln Δ = log_scale.
        log_grown = 2 * self.log_lengths + jnp.log(time) + log_growth_ratio(exponent)
        log_one = -jnp.maximum(exponent, 0)
        log_scale = jnp.logaddexp(log_one, log_grown)
        # Both parts of the scaled diagonal, 1/Δ and ‖r‖²D/Δ, are at most one and add up to one.
        grown = jnp.exp((log_grown - log_scale) / 2)
        root_one = jnp.exp((log_one - log_scale) / 2)
        if self.nodes.size == 0:
            # LLᵀ = I/Δ + rows rowsᵀ by QR of both factors, one above the other: no Gram matrix.
            rows = self._integrated_rows(time) * grown[:, None]
            lower = qr_triangle(jnp.concatenate([jnp.diag(root_one), rows.T])).T
            margin = jnp.ones((), lower.dtype)
        else:
            gram = self._integrated_gram(time) * grown[:, None] * grown
            lower, margin = _cholesky_and_margin(gram + jnp.diag(root_one**2))
        inverse = triangular_inverse(lower)
        row_scale = jnp.exp(self.log_lengths + (jnp.minimum(exponent, 0) - log_scale) / 2)
        return inverse, row_scale, margin

    def _factor(self, time: Float[Array, ""]) -> tuple[Float[Array, "d d"], Float[Array, ""]]:
        """Return a triangle with the Gram matrix of H's rows, in their units, and its margin."""
        if self.nodes.size == 0:
            return qr_triangle(self._rows(time).T).T, jnp.ones((), self.head_rows.dtype)
        # A row that is absent is zero and would end the factorisation: a one on the diagonal keeps
        # it going, and the row's scale, zero, takes it out again.
        absent = jnp.isneginf(self.log_lengths)
        return _cholesky_and_margin(self._gram(time) + jnp.diag(absent))

    def _rows(self, time: Float[Array, ""]) -> Float[Array, "d h"]:
        """Return r_ik e^{λ_k t/2} on the head, in units of ‖r_i‖ e^{λ_{p_i} t/2}."""
        return self.head_rows * _decay(self.head - self.pivot_eigenvalues[:, None], time / 2)

    def _integrated_rows(self, time: Float[Array, ""]) -> Float[Array, "d h"]:
        """Return r_ik D_k^{1/2} on the head, in units of ‖r_i‖ D_{p_i}^{1/2}."""
        return self.head_rows * _root_growth_ratio(self.head, self.pivot_eigenvalues[:, None], time)

    def _gram(self, time: Float[Array, ""], weighted: bool = False) -> Float[Array, "d d"]:
        """Return Σ_k r_ik r_jk e^{λ_k t} (times λ_k), rows in units of ‖r_i‖ e^{λ_{p_i} t/2}."""
        rows = self._rows(time)
        head = (rows * self.head if weighted else rows) @ rows.T
        if self.nodes.size == 0:
            return head
        # Nodes in units of the first, the largest; then in units of each row's pivot.
        weights = jnp.exp((self.nodes - self.nodes[0]) * time)
        weights = weights * self.nodes if weighted else weights
        into_units = _decay(self.nodes[0] - self.pivot_eigenvalues, time / 2)
        return head + self._mix(weights, into_units)

    def _integrated_gram(self, time: Float[Array, ""]) -> Float[Array, "d d"]:
        """Return Σ_k r_ik r_jk D_k, rows in units of ‖r_i‖ D_{p_i}^{1/2}."""
        rows = self._integrated_rows(time)
        weights = _root_growth_ratio(self.nodes, self.nodes[0], time) ** 2
        into_units = _root_growth_ratio(self.nodes[0], self.pivot_eigenvalues, time)
        return rows @ rows.T + self._mix(weights, into_units)

    def _mix(
        self, weights: Float[Array, " p"], into_units: Float[Array, " d"]
    ) -> Float[Array, "d d"]:
        # Σ_m weight_m G_m of the nodes' Gram matrices, as one product.
        dim = into_units.size
        mixed = (weights @ self.node_grams.reshape(-1, dim * dim)).reshape(dim, dim)
        return mixed * into_units[:, None] * into_units


def unit_rows(
    coordinates: Float[Array, "d n"],
) -> tuple[Float[Array, "d n"], Float[Array, " d"], Int[Array, " d"]]:
    """Return echelon rows of W₀ᵀU over their lengths, ln of the lengths, and the pivots."""
    rows, pivots = echelon_rows(coordinates)
    largest = jnp.max(jnp.abs(rows), axis=1, keepdims=True)
    rows = rows / jnp.where(largest > 0, largest, 1.0)
    lengths = jnp.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / jnp.where(lengths > 0, lengths, 1.0)
    return rows, (jnp.log(largest) + jnp.log(lengths))[:, 0], pivots


def _cholesky_and_margin(
    gram: Float[Array, "d d"],
) -> tuple[Float[Array, "d d"], Float[Array, ""]]:
    """Return the lower factor, and the least share of a squared row that is its own."""
    lower = cholesky(gram)
    return lower, jnp.min(jnp.diagonal(lower) ** 2 / jnp.diagonal(gram))


def _decay(difference: Float[Array, "..."], time: Float[Array, ""]) -> Float[Array, "..."]:
    """Return e^{(λ_k − λ_{p_i}) t}, capped at one before the pivot, where a row is zero."""
    return jnp.exp(jnp.minimum(difference, 0) * time)


def _root_growth_ratio(
    eigenvalues: Float[Array, "..."], reference: Float[Array, "..."], time: Float[Array, ""]
) -> Float[Array, "..."]:
    """Return (D(λ)/D(reference))^{1/2}, capped like `_decay`; large exponents cancel first."""
    large = (jnp.maximum(eigenvalues, 0) - jnp.maximum(reference, 0)) * time
    small = log_growth_ratio(eigenvalues * time) - log_growth_ratio(reference * time)
    return jnp.exp(jnp.minimum(large + small, 0) / 2)
