"""One loop over the tiles of a pair loss: nothing V × V is made beside the weights.

Of every two tiles (I, J) and (J, I) of symmetric weights one is held and visited. A tied gradient
2RW then is three products a pair of tiles instead of four. For W and C the tile that is not held,
transposed, is the one that is, with W and C changing places: half of A is enough there too.

Products contract the last axis of their left factor, since XLA on CPU transposes the factor where
they do not (40 % of the rate): hence the transposed copy of W, and the transposed sum.
"""

import functools
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from gradflow._errors import ArgumentError
from gradflow.losses._softplus import AbstractSoftplus
from gradflow.losses._tiles import Tiles


class Weights(NamedTuple):
    """A and G = αA + Σ_r left_r right_rᵀ (or `total`), and the offset b.

    Attributes:
        positive: A.
        share: α.
        left: (r, V).
        right: (r, V).
        total: G where it is not of that form, cut like A.
        above: b_i by row (V,), or None.
        beside: b_j by column (V,), or None.
    """

    positive: Tiles
    share: float
    left: Float[Array, "r V"]
    right: Float[Array, "r V"]
    total: Tiles | None
    above: Float[Array, " V"] | None
    beside: Float[Array, " V"] | None

    def transposed(self) -> "Weights":
        """Return the weights of (j, i), for symmetric A and `total`."""
        return self._replace(left=self.right, right=self.left, above=self.beside, beside=self.above)


class Pass(NamedTuple):
    """Scores x = left · rightᵀ, R = ∂L/∂x: R · right and Rᵀ · left are wanted."""

    left: Float[Array, "V d"]
    right: Float[Array, "V d"]
    weights: Weights


class Sums(NamedTuple):
    """R · right and Rᵀ · left of each pass, (V, d), and the loss of all passes together."""

    loss: Float[Array, ""] | None
    rows: list[Float[Array, "V d"]]
    columns: list[Float[Array, "V d"]]


def tiled_sums(passes: list[Pass], softplus: AbstractSoftplus, *, loss: bool, slopes: bool) -> Sums:
    """Return the sums of all passes, visiting every tile once.

    Of symmetric A, tile (I, J) stands for (J, I) too: both passes of an untied loss use it, and the
    one pass of a tied loss counts it twice. Tiles on the diagonal belong to the first pass; in a
    tied one Rᵀ · left is R · right there, and only the latter is made.

    Args:
        passes: One; or two, the second transposed, where A is symmetric and R is not.
        softplus: φ.
        loss: Whether the loss is wanted.
        slopes: Whether the products with R are.
    """
    loop = _Loop(passes, softplus, loss, slopes)
    start = loop.nothing()
    if loop.per_side == 1:
        (total, columns), rows = loop.visit_row(start, jnp.asarray(0))
        rows = [sums[None] for sums in rows]
    else:
        (total, columns), rows = lax.scan(loop.visit_row, start, jnp.arange(loop.per_side))
    uncut = functools.partial(_joined, size=passes[0].weights.positive.size)
    return Sums(
        total.sum() if loss else None,
        [uncut(sums) for sums in rows],
        [uncut(jnp.swapaxes(sums, 1, 2)) for sums in columns],
    )


