"""A large matrix in square tiles that fit into cache, the emptier ones as lists of entries."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

# Measured on two cores, V = 5,000, d = 100, as shares of their product rate: 0.76 at 264, 0.80 at
# 400, 0.87 at 720, 0.94 at 1,000, 0.71 at 1,672. One core alone is as fast at 256.
_TILE = 900
_ALIGNMENT = 8  # float64 numbers in the widest vector register
# Counts of 7.3 million words, V = 10,000 (17 % of pairs; tiles from 97 to 1 %), d = 100, without
# weighting: 443 MB and 218 ms a gradient at 0; 199 MB at 0.1, 183 MB and 240 ms at 0.125, 153 MB at
# 0.2, where processor time is 2 to 3 % above that at 0.125. A loss alone: 101 ms at 0, 134 ms.
_SPARSE = 0.125


class Entries(eqx.Module):
    """Tiles with few entries, one after the other as lists, and which tiles these are.

    Attributes:
        slots: Of every tile of the matrix: its place s among the dense ones, or −1 − s among these.
        starts: Where the list of each begins, and where the last one ends.
        positions: Of entries in their tile, row by row, rising; zeros at the end, so that `longest`
            entries can be read from everywhere.
        values: Of entries.
        longest: Entries in the longest list.
    """

    slots: Int[Array, " m"]
    starts: Int[Array, " s_plus_1"]
    positions: Int[Array, " e"]
    values: Float[Array, " e"]
    longest: int = eqx.field(static=True)

    def tile(self, place: Int[Array, ""], length: int) -> Float[Array, "b b"]:
        """One of these tiles, written out."""
        begin = self.starts[place]
        positions, values = (
            lax.dynamic_slice_in_dim(part, begin, self.longest)
            for part in (self.positions, self.values)
        )
        # What follows the list belongs to other tiles: it goes to places outside, each its own.
        number = jnp.arange(self.longest, dtype=positions.dtype)
        ours = number < self.starts[place + 1] - begin
        positions = jnp.where(ours, positions, length**2 + number)
        empty = jnp.zeros(length**2, values.dtype)
        filled = empty.at[positions].set(
            values, mode="drop", indices_are_sorted=True, unique_indices=True
        )
        return filled.reshape(length, length)


class Tiles(eqx.Module):
    """A V × V matrix in n × n square tiles, zeros filling up the last ones.

    Of a symmetric matrix half is held: row I has its tiles J = I, I + 1, …, I + (n − 1)/2, modulo
    n, n being odd. Of every two tiles (I, J) and (J, I) that is one, and all rows are equally long.

    Attributes:
        tiles: The dense ones, row by row, of shape (how many, b, b).
        entries: The sparse ones, or None where all tiles are dense.
        size: V.
        symmetric: Only half of the tiles is held.
    """

    tiles: Float[Array, "m b b"]
    entries: Entries | None
    size: int = eqx.field(static=True)
    symmetric: bool = eqx.field(static=True)

    @property
    def length(self) -> int:
        """b, rows of a tile."""
        return self.tiles.shape[-1]

    @property
    def per_side(self) -> int:
        """n, tiles along one side of the matrix."""
        return _per_side(self.size, self.length, self.symmetric)

    @property
    def per_row(self) -> int:
        """Tiles of a row that are held."""
        return _per_row(self.per_side, self.symmetric)

    @property
    def nbytes(self) -> int:
        """Memory that the matrix takes."""
        return sum(leaf.nbytes for leaf in jax.tree.leaves(self))

    def apply(self, function: Callable[[Float[Array, "b b"]], Any], index: Int[Array, ""]) -> Any:
        """function(tile), by the tile's number in order of rows.

        It is called inside the branch where tiles are of one kind: a dense tile that had to leave
        a branch would be copied.
        """
        entries = self.entries
        if entries is None:
            return function(self.tiles[index])
        slot = entries.slots[index]
        dense = lambda: function(self.tiles[slot])  # noqa: E731
        sparse = lambda: function(entries.tile(-1 - slot, self.length))  # noqa: E731
        return lax.cond(slot >= 0, dense, sparse) if len(self.tiles) else sparse()


def tiled(
    matrix: Float[np.ndarray, "V V"],
    *,
    symmetric: bool,
    length: int | None = None,
    dtype: jnp.dtype | None = None,
    sparse: float = _SPARSE,
) -> Tiles:
    """Cut a matrix into tiles on the host, at most one copy of it (half if symmetric) being made.

    Args:
        matrix: Any array NumPy can slice. Of a symmetric one, half of the tiles is read.
        symmetric: matrix equals its transpose.
        length: b; by default the multiple of 8 near 900 that needs least filling up.
        dtype: Of the tiles; that of the matrix by default.
        sparse: Tiles with at most this share of entries other than zero are held as lists of them,
            unless there is but one tile.
    """
    size = matrix.shape[0]
    b = length or tile_length(size, symmetric)
    n = _per_side(size, b, symmetric)
    corners = _corners(n, b, symmetric)
    parts = [matrix[i : i + b, j : j + b] for i, j in corners]
    share = np.array([np.count_nonzero(part) / b**2 for part in parts])
    few = (share <= sparse) & (len(parts) > 1)
    dtype = np.dtype(dtype or matrix.dtype)
    tiles = np.zeros((len(parts) - few.sum(), b, b), dtype)
    for s, at in enumerate(np.flatnonzero(~few)):
        tiles[s, : len(parts[at]), : parts[at].shape[1]] = parts[at]
    entries = _entries(parts, few, b, dtype) if few.any() else None
    return Tiles(jnp.asarray(tiles), entries, size, symmetric)


def untiled(tiles: Tiles) -> Float[np.ndarray, "V V"]:
    """The matrix that was cut, on the host."""
    b, n = tiles.length, tiles.per_side
    matrix = np.zeros((n * b, n * b), tiles.tiles.dtype)
    for (i, j), part in zip(_corners(n, b, tiles.symmetric), _on_host(tiles), strict=True):
        matrix[i : i + b, j : j + b] = part
        if tiles.symmetric:
            matrix[j : j + b, i : i + b] = part.T
    return matrix[: tiles.size, : tiles.size]


def tile_length(size: int, symmetric: bool = True, near: int = _TILE) -> int:
    """The multiple of 8 within an eighth of `near` that fills up least."""
    if size <= near:
        return -(-size // _ALIGNMENT) * _ALIGNMENT
    lengths = range(near * 9 // 8, near * 7 // 8 - 1, -_ALIGNMENT)
    return min(lengths, key=lambda b: _per_side(size, b, symmetric) * b)


def _per_side(size: int, length: int, symmetric: bool) -> int:
    n = -(-size // length)
    return n + 1 - n % 2 if symmetric else n


def _per_row(per_side: int, symmetric: bool) -> int:
    return (per_side + 1) // 2 if symmetric else per_side


def _corners(n: int, b: int, symmetric: bool) -> list[tuple[int, int]]:
    """First row and column of every tile that is held."""
    shape = n, _per_row(n, symmetric)
    return [(i * b, (i + k if symmetric else k) % n * b) for i, k in np.ndindex(shape)]


def _entries(parts: list[np.ndarray], few: np.ndarray, b: int, dtype: np.dtype) -> Entries:
    """Lists of the tiles where `few` is true."""
    slots = np.where(few, -np.cumsum(few), np.cumsum(~few) - 1)
    found = [(part, *np.nonzero(part)) for part, chosen in zip(parts, few, strict=True) if chosen]
    lengths = [len(rows) for _, rows, _ in found]
    longest, starts = max(lengths), np.concatenate([[0], np.cumsum(lengths)])
    positions = np.zeros(starts[-1] + longest, np.int32)
    values = np.zeros(len(positions), dtype)
    for begin, (part, rows, columns) in zip(starts, found, strict=False):
        positions[begin : begin + len(rows)] = rows * b + columns
        values[begin : begin + len(rows)] = part[rows, columns]
    integers = functools.partial(jnp.asarray, dtype=jnp.int32)
    return Entries(
        integers(slots), integers(starts), integers(positions), jnp.asarray(values), longest
    )


def _on_host(tiles: Tiles) -> Iterator[Float[np.ndarray, "b b"]]:
    """All tiles, dense, row by row."""
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
        ours = slice(starts[-1 - slot], starts[-slot])
        part = np.zeros(b**2, values.dtype)
        part[positions[ours]] = values[ours]
        yield part.reshape(b, b)
