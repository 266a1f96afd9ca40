"""Numbers that wait on the disk where they are too many for the memory."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from gradflow._errors import DataError


class TemporarySpace:
    """One file without a name, so that nothing is left of it however the process ends.

    It lies in the folder that Python's `tempfile` chooses (the environment variable TMPDIR).
    """

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, values: np.ndarray) -> int:
        """Append an array and return where it begins.

        Raises:
            DataError: The disk is full, or there is no folder for temporary files.
        """
        start = self.size
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - see close
            self._file.seek(start)
            content = memoryview(np.ascontiguousarray(values).data).cast("B")
            while len(content):
                content = content[self._file.write(content) :]
        except OSError as error:
            raise self._error(error) from error
        self.size += values.nbytes
        return start

    def read(self, start: int, count: int, dtype: Any) -> np.ndarray:
        """An array that was written, or a part of it."""
        values = np.empty(count, dtype)
        if not count:
            return values
        assert self._file is not None
        rest = memoryview(values.data).cast("B")
        try:
            self._file.seek(start)
            while len(rest):
                done = self._file.readinto(rest)  # type: ignore[attr-defined]
                if not done:
                    raise OSError("a temporary file lost its end")
                rest = rest[done:]
        except OSError as error:
            raise self._error(error) from error
        return values

    def close(self) -> None:
        """Give the space back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _error(self, error: OSError) -> DataError:
        wanted = f"more temporary space in '{_folder()}' (TMPDIR chooses another folder)"
        reason = error.strerror or str(error).partition("\n")[0]
        return DataError(self._argument, wanted, f"{reason} after {self.size} bytes")


def _folder() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "no folder at all"


class IdSpool:
    """Word ids in order: in memory, and beyond `memory_bytes` in a temporary file."""

    def __init__(self, argument: str, memory_bytes: int) -> None:
        self._space = TemporarySpace(argument)
        self._memory_bytes = memory_bytes
        self._recent: list[np.ndarray] = []
        self._waiting = 0

    def __len__(self) -> int:
        return self._space.size // 4 + self._waiting

    def append(self, ids: np.ndarray) -> None:
        """Keep int32 ids; the array must not change afterwards."""
        self._recent.append(ids)
        self._waiting += len(ids)
        if 4 * self._waiting > self._memory_bytes:
            for part in self._recent:
                self._space.write(part)
            self._recent, self._waiting = [], 0

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """All ids from the start, `size` at a time, the last ones fewer."""
        pending: list[np.ndarray] = []
        length = 0
        for part in self._parts(size):
            while length + len(part) >= size:
                head, part = part[: size - length], part[size - length :]
                yield _joined([*pending, head])
                pending, length = [], 0
            if len(part):
                pending.append(part)
                length += len(part)
        if pending:
            yield _joined(pending)

    def close(self) -> None:
        """Give back memory and the temporary file."""
        self._recent = []
        self._space.close()

    def _parts(self, size: int) -> Iterator[np.ndarray]:
        stored = self._space.size // 4
        for start in range(0, stored, size):
            yield self._space.read(4 * start, min(size, stored - start), np.int32)
        yield from self._recent


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