class _Loop:
    """What every turn of the loop over tiles needs."""

    def __init__(
        self, passes: list[Pass], softplus: AbstractSoftplus, loss: bool, slopes: bool
    ) -> None:
        positive = passes[0].weights.positive
        for each in passes:
            for side in (each.left, each.right):
                if len(side) != positive.size:
                    wanted = f"{positive.size} rows, one a word"
                    raise ArgumentError("w", wanted, f"shape {side.shape}")
        self.per_side, self.per_row = positive.per_side, positive.per_row
        self.symmetric = positive.symmetric
        self.tied = positive.symmetric and len(passes) == 1
        self.softplus, self.loss, self.slopes = softplus, loss, slopes
        self.cuts = [_Cut.of(each, positive.per_side, positive.length) for each in passes]

    def nothing(self) -> tuple[Array, list[Array]]:
        """Return zeros for the loss, by column of a tile to add in vectors, and Rᵀ · left."""
        first = self.cuts[0].left
        columns = [jnp.zeros_like(each.left_columns) for each in self.cuts] if self.slopes else []
        return jnp.zeros(first.shape[1], first.dtype), columns

    def visit_row(
        self, carry: tuple[Array, list[Array]], i: Array
    ) -> tuple[tuple[Array, list[Array]], list[Array]]:
        """Visit all tiles of a row of tiles; return the sums so far, and its R · right."""
        loss, columns = carry
        rows = [jnp.zeros_like(each.left[i]) for each in self.cuts] if self.slopes else []
        if self.symmetric:
            loss, rows, columns = self._visit_diagonal(loss, rows, columns, i)

        def visit(k: Array, carry: tuple) -> tuple:
            loss, rows, columns = carry
            # Of symmetric A, row i of tiles holds tiles i, i + 1, … around the end, half of them:
            # of every two tiles (i, j) and (j, i) exactly one, and every row as many as the others.
            j = jnp.where(i + k < self.per_side, i + k, i + k - self.per_side)
            j = j if self.symmetric else k
            for p, each in enumerate(self.cuts):
                term, residual = self._tile(each, i, j, k)
                # In a tied pass this tile stands for its mirror image, with the same loss.
                loss = loss + (2 if self.tied else 1) * term
                if self.slopes:
                    down = each.left_columns[i] @ residual
                    columns = _replaced(columns, p, _add(columns[p], j, down))
                    rows = _replaced(rows, p, rows[p] + residual @ each.right[j])
            return loss, rows, columns

        first = 1 if self.symmetric else 0
        if first < self.per_row:
            loss, rows, columns = lax.fori_loop(first, self.per_row, visit, (loss, rows, columns))
        return (loss, columns), rows

    def _visit_diagonal(
        self, loss: Array, rows: list[Array], columns: list[Array], i: Array
    ) -> tuple[Array, list[Array], list[Array]]:
        each = self.cuts[0]
        term, residual = self._tile(each, i, i, jnp.asarray(0))
        if self.slopes:
            rows = _replaced(rows, 0, residual @ each.right[i])
            if not self.tied:
                down = each.left_columns[i] @ residual
                columns = _replaced(columns, 0, _add(columns[0], i, down))
        return loss + term, rows, columns

    def _tile(self, each: "_Cut", i: Array, j: Array, k: Array) -> tuple[Any, Any]:
        """Return the loss of tile (i, j), the k-th of its row, by column; and its R."""
        tile = i * self.per_row + k
        y = each.shifted(each.left[i] @ each.right[j].T, i, j)

        def weighted(a: Array) -> tuple[Any, Any]:
            if each.total is not None:
                return each.total.apply(lambda g: self._weighted(a, g, y), tile)
            return self._weighted(a, each.summed(a, i, j), y)

        return each.positive.apply(weighted, tile)

    def _weighted(self, a: Array, g: Array, y: Array) -> tuple[Any, Any]:
        loss = jnp.sum(g * self.softplus.value(y) - a * y, axis=0) if self.loss else 0.0
        return loss, g * self.softplus.slope(y) - a if self.slopes else None


class _Cut(NamedTuple):
    """A pass whose matrices are cut into n parts of b rows."""

    left: Float[Array, "n b d"]
    left_columns: Float[Array, "n d b"]
    right: Float[Array, "n b d"]
    positive: Tiles
    total: Tiles | None
    share: float
    us: Float[Array, "n r b"]
    vs: Float[Array, "n r b"]
    above: Float[Array, "n b"] | None
    beside: Float[Array, "n b"] | None

    @classmethod
    def of(cls, each: Pass, n: int, b: int) -> "_Cut":
        """Return the pass with its matrices cut; zeros fill up the last part."""
        cut = functools.partial(_cut, n=n, b=b)
        left, weights = cut(each.left), each.weights
        us, vs = (jnp.swapaxes(cut(u.T), 1, 2) for u in (weights.left, weights.right))
        above, beside = (
            None if shift is None else cut(shift[:, None])[:, :, 0]
            for shift in (weights.above, weights.beside)
        )
        return cls(
            left, jnp.swapaxes(left, 1, 2), cut(each.right),
            weights.positive, weights.total, weights.share, us, vs, above, beside,
        )  # fmt: skip

    def shifted(self, x: Float[Array, "b b"], i: Array, j: Array) -> Float[Array, "b b"]:
        """Return y = x − b of tile (i, j)."""
        if self.above is not None:
            x = x - self.above[i][:, None]
        return x if self.beside is None else x - self.beside[j]

    def summed(self, a: Float[Array, "b b"], i: Array, j: Array) -> Float[Array, "b b"]:
        """Return tile (i, j) of G = αA + Σ_r left_r right_rᵀ."""
        u, v = self.us[i], self.vs[j]
        ranks = (u[r][:, None] * v[r] for r in range(u.shape[0]))
        return sum(ranks, self.share * a if self.share else jnp.zeros_like(a))


def _cut(x: Float[Array, "V m"], n: int, b: int) -> Float[Array, "n b m"]:
    return jnp.pad(x, ((0, n * b - x.shape[0]), (0, 0))).reshape(n, b, x.shape[1])


def _joined(parts: Float[Array, "n b m"], size: int) -> Float[Array, "V m"]:
    return parts.reshape(-1, parts.shape[2])[:size]


def _add(sums: Float[Array, "n ..."], part: Array, term: Array) -> Float[Array, "n ..."]:
    """Return sums with `term` added to one part: XLA updates a slice in place."""
    return lax.dynamic_update_index_in_dim(sums, sums[part] + term, part, 0)


def _replaced(items: list[Any], place: int, item: Any) -> list[Any]:
    return [*items[:place], item, *items[place + 1 :]]
