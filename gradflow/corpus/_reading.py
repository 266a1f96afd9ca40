"""Streaming of a text file, plain or compressed, in pieces of bounded size."""

import bz2
import contextlib
import dataclasses
import gzip
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from gradflow._errors import DataError
from gradflow._files import shown_path

ReadProgress = Callable[[int, int | None], None]

BLOCK_BYTES = 1 << 20
# Longer than any word: a text without a blank for so long does not separate words by blanks.
LONGEST_WORD_BYTES = 1 << 24

_ARGUMENT = "texts_or_path"
_UNPACKERS: dict[str, Callable[[IO[bytes]], Any]] = {
    ".xz": lzma.open,
    ".gz": gzip.open,
    ".bz2": bz2.open,
}
_MAGIC = ((b"\xfd7zXZ\x00", ".xz"), (b"\x1f\x8b", ".gz"), (b"BZh", ".bz2"), (b"PK\x03\x04", ".zip"))
_DAMAGE = (lzma.LZMAError, zlib.error, EOFError, zipfile.BadZipFile)


@dataclasses.dataclass(frozen=True)
class Piece:
    """Bytes of a text that begin and end beside a word.

    Attributes:
        block: The bytes, unpacked.
        position: Their place in the unpacked text.
        done: The number of bytes read so far, of the file on disk or, for a pipe, of the text.
        total: The size of the file on disk; None for a pipe.
    """

    block: bytes
    position: int
    done: int
    total: int | None


def text_pieces(
    path: str, progress: ReadProgress | None = None, block_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[str, bool]]:
    """Stream the documents of a file, one a line.

    Args:
        path: A UTF-8 text, plain or in .gz, .bz2, .xz or a .zip of one member.
        progress: Called with the number of bytes of the file on disk read so far, and its size.
        block_bytes: The number of bytes read at a time.

    Yields:
        Pairs of a piece of text and whether a document ends with it. Only a line longer than a
        block comes in several pieces, cut at blanks, never inside a word.

    Raises:
        DataError: The file is missing, empty, damaged, or not UTF-8 text.
    """
    for piece in byte_pieces(path, block_bytes):
        if piece.block:
            yield from _documents(piece.block, piece.position, path)
        if progress is not None:
            progress(piece.done, piece.total)


def byte_pieces(path: str, block_bytes: int = BLOCK_BYTES) -> Iterator[Piece]:
    """Stream the bytes of a file, unpacked, cut at line ends, or at blanks in long lines.

    Raises:
        DataError: The file is missing, empty or damaged.
    """
    with _open(path) as (raw, stream):
        size = os.fstat(raw.fileno()).st_size if raw.seekable() else None
        position, pending = 0, b""
        for block in _blocks(stream, path, block_bytes):
            pending += block
            cut = _last_boundary(pending)
            if not cut and len(pending) > LONGEST_WORD_BYTES:
                where = f"from byte {position} of {shown_path(path)}"
                got = f"{len(pending)} bytes without a blank {where}"
                raise DataError(_ARGUMENT, "words separated by blanks", got)
            done = position + cut if size is None else raw.tell()
            yield Piece(pending[:cut], position, done, size)
            position, pending = position + cut, pending[cut:]
        if position + len(pending) == 0:
            raise DataError(_ARGUMENT, "a text", f"the empty file {shown_path(path)}")
        end = position + len(pending)
        yield Piece(pending, position, end if size is None else raw.tell(), size)


def checked(block: bytes, position: int, path: str) -> bytes:
    """Return the same bytes, which must be UTF-8 text.

    Raises:
        DataError: They are not.
    """
    if not block.isascii() or b"\0" in block:
        _decoded(block, position, path)
    return block


@contextlib.contextmanager
def _open(path: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Open a file, as it is on disk and unpacked."""
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed by the stack below
    except FileNotFoundError:
        wanted = "a text file (a text itself goes into a list)"
        raise DataError(_ARGUMENT, wanted, f"nothing at {shown_path(path)}") from None
    except IsADirectoryError:
        raise DataError(_ARGUMENT, "a text file", f"the folder {shown_path(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(_ARGUMENT, "a readable file", f"{shown_path(path)}: {reason}") from None
    with contextlib.ExitStack() as stack:
        stack.enter_context(raw)
        if not raw.seekable():
            yield raw, raw
            return
        start = raw.read(6)
        raw.seek(0)
        packing = _packing(path, start)
        if packing == ".zip":
            yield raw, stack.enter_context(_only_member(raw, path))
        elif packing and start:
            yield raw, stack.enter_context(_UNPACKERS[packing](raw))
        else:
            yield raw, raw


def _packing(path: str, start: bytes) -> str:
    """Return the packing by suffix, or else by the first bytes.

    The suffix comes first, so that a packed file with a damaged start is told to be damaged.
    """
    suffix = os.path.splitext(path)[1].lower()
    by_content = next((packing for magic, packing in _MAGIC if start.startswith(magic)), "")
    return suffix if suffix in (*_UNPACKERS, ".zip") else by_content


def _only_member(raw: IO[bytes], path: str) -> IO[bytes]:
    """Return the one file of a zip, open."""
    try:
        archive = zipfile.ZipFile(raw)
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            got = f"{len(members)} in {shown_path(path)}"
            raise DataError(_ARGUMENT, "a .zip that holds one text file", got)
        return archive.open(members[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise DataError(
            _ARGUMENT, "an undamaged .zip file", f"{shown_path(path)}: {error}"
        ) from error


def _blocks(stream: IO[bytes], path: str, block_bytes: int) -> Iterator[bytes]:
    """Read a stream to its end, and turn errors of unpacking into errors of one line."""
    while True:
        try:
            block = stream.read(block_bytes)
        except (*_DAMAGE, OSError) as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            got = f"{shown_path(path)}, damaged or cut short: {reason}"
            raise DataError(_ARGUMENT, "an undamaged file", got) from error
        if not block:
            return
        yield block


def _last_boundary(pending: bytes) -> int:
    """Return how many bytes end with the last line end, or else with the last blank, or 0."""
    return pending.rfind(b"\n") + 1 or max(pending.rfind(b" "), pending.rfind(b"\t")) + 1


def _documents(block: bytes, position: int, path: str) -> Iterator[tuple[str, bool]]:
    """Return the pieces of documents in a block, and whether a document ends with each.

    Blocks are cut next to ASCII bytes, so no character is ever split between two of them.
    """
    if not block:
        return
    text = _decoded(block, position, path)
    *lines, last = text.split("\n")
    for line in lines:
        yield line, True
    if last:
        yield last, False


def _decoded(block: bytes, position: int, path: str) -> str:
    """Return the text of a block; a byte order mark at the start of the file is left out."""
    try:
        text = block.decode("utf-8-sig" if position == 0 else "utf-8")
    except UnicodeDecodeError as error:
        offset = position + error.start
        got = f"byte 0x{block[error.start]:02x} at offset {offset} of {shown_path(path)}"
        raise DataError(_ARGUMENT, "UTF-8 text", got) from error
    zero = block.find(b"\0")
    if zero >= 0:
        got = f"a binary file: a zero byte at offset {position + zero} of {shown_path(path)}"
        raise DataError(_ARGUMENT, "UTF-8 text", got)
    return text
