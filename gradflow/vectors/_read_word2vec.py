"""The two formats of word2vec: a line of text for each word, or binary numbers."""

import re
from typing import IO

import numpy as np

from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path

_HEADER = re.compile(rb"\s*(\d{1,18})[ \t]+(\d{1,18})\s*")
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_LONGEST_WORD = 1 << 20
_LONGEST_LINE = 1 << 26
_CHUNK = 1 << 22
_SAMPLE = 1 << 16


def read_word2vec(stream: IO[bytes], path: StrPath) -> tuple[str, list[str], np.ndarray]:
    """Return the format, words and vectors of a file.

    Args:
        stream: The file at its start, which can seek.
        path: Its name, for messages.

    Raises:
        DataError: The file is of neither format, or has more, fewer or other vectors than it says.
    """
    header = stream.readline(_LONGEST_LINE)
    sizes = _HEADER.fullmatch(header)
    if sizes is None:
        if _is_binary(header):
            raise DataError("path", "a file of word vectors", f"other bytes, {shown_path(path)}")
        stream.seek(0)
        dim = len(header.split()) - 1
        return "word2vec", *_read_text(stream, None, dim, 1, path)
    count, dim = int(sizes[1]), int(sizes[2])
    if not count or not dim:
        raise DataError("path", "a file of word vectors", f"{count} × {dim} in {shown_path(path)}")
    second = stream.readline(_LONGEST_LINE)
    stream.seek(len(header))
    # A number of a binary file may contain the byte of a line end, so one line may look like text.
    sample = stream.read(_SAMPLE)
    stream.seek(len(header))
    if _parsed(second, dim) is None and (_is_binary(second) or _is_binary(sample)):
        return "word2vec-binary", *_read_binary(stream, count, dim, path)
    return "word2vec", *_read_text(stream, count, dim, 2, path)


def _is_binary(line: bytes) -> bool:
    """Return whether bytes are no UTF-8 text, or have control characters."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(line) - error.start > 3:  # otherwise a character is cut off at the end
            return True
    return _CONTROL.search(line) is not None


def _parsed(line: bytes, dim: int) -> tuple[bytes, np.ndarray] | None:
    """Return word and numbers of a line, or None.

    A word may have blanks in it, as some of GloVe's have. A word that ends in a number is a sign
    of more numbers than the header says.
    """
    word, *numbers = line.rstrip().rsplit(b" ", dim)
    if len(numbers) != dim or not word or (b" " in word and _is_number(word.rpartition(b" ")[2])):
        return None
    try:
        with np.errstate(over="ignore"):  # `WordVectors` refuses numbers that become infinite
            return word, np.array(list(map(float, numbers)), np.float32)
    except ValueError:
        return None


def _is_number(text: bytes) -> bool:
    """Return whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_text(
    stream: IO[bytes], count: int | None, dim: int, first: int, path: StrPath
) -> tuple[list[str], np.ndarray]:
    """Return words and vectors of lines of text, the first of which has a number for messages."""
    words: list[str] = []
    rows: list[np.ndarray] = []
    for number, line in enumerate(stream, first):
        if not line.strip():
            continue
        parsed = _parsed(line, dim) if dim else None
        if parsed is None:
            wanted = f"a word and {dim or 'its'} numbers a line"
            raise DataError("path", wanted, f"line {number} of {shown_path(path)}")
        words.append(_decoded(parsed[0], path))
        rows.append(parsed[1])
    if count is not None and len(words) != count:
        got = f"{len(words)} in {shown_path(path)}"
        raise DataError("path", f"{count} vectors, as the first line says", got)
    return words, np.stack(rows)


def _read_binary(
    stream: IO[bytes], count: int, dim: int, path: StrPath
) -> tuple[list[str], np.ndarray]:
    """Return words and vectors of the binary format.

    No memory is allocated for the number of vectors in the header, which may be wrong.
    """
    words: list[str] = []
    vectors, pending, start, length = bytearray(), b"", 0, 4 * dim
    while len(words) < count:
        blank = pending.find(b" ", start)
        if blank < 0 or len(pending) - blank - 1 < length:
            more = stream.read(max(_CHUNK, len(pending) - start))
            if not more or (blank < 0 and len(pending) - start > _LONGEST_WORD):
                got = f"{len(words)} in {shown_path(path)}"
                raise DataError("path", f"{count} vectors, as the first line says", got)
            pending, start = pending[start:] + more, 0
            continue
        words.append(_decoded(pending[start:blank].lstrip(b"\n"), path))
        start = blank + 1 + length
        vectors += pending[blank + 1 : start]
    if (pending[start:] + stream.read(16)).strip():
        wanted = f"{count} vectors, as the first line says"
        raise DataError("path", wanted, f"more bytes in {shown_path(path)}")
    return words, np.frombuffer(vectors, "<f4").reshape(count, dim)


def _decoded(word: bytes, path: StrPath) -> str:
    """Return a word as text."""
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        got = f"{word[:40]!r} in {shown_path(path)}"
        raise DataError("path", "words in UTF-8", got) from None
