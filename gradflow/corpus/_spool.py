"""Arrays in a temporary file, where they are too large for the memory."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from gradflow._errors import DataError


class TemporarySpace:
    """A temporary file without a name, so that nothing is left of it however the process ends.

    It is in the folder that Python's `tempfile` chooses (the environment variable TMPDIR).
    """

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, values: np.ndarray) -> int:
        """Append an array and return the byte where it begins.

        Raises:
            DataError: The disk is full, or there is no folder for temporary files.
        """
        start = self.size
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
            self._file.seek(start)
            content = memoryview(np.ascontiguousarray(values).data).cast("B")
            # An unbuffered file may take fewer bytes than it is given.
            while len(content):
                content = content[self._file.write(content) :]
        except OSError as error:
            raise self._error(error) from error
        self.size += values.nbytes
        return start

    def read(self, start: int, count: int, dtype: Any) -> np.ndarray:
        """Return `count` numbers of an array that was written, from a byte on.

        Raises:
            DataError: The file cannot be read.
        """
        values = np.empty(count, dtype)
        if not count:
            return values
        assert self._file is not None
        unread = memoryview(values.data).cast("B")
        try:
            self._file.seek(start)
            while len(unread):
                count_read = self._file.readinto(unread)  # type: ignore[attr-defined]
                if not count_read:
                    raise OSError("a temporary file lost its end")
                unread = unread[count_read:]
        except OSError as error:
            raise self._error(error) from error
        return values

    def close(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _error(self, error: OSError) -> DataError:
        """Return the error of one line for a failure of the disk."""
        wanted = f"more temporary space in '{_folder()}' (TMPDIR chooses another folder)"
        reason = error.strerror or str(error).partition("\n")[0]
        return DataError(self._argument, wanted, f"{reason} after {self.size} bytes")


def _folder() -> str:
    """Return the folder of temporary files, for messages."""
    try:
        return tempfile.gettempdir()
    except OSError:
        return "no folder at all"


class IdSpool:
    """Word ids in order, in memory up to `memory_bytes` and beyond that in a temporary file."""

    def __init__(self, argument: str, memory_bytes: int) -> None:
        self._space = TemporarySpace(argument)
        self._memory_bytes = memory_bytes
        self._recent: list[np.ndarray] = []
        self._waiting = 0

    def __len__(self) -> int:
        return self._space.size // 4 + self._waiting

    def append(self, ids: np.ndarray) -> None:
        """Append int32 ids, an array that must not change afterwards."""
        self._recent.append(ids)
        self._waiting += len(ids)
        if 4 * self._waiting > self._memory_bytes:
            for block in self._recent:
                self._space.write(block)
            self._recent, self._waiting = [], 0

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """Return all ids from the start, `size` at a time; the last chunk may be shorter."""
        pending: list[np.ndarray] = []
        length = 0
        for block in self._parts(size):
            while length + len(block) >= size:
                head, block = block[: size - length], block[size - length :]
                yield _joined([*pending, head])
                pending, length = [], 0
            if len(block):
                pending.append(block)
                length += len(block)
        if pending:
            yield _joined(pending)

    def close(self) -> None:
        """Release the memory and the temporary file."""
        self._recent = []
        self._space.close()

    def _parts(self, size: int) -> Iterator[np.ndarray]:
        """Return all ids: those in the file, `size` at a time, then those in memory."""
        stored = self._space.size // 4
        for start in range(0, stored, size):
            yield self._space.read(4 * start, min(size, stored - start), np.int32)
        yield from self._recent


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    """Return arrays end to end; a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
