"""Partial counts, sorted by row and column: in memory as far as they fit, else on the disk."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from gradflow.corpus._spool import TemporarySpace


@dataclasses.dataclass(frozen=True)
class Rows:
    """Some successive rows of a lower triangle.

    Attributes:
        begin: The first row.
        lengths: (rows,) int64, counts in each.
        columns: (n,) int32, rising in each row.
        values: (n,) counts, int64 or uint32.
    """

    begin: int
    lengths: np.ndarray
    columns: np.ndarray
    values: np.ndarray

    @classmethod
    def packed(
        cls, begin: int, lengths: np.ndarray, columns: np.ndarray, values: np.ndarray
    ) -> "Rows":
        """Copies of parts of larger arrays, in as few bytes as will do."""
        small = not len(values) or values.max() < 2**32
        return cls(begin, lengths, columns.copy(), values.astype(np.uint32 if small else np.int64))

    @property
    def end(self) -> int:
        """The row after the last."""
        return self.begin + len(self.lengths)

    @property
    def nbytes(self) -> int:
        """Memory taken."""
        return self.lengths.nbytes + self.columns.nbytes + self.values.nbytes

    def slice(self, begin: int, end: int) -> "Rows":
        """Those rows of `begin` to `end` that are here."""
        begin, end = max(begin, self.begin), min(end, self.end)
        lengths = self.lengths[begin - self.begin : end - self.begin]
        first = int(self.lengths[: begin - self.begin].sum())
        last = first + int(lengths.sum())
        return Rows(begin, lengths, self.columns[first:last], self.values[first:last])


@dataclasses.dataclass(frozen=True)
class _Stored:
    """Where the same lies in a file: lengths, columns, values."""

    begin: int
    end: int
    start: int
    entries: int
    wide: bool


class Run:
    """The rows of one partial count, appended in order, then read in any."""

    def __init__(self, space: TemporarySpace) -> None:
        self._space = space
        self._parts: list[Rows | _Stored] = []
        self._in_memory = 0
        self.entries = 0

    @property
    def in_memory(self) -> int:
        """Bytes of memory that the rows take."""
        return self._in_memory

    def append(self, rows: Rows, in_memory: bool) -> None:
        """Add the next rows, in memory or on the disk."""
        self.entries += len(rows.columns)
        self._in_memory += rows.nbytes if in_memory else 0
        self._parts.append(rows if in_memory else self._stored(rows))

    def add_lengths(self, totals: np.ndarray) -> None:
        """Add to (V,) totals the counts in each row."""
        for part in self._parts:
            if isinstance(part, Rows):
                totals[part.begin : part.end] += part.lengths
            else:
                count = part.end - part.begin
                totals[part.begin : part.end] += self._space.read(part.start, count, np.int64)

    def spill(self) -> None:
        """Move to the disk what is in memory."""
        for at, part in enumerate(self._parts):
            if isinstance(part, Rows):
                self._parts[at] = self._stored(part)
        self._in_memory = 0

    def parts(self, release: bool = False) -> Iterator[Rows]:
        """All rows as they were appended, one part at a time.

        Args:
            release: Whether to forget each part once it was handed out.
        """
        for at, part in enumerate(self._parts):
            yield part if isinstance(part, Rows) else self._read(part, part.begin, part.end)
            if release:
                self._parts[at] = _Stored(0, 0, 0, 0, False)

    def rows(self, begin: int, end: int) -> list[Rows]:
        """Rows `begin` to `end`, in as many pieces as they were appended in."""
        found = []
        for part in self._parts:
            if part.begin < end and begin < part.end:
                if isinstance(part, Rows):
                    found.append(part.slice(begin, end))
                else:
                    found.append(self._read(part, max(begin, part.begin), min(end, part.end)))
        return found

    def _stored(self, rows: Rows) -> _Stored:
        start = self._space.write(rows.lengths)
        self._space.write(rows.columns)
        self._space.write(rows.values)
        wide = rows.values.dtype == np.int64
        return _Stored(rows.begin, rows.end, start, len(rows.columns), wide)

    def _read(self, part: _Stored, begin: int, end: int) -> Rows:
        count = part.end - part.begin
        lengths = self._space.read(part.start, count, np.int64)
        first = int(lengths[: begin - part.begin].sum())
        lengths = lengths[begin - part.begin : end - part.begin]
        entries = int(lengths.sum())
        at = part.start + 8 * count
        columns = self._space.read(at + 4 * first, entries, np.int32)
        at += 4 * part.entries
        dtype = np.dtype(np.int64 if part.wide else np.uint32)
        values = self._space.read(at + dtype.itemsize * first, entries, dtype)
        return Rows(begin, lengths, columns, values)
