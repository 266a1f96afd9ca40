"""Partial counts, sorted by row and column, in memory as far as they fit and else on the disk."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from gradflow.corpus._spool import TemporarySpace


@dataclasses.dataclass(frozen=True)
class Rows:
    """Consecutive rows of a lower triangle.

    Attributes:
        begin: The first row.
        lengths: (rows,) int64, the number of counts in each row.
        columns: (n,) int32, rising in each row.
        values: (n,), the counts, int64 or uint32.
    """

    begin: int
    lengths: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def packed(
        cls, begin: int, lengths: np.ndarray, columns: np.ndarray, values: np.ndarray
    ) -> "Rows":
        """Return rows with copies of the arrays, in as few bytes as hold them."""
        small = not len(values) or values.max() < 2**32
        return cls(begin, lengths, columns.copy(), values.astype(np.uint32 if small else np.int64))

    @property
    def end(self) -> int:
        """The row after the last one."""
        return self.begin + len(self.lengths)

    @property
    def nbytes(self) -> int:
        """The memory that the rows take."""
        return self.lengths.nbytes + self.columns.nbytes + self.values.nbytes

    def slice(self, begin: int, end: int) -> "Rows":
        """Return the rows from `begin` to `end` that are among these."""
        begin, end = max(begin, self.begin), min(end, self.end)
        lengths = self.lengths[begin - self.begin : end - self.begin]
        first = int(self.lengths[: begin - self.begin].sum())
        last = first + int(lengths.sum())
        return Rows(begin, lengths, self.columns[first:last], self.values[first:last])


@dataclasses.dataclass(frozen=True)
class _Stored:
    """Rows in a file: their lengths, columns and values, one array after the other.

    Attributes:
        begin: The first row.
        end: The row after the last one.
        start: The byte of the file where the arrays begin.
        entries: The number of counts.
        wide: Whether values are int64, not uint32.
    """

    begin: int
    end: int
    start: int
    entries: int
    wide: bool


class SortedRun:
    """The rows of one partial count, appended in order and then read in any order."""

    def __init__(self, space: TemporarySpace) -> None:
        self._space = space
        self._parts: list[Rows | _Stored] = []
        self._in_memory = 0
        self.entries = 0

    @property
    def in_memory(self) -> int:
        """The bytes of memory that the rows take."""
        return self._in_memory

    def append(self, rows: Rows, in_memory: bool) -> None:
        """Add the next rows, in memory or on the disk."""
        self.entries += len(rows.columns)
        self._in_memory += rows.nbytes if in_memory else 0
        self._parts.append(rows if in_memory else self._stored(rows))

    def add_lengths(self, totals: np.ndarray) -> None:
        """Add the number of counts in each row to (V,) totals."""
        for piece in self._parts:
            if isinstance(piece, Rows):
                totals[piece.begin : piece.end] += piece.lengths
            else:
                count = piece.end - piece.begin
                totals[piece.begin : piece.end] += self._space.read(piece.start, count, np.int64)

    def spill(self) -> None:
        """Move all rows in memory to the disk."""
        for number, piece in enumerate(self._parts):
            if isinstance(piece, Rows):
                self._parts[number] = self._stored(piece)
        self._in_memory = 0

    def parts(self, release: bool = False) -> Iterator[Rows]:
        """Return all rows as they were appended, one piece at a time.

        Args:
            release: Whether to forget each piece after the caller has used it.
        """
        for number, piece in enumerate(self._parts):
            yield piece if isinstance(piece, Rows) else self._read(piece, piece.begin, piece.end)
            if release:
                self._parts[number] = _Stored(0, 0, 0, 0, False)

    def rows(self, begin: int, end: int) -> list[Rows]:
        """Return rows `begin` to `end`, in as many pieces as they were appended in."""
        pieces = []
        for piece in self._parts:
            if piece.begin < end and begin < piece.end:
                if isinstance(piece, Rows):
                    pieces.append(piece.slice(begin, end))
                else:
                    pieces.append(self._read(piece, max(begin, piece.begin), min(end, piece.end)))
        return pieces

    def _stored(self, rows: Rows) -> _Stored:
        """Write rows to the file."""
        start = self._space.write(rows.lengths)
        self._space.write(rows.columns)
        self._space.write(rows.values)
        wide = rows.values.dtype == np.int64
        return _Stored(rows.begin, rows.end, start, len(rows.columns), wide)

    def _read(self, piece: _Stored, begin: int, end: int) -> Rows:
        """Read rows `begin` to `end` of a piece from the file."""
        count = piece.end - piece.begin
        lengths = self._space.read(piece.start, count, np.int64)
        first = int(lengths[: begin - piece.begin].sum())
        lengths = lengths[begin - piece.begin : end - piece.begin]
        entries = int(lengths.sum())
        columns_start = piece.start + 8 * count  # after the lengths, int64
        columns = self._space.read(columns_start + 4 * first, entries, np.int32)
        values_start = columns_start + 4 * piece.entries
        dtype = np.dtype(np.int64 if piece.wide else np.uint32)
        values = self._space.read(values_start + dtype.itemsize * first, entries, dtype)
        return Rows(begin, lengths, columns, values)
