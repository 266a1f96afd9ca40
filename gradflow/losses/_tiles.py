"""A large matrix as square tiles that fit into the cache, with sparse tiles as lists of entries."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

# The number of rows of a tile. Gradients on two cores with V = 5,000, d = 100, as shares of the
# rate of plain products: 0.76 with 264 rows, 0.80 with 400, 0.87 with 720, 0.94 with 1,000, 0.71
# with 1,672, which no longer fits into the cache. A single core is as fast with 256.
_TILE = 900
_ALIGNMENT = 8  # float64 numbers in the widest vector register
# The largest share of entries in a tile that is held as a list. Counts of 7.3 million words, V =
# 10,000 (17 % of pairs occur, from 97 to 1 % in a tile), d = 100, no weighting: with 0, 443 MB and
# 218 ms a gradient; with 0.1, 199 MB; with 0.125, 183 MB and 240 ms; with 0.2, 153 MB and 2 to 3 %
# more processor time than with 0.125. A loss without gradient takes 101 ms with 0, 134 with 0.125.
_SPARSE = 0.125


class Entries(eqx.Module):
    """Tiles with few entries as lists, one after the other.

    Attributes:
        slots: For every tile of the matrix its place s among the dense ones, or −1 − s if it is
            the s-th of these.
        starts: Where the list of each tile begins, and where the last one ends.
        positions: The positions of entries in their tile, row by row, rising; followed by zeros, so
            that `longest` entries can be read from any start.
        values: The entries.
        longest: The number of entries in the longest list.
    """

    slots: Int[Array, " m"]
    starts: Int[Array, " s_plus_1"]
    positions: Int[Array, " e"]
    values: Float[Array, " e"]
    longest: int = eqx.field(static=True)

    def tile(self, place: Int[Array, ""], length: int) -> Float[Array, "b b"]:
        """Return one of these tiles as a dense matrix."""
        begin = self.starts[place]
        positions, values = (
            lax.dynamic_slice_in_dim(array, begin, self.longest)
            for array in (self.positions, self.values)
        )
        # Slices have one length, so entries of other tiles may follow the list. They get positions
        # outside the tile, where they are dropped; all different, since indices must be unique.
        number = jnp.arange(self.longest, dtype=positions.dtype)
        in_list = number < self.starts[place + 1] - begin
        positions = jnp.where(in_list, positions, length**2 + number)
        empty = jnp.zeros(length**2, values.dtype)
        filled = empty.at[positions].set(
            values, mode="drop", indices_are_sorted=True, unique_indices=True
        )
        return filled.reshape(length, length)


class Tiles(eqx.Module):
    """A V × V matrix as n × n square tiles, the last ones filled up with zeros.

    Of a symmetric matrix half is held: row I has the tiles J = I, I + 1, …, I + (n − 1)/2, modulo
    n, with n odd. These are one of every two tiles (I, J) and (J, I), and all rows have equally
    many.

    Attributes:
        tiles: (m, b, b), the dense tiles, row by row.
        entries: The sparse tiles, or None where all tiles are dense.
        size: V.
        symmetric: Whether only half of the tiles are held.
    """

    tiles: Float[Array, "m b b"]
    entries: Entries | None
    size: int = eqx.field(static=True)
    symmetric: bool = eqx.field(static=True)

    @property
    def length(self) -> int:
        """The number of rows of a tile, b."""
        return self.tiles.shape[-1]

    @property
    def per_side(self) -> int:
        """The number of tiles along one side of the matrix, n."""
        return _per_side(self.size, self.length, self.symmetric)

    @property
    def per_row(self) -> int:
        """The number of tiles held of each row of tiles."""
        return _per_row(self.per_side, self.symmetric)

    @property
    def nbytes(self) -> int:
        """The bytes that the matrix takes."""
        return sum(leaf.nbytes for leaf in jax.tree.leaves(self))

    def apply(self, function: Callable[[Float[Array, "b b"]], Any], index: Int[Array, ""]) -> Any:
        """Return function(tile), for a tile by its number in order of rows.

        The function is called inside the branches for dense and sparse tiles: a dense tile that is
        the result of a branch would be copied.
        """
        entries = self.entries
        if entries is None:
            return function(self.tiles[index])
        slot = entries.slots[index]

        def of_dense() -> Any:
            """Apply the function to a dense tile."""
            return function(self.tiles[slot])

        def of_sparse() -> Any:
            """Apply the function to a sparse tile."""
            return function(entries.tile(-1 - slot, self.length))

        return lax.cond(slot >= 0, of_dense, of_sparse) if len(self.tiles) else of_sparse()


def tiled(
    matrix: Float[np.ndarray, "V V"],
    *,
    symmetric: bool,
    length: int | None = None,
    dtype: jnp.dtype | None = None,
    sparse: float = _SPARSE,
) -> Tiles:
    """Cut a matrix into tiles on the host, with at most one copy of it, or half if symmetric.

    Args:
        matrix: Any array that NumPy can slice. Of a symmetric one, half of the tiles are read.
        symmetric: Whether the matrix equals its transpose.
        length: b; None for the multiple of 8 near 900 that needs the fewest added zeros.
        dtype: The type of the tiles; None for that of the matrix.
        sparse: Tiles with at most this share of non-zero entries are held as lists, unless there
            is only one tile.
    """
    size = matrix.shape[0]
    b = length or tile_length(size, symmetric)
    n = _per_side(size, b, symmetric)
    corners = _corners(n, b, symmetric)
    blocks = [matrix[i : i + b, j : j + b] for i, j in corners]
    share = np.array([np.count_nonzero(block) / b**2 for block in blocks])
    is_sparse = (share <= sparse) & (len(blocks) > 1)
    dtype = np.dtype(dtype or matrix.dtype)
    tiles = np.zeros((len(blocks) - is_sparse.sum(), b, b), dtype)
    for slot, number in enumerate(np.flatnonzero(~is_sparse)):
        block = blocks[number]
        tiles[slot, : len(block), : block.shape[1]] = block
    entries = _entries(blocks, is_sparse, b, dtype) if is_sparse.any() else None
    return Tiles(jnp.asarray(tiles), entries, size, symmetric)


def untiled(tiles: Tiles) -> Float[np.ndarray, "V V"]:
    """Return the matrix that was cut, on the host."""
    b, n = tiles.length, tiles.per_side
    matrix = np.zeros((n * b, n * b), tiles.tiles.dtype)
    for (i, j), tile in zip(_corners(n, b, tiles.symmetric), _on_host(tiles), strict=True):
        matrix[i : i + b, j : j + b] = tile
        if tiles.symmetric:
            matrix[j : j + b, i : i + b] = tile.T
    return matrix[: tiles.size, : tiles.size]


def tile_length(size: int, symmetric: bool = True, near: int = _TILE) -> int:
    """Return the multiple of 8 within an eighth of `near` that needs the fewest added zeros."""
    if size <= near:
        return -(-size // _ALIGNMENT) * _ALIGNMENT
    lengths = range(near * 9 // 8, near * 7 // 8 - 1, -_ALIGNMENT)
    return min(lengths, key=lambda b: _per_side(size, b, symmetric) * b)


def _per_side(size: int, length: int, symmetric: bool) -> int:
    """Return n, which is odd for a symmetric matrix, so that half of each row can be held."""
    n = -(-size // length)
    return n + 1 - n % 2 if symmetric else n


def _per_row(per_side: int, symmetric: bool) -> int:
    """Return how many tiles of each row are held."""
    return (per_side + 1) // 2 if symmetric else per_side


def _corners(n: int, b: int, symmetric: bool) -> list[tuple[int, int]]:
    """Return the first row and column of every tile that is held."""
    shape = n, _per_row(n, symmetric)
    return [(i * b, (i + k if symmetric else k) % n * b) for i, k in np.ndindex(shape)]


def _entries(blocks: list[np.ndarray], is_sparse: np.ndarray, b: int, dtype: np.dtype) -> Entries:
    """Return the lists of the sparse tiles."""
    slots = np.where(is_sparse, -np.cumsum(is_sparse), np.cumsum(~is_sparse) - 1)
    sparse_blocks = [block for block, chosen in zip(blocks, is_sparse, strict=True) if chosen]
    places = [(block, *np.nonzero(block)) for block in sparse_blocks]
    lengths = [len(rows) for _, rows, _ in places]
    longest, starts = max(lengths), np.concatenate([[0], np.cumsum(lengths)])
    positions = np.zeros(starts[-1] + longest, np.int32)
    values = np.zeros(len(positions), dtype)
    for begin, (block, rows, columns) in zip(starts, places, strict=False):
        positions[begin : begin + len(rows)] = rows * b + columns
        values[begin : begin + len(rows)] = block[rows, columns]
    integers = functools.partial(jnp.asarray, dtype=jnp.int32)
    return Entries(
        integers(slots), integers(starts), integers(positions), jnp.asarray(values), longest
    )


def _on_host(tiles: Tiles) -> Iterator[Float[np.ndarray, "b b"]]:
    """Return all tiles as dense arrays, row by row."""
    dense, entries, b = np.asarray(tiles.tiles), tiles.entries, tiles.length
    if entries is None:
        yield from dense
        return
    positions, values = np.asarray(entries.positions), np.asarray(entries.values)
    starts = np.asarray(entries.starts)
    for slot in np.asarray(entries.slots):
        if slot >= 0:
            yield dense[slot]
            continue
        in_list = slice(starts[-1 - slot], starts[-slot])
        tile = np.zeros(b**2, values.dtype)
        tile[positions[in_list]] = values[in_list]
        yield tile.reshape(b, b)
