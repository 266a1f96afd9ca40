"""Losses that are a sum over all pairs of words, tied or untied.

    L = Σ_ij [A_ij φ(b_j − x_ij) + B_ij φ(x_ij − b_j)] = Σ_ij [G_ij φ(y_ij) − A_ij y_ij],

with G = A + B, y = x − b, and x = WWᵀ (tied) or WCᵀ (untied). Negative sampling has b = 0 and φ the
softplus; the Taylor orders truncate φ; noise-contrastive estimation has b_j = ln(k q_j) + ln Z.
"""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow.losses._softplus import AbstractSoftplus, Softplus
from gradflow.losses._tiled_sums import Pass, Sums, Weights, tiled_sums
from gradflow.losses._tiles import Tiles, tiled


class PairCosts(eqx.Module):
    """The cost of every pair as a function of its score.

    Args:
        positive: A (V, V).
        left: (V, r), the left factors of G = αA + Σ_r left_r right_rᵀ. In that form one V × V
            matrix is enough.
        right: (V, r), the right factors.
        total: G (V, V) where it does not have that form, or None.
        offset: b (V,), or None for zero.
        share: α.
        softplus: The function φ.
        dtype: The type of the weights.
        tile: The number of rows of a tile; None for one that is fast.
    """

    positive: Tiles
    left: Float[Array, "r V"]
    right: Float[Array, "r V"]
    total: Tiles | None
    offset: Float[Array, " V"] | None
    share: float = eqx.field(static=True)
    softplus: AbstractSoftplus
    even: bool = eqx.field(static=True)

    def __init__(
        self,
        positive: Float[np.ndarray, "V V"],
        left: Float[np.ndarray, "V r"],
        right: Float[np.ndarray, "V r"],
        total: Float[np.ndarray, "V V"] | None = None,
        offset: Float[np.ndarray, " V"] | None = None,
        share: float = 1.0,
        softplus: AbstractSoftplus | None = None,
        dtype: jnp.dtype | None = None,
        tile: int | None = None,
    ) -> None:
        symmetric = all(
            matrix is None or np.array_equal(matrix, np.asarray(matrix).T)
            for matrix in (positive, total)
        )
        cut = functools.partial(tiled, symmetric=symmetric, length=tile, dtype=dtype)
        self.positive = cut(np.asarray(positive))
        self.total = None if total is None else cut(np.asarray(total))
        self.left, self.right = (jnp.asarray(side, dtype).T for side in (left, right))
        self.offset = None if offset is None else jnp.asarray(offset, dtype)
        self.share = share
        self.softplus = Softplus() if softplus is None else softplus
        self.even = symmetric and offset is None and _symmetric_product(left, right)

    def passes(self, w: Float[Array, "V d"], c: Float[Array, "V d"]) -> list[Pass]:
        """Return the passes over the tiles that give R · C and Rᵀ · W."""
        arrays = (self.positive, self.left, self.right, self.total, self.offset)
        # Weights take the dtype of the embeddings; positions of entries stay integers.
        arrays = jax.tree.map(lambda x: x.astype(w.dtype) if eqx.is_inexact_array(x) else x, arrays)
        positive, left, right, total, offset = arrays
        weights = Weights(positive, self.share, left, right, total, None, offset)
        first = Pass(w, c, weights)
        return [first, Pass(c, w, weights.transposed())] if self.positive.symmetric else [first]


@eqx.filter_jit
def tied_loss(w: Float[Array, "V d"], costs: PairCosts) -> Float[Array, ""]:
    """Return L with x = WWᵀ.

    Args:
        w: Embeddings W.
        costs: Weights of the pairs.

    Returns:
        The loss, a scalar.

    Source: mikolov2013distributed in expectation over the samples; karkada2025, equation 1.
    """
    return _loss(_tied_passes(w, costs), costs)


@eqx.filter_jit
def tied_gradient(w: Float[Array, "V d"], costs: PairCosts) -> Float[Array, "V d"]:
    """Return (R + Rᵀ)W with R = ∂L/∂x, which is 2RW where R is symmetric, for half of the work.

    Args:
        w: Embeddings W.
        costs: Weights of the pairs.

    Returns:
        ∂L/∂W of shape (V, d). It costs 3V²d multiplications and as many additions where R is
        symmetric, 6V²d where it is not, and V²/2 or V² evaluations of φ′.
    """
    sums = tiled_sums(_tied_passes(w, costs), costs.softplus, loss=False, slopes=True)
    if costs.even:
        return 2 * (sums.rows[0] + sums.columns[0])
    return jnp.sum(jnp.stack([*sums.rows, *sums.columns]), axis=0)


@eqx.filter_jit
def untied_loss(
    w: Float[Array, "V d"], c: Float[Array, "V d"], costs: PairCosts
) -> Float[Array, ""]:
    """Return L with x = WCᵀ.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        costs: Weights of the pairs.

    Returns:
        The loss, a scalar.

    Source: mikolov2013distributed in expectation over the samples.
    """
    return _loss(costs.passes(w, c), costs)


@eqx.filter_jit
def untied_gradient(
    w: Float[Array, "V d"], c: Float[Array, "V d"], costs: PairCosts
) -> tuple[Float[Array, "V d"], Float[Array, "V d"]]:
    """Return RC and RᵀW with R = ∂L/∂x.

    Args:
        w: Embeddings W of the words.
        c: Embeddings C of the contexts.
        costs: Weights of the pairs.

    Returns:
        ∂L/∂W and ∂L/∂C, each (V, d). They cost three V × V × d products and V² evaluations of φ′.
    """
    sums = tiled_sums(costs.passes(w, c), costs.softplus, loss=False, slopes=True)
    if not costs.positive.symmetric:
        return sums.rows[0], sums.columns[0]
    return sums.rows[0] + sums.columns[1], sums.columns[0] + sums.rows[1]


def _tied_passes(w: Float[Array, "V d"], costs: PairCosts) -> list[Pass]:
    """Return the passes with x = WWᵀ; one is enough where R is symmetric."""
    passes = costs.passes(w, w)
    return passes[:1] if costs.even else passes


def _loss(passes: list[Pass], costs: PairCosts) -> Float[Array, ""]:
    """Return the loss of all pairs."""
    sums: Sums = tiled_sums(passes, costs.softplus, loss=True, slopes=False)
    assert sums.loss is not None
    return sums.loss


def _symmetric_product(left: Float[np.ndarray, "V r"], right: Float[np.ndarray, "V r"]) -> bool:
    """Return whether left · rightᵀ is symmetric, by one random vector in place of V² entries."""
    left, right = np.asarray(left, np.float64), np.asarray(right, np.float64)
    probe = np.random.default_rng(0).normal(size=len(left))
    product, transposed = left @ (right.T @ probe), right @ (left.T @ probe)
    tolerance = 1e-12 * np.abs(product).max(initial=0)
    return bool(np.allclose(product, transposed, rtol=0, atol=tolerance))
