"""One loop over the tiles of a pair loss, in which no V × V array but the weights exists.

Of every two tiles (I, J) and (J, I) of symmetric weights one is held and visited. A tied gradient
2RW then takes three products for each pair of tiles instead of four. In an untied loss the tile
that is not held is the transpose of the one that is, with W and C exchanged, so that half of A is
enough there too.

Products contract the last axis of their left factor: otherwise XLA on CPU transposes the factor,
which costs 60 % of the rate. Hence the transposed copy of W, and the transposed sum.
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
    """The weights A and G = αA + Σ_r left_r right_rᵀ (or `total`), and the offset b.

    Attributes:
        positive: A.
        share: α.
        left: (r, V), the left factors.
        right: (r, V), the right factors.
        total: G where it does not have that form, cut like A.
        row_offset: b_i by row (V,), or None.
        column_offset: b_j by column (V,), or None.
    """

    positive: Tiles
    share: float
    left: Float[Array, "r V"]
    right: Float[Array, "r V"]
    total: Tiles | None
    row_offset: Float[Array, " V"] | None
    column_offset: Float[Array, " V"] | None

    def transposed(self) -> "Weights":
        """Return the weights of (j, i), for symmetric A and `total`."""
        return self._replace(
            left=self.right,
            right=self.left,
            row_offset=self.column_offset,
            column_offset=self.row_offset,
        )


class Pass(NamedTuple):
    """A pass over the tiles: scores x = left · rightᵀ, whose residual R = ∂L/∂x gives R · right and
    Rᵀ · left.
    """

    left: Float[Array, "V d"]
    right: Float[Array, "V d"]
    weights: Weights


class Sums(NamedTuple):
    """The results of all passes.

    Attributes:
        loss: The loss of all passes together, or None.
        rows: R · right of each pass, (V, d).
        columns: Rᵀ · left of each pass, (V, d).
    """

    loss: Float[Array, ""] | None
    rows: list[Float[Array, "V d"]]
    columns: list[Float[Array, "V d"]]


def tiled_sums(passes: list[Pass], softplus: AbstractSoftplus, *, loss: bool, slopes: bool) -> Sums:
    """Visit every tile once, and return loss and products.

    Tile (I, J) of symmetric A stands for (J, I) too: both passes of an untied loss use it, and the
    one pass of a tied loss counts it twice. Tiles on the diagonal belong to the first pass; in a
    tied one Rᵀ · left is R · right there, and only the latter is made.

    Args:
        passes: One pass; or two, the second transposed, where A is symmetric and R is not.
        softplus: The function φ.
        loss: Whether to compute the loss.
        slopes: Whether to compute the products with R.
    """
    loop = _Loop(passes, softplus, loss, slopes)
    start = loop.nothing()
    if loop.per_side == 1:
        (total, columns), rows = loop.visit_row(start, jnp.asarray(0))
        rows = [row[None] for row in rows]
    else:
        (total, columns), rows = lax.scan(loop.visit_row, start, jnp.arange(loop.per_side))
    joined = functools.partial(_joined, size=passes[0].weights.positive.size)
    return Sums(
        total.sum() if loss else None,
        [joined(row) for row in rows],
        [joined(jnp.swapaxes(column, 1, 2)) for column in columns],
    )


class _Loop:
    """The body of the loop over rows of tiles, with the passes cut like the tiles."""

    def __init__(
        self, passes: list[Pass], softplus: AbstractSoftplus, loss: bool, slopes: bool
    ) -> None:
        positive = passes[0].weights.positive
        for single in passes:
            for side in (single.left, single.right):
                if len(side) != positive.size:
                    wanted = f"{positive.size} rows, one a word"
                    raise ArgumentError("w", wanted, f"shape {side.shape}")
        self.per_side, self.per_row = positive.per_side, positive.per_row
        self.symmetric = positive.symmetric
        self.tied = positive.symmetric and len(passes) == 1
        self.softplus, self.loss, self.slopes = softplus, loss, slopes
        self.cuts = [_Cut.of(single, positive.per_side, positive.length) for single in passes]

    def nothing(self) -> tuple[Array, list[Array]]:
        """Return zeros: the loss, one number a column of a tile, and Rᵀ · left of each pass.

        Sums over the rows of a tile run in vectors; the sum over columns is taken once, at the end.
        """
        first = self.cuts[0].left
        columns = [jnp.zeros_like(cut.left_columns) for cut in self.cuts] if self.slopes else []
        return jnp.zeros(first.shape[1], first.dtype), columns

    def visit_row(
        self, carry: tuple[Array, list[Array]], i: Array
    ) -> tuple[tuple[Array, list[Array]], list[Array]]:
        """Visit all tiles of a row of tiles; the loop collects their R · right."""
        loss, columns = carry
        rows = [jnp.zeros_like(cut.left[i]) for cut in self.cuts] if self.slopes else []
        if self.symmetric:
            loss, rows, columns = self._visit_diagonal(loss, rows, columns, i)

        def visit(k: Array, carry: tuple) -> tuple:
            """Visit the k-th tile of the row."""
            loss, rows, columns = carry
            # Rows of a symmetric matrix hold columns i, i + 1, …, which wrap around at the end.
            j = jnp.where(i + k < self.per_side, i + k, i + k - self.per_side)
            j = j if self.symmetric else k
            for p, cut in enumerate(self.cuts):
                term, residual = self._tile(cut, i, j, k)
                # In a tied loss the tile stands for its transpose too, which is not visited.
                loss = loss + (2 if self.tied else 1) * term
                if self.slopes:
                    down = cut.left_columns[i] @ residual
                    columns = _replaced(columns, p, _add(columns[p], j, down))
                    rows = _replaced(rows, p, rows[p] + residual @ cut.right[j])
            return loss, rows, columns

        first = 1 if self.symmetric else 0
        if first < self.per_row:
            loss, rows, columns = lax.fori_loop(first, self.per_row, visit, (loss, rows, columns))
        return (loss, columns), rows

    def _visit_diagonal(
        self, loss: Array, rows: list[Array], columns: list[Array], i: Array
    ) -> tuple[Array, list[Array], list[Array]]:
        """Visit the diagonal tile of a row, in the first pass alone.

        It is its own transpose, so the second pass of an untied loss would count it again; in a
        tied loss R is symmetric on it, and R · right serves for Rᵀ · left as well.
        """
        cut = self.cuts[0]
        term, residual = self._tile(cut, i, i, jnp.asarray(0))
        if self.slopes:
            rows = _replaced(rows, 0, residual @ cut.right[i])
            if not self.tied:
                down = cut.left_columns[i] @ residual
                columns = _replaced(columns, 0, _add(columns[0], i, down))
        return loss + term, rows, columns

    def _tile(self, cut: "_Cut", i: Array, j: Array, k: Array) -> tuple[Any, Any]:
        """Return the loss of tile (i, j), the k-th of its row, by column; and its residual R."""
        number = i * self.per_row + k
        y = cut.shifted(cut.left[i] @ cut.right[j].T, i, j)

        def weighted(a: Array) -> tuple[Any, Any]:
            """Return loss and residual for a dense tile of A."""
            if cut.total is not None:
                return cut.total.apply(lambda g: self._weighted(a, g, y), number)
            return self._weighted(a, cut.summed(a, i, j), y)

        return cut.positive.apply(weighted, number)

    def _weighted(self, a: Array, g: Array, y: Array) -> tuple[Any, Any]:
        """Return Σ_i [G φ(y) − A y] by column, and G φ′(y) − A."""
        loss = jnp.sum(g * self.softplus.value(y) - a * y, axis=0) if self.loss else 0.0
        return loss, g * self.softplus.slope(y) - a if self.slopes else None


class _Cut(NamedTuple):
    """A pass whose matrices are cut into n parts of b rows, the last one filled up with zeros."""

    left: Float[Array, "n b d"]
    left_columns: Float[Array, "n d b"]
    right: Float[Array, "n b d"]
    positive: Tiles
    total: Tiles | None
    share: float
    us: Float[Array, "n r b"]
    vs: Float[Array, "n r b"]
    row_offset: Float[Array, "n b"] | None
    column_offset: Float[Array, "n b"] | None

    @classmethod
    def of(cls, single: Pass, n: int, b: int) -> "_Cut":
        """Cut a pass; A is zero where its rows were filled up, so these cost and weigh nothing.

        With a constant G, as in the uniform weighting, they would cost G φ(0): their left and right
        factors are zero too.
        """
        cut = functools.partial(_cut, n=n, b=b)
        left, weights = cut(single.left), single.weights
        us, vs = (jnp.swapaxes(cut(u.T), 1, 2) for u in (weights.left, weights.right))
        row_offset, column_offset = (
            None if offset is None else cut(offset[:, None])[:, :, 0]
            for offset in (weights.row_offset, weights.column_offset)
        )
        return cls(
            left, jnp.swapaxes(left, 1, 2), cut(single.right),
            weights.positive, weights.total, weights.share, us, vs, row_offset, column_offset,
        )  # fmt: skip

    def shifted(self, x: Float[Array, "b b"], i: Array, j: Array) -> Float[Array, "b b"]:
        """Return y = x − b on tile (i, j)."""
        if self.row_offset is not None:
            x = x - self.row_offset[i][:, None]
        return x if self.column_offset is None else x - self.column_offset[j]

    def summed(self, a: Float[Array, "b b"], i: Array, j: Array) -> Float[Array, "b b"]:
        """Return tile (i, j) of G = αA + Σ_r left_r right_rᵀ."""
        u, v = self.us[i], self.vs[j]
        ranks = (u[r][:, None] * v[r] for r in range(u.shape[0]))
        return sum(ranks, self.share * a if self.share else jnp.zeros_like(a))


def _cut(x: Float[Array, "V m"], n: int, b: int) -> Float[Array, "n b m"]:
    """Return the rows of a matrix in n parts."""
    return jnp.pad(x, ((0, n * b - x.shape[0]), (0, 0))).reshape(n, b, x.shape[1])


def _joined(parts: Float[Array, "n b m"], size: int) -> Float[Array, "V m"]:
    """Return the V rows of n parts."""
    return parts.reshape(-1, parts.shape[2])[:size]


def _add(sums: Float[Array, "n ..."], index: Array, term: Array) -> Float[Array, "n ..."]:
    """Return the sums with a term added to one part, as a slice, which XLA updates in place."""
    return lax.dynamic_update_index_in_dim(sums, sums[index] + term, index, 0)


def _replaced(items: list[Any], index: int, item: Any) -> list[Any]:
    """Return the list with one item replaced."""
    return [*items[:index], item, *items[index + 1 :]]
