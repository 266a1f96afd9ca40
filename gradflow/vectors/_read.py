"""Reading of word vectors; the content of a file tells its format."""

import contextlib
import gzip
import io
import json
import os
import pathlib
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path
from gradflow.vectors._gensim import read_gensim
from gradflow.vectors._read_word2vec import read_word2vec
from gradflow.vectors._word_vectors import WordVectors
from gradflow.vectors._write import vocab_path

_GZIP, _ZIP, _NPY, _PICKLE = b"\x1f\x8b", b"PK\x03\x04", b"\x93NUMPY", b"\x80"
_DAMAGE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, ValueError, KeyError, MemoryError)


def load_vectors(path: StrPath) -> WordVectors:
    r"""Read word vectors in any of the usual formats.

    The content of a file tells its format: word2vec's text, with the line of two numbers before it
    or without (GloVe); word2vec's binary format; NumPy's .npz with `words` and `vectors`, or .npy
    beside a text of the words, one a line, with the suffix .vocab. Any of them may be compressed
    (gzip). Files of gensim (`KeyedVectors.save`, or a complete model) are recognised by the suffix
    .kv or .model and read by gensim. **They are pickles: open none that you do not trust.**

    If a word occurs twice, the first vector is used, as in gensim, with a warning.

    Args:
        path: The file.

    Returns:
        The vectors, rounded to float32, in the order of the file.

    Raises:
        DataError: There is no such file, it is of another kind, cut short or damaged, has more or
            fewer vectors than it says, numbers that are not finite, or gensim is needed and
            missing.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder, "vectors.txt")
        ...     _ = file.write_text("sun 1 0\nmoon 0.5 0.5\n")
        ...     load_vectors(file)
        WordVectors(2 words, 2 dimensions)
    """
    with _opened(path) as (stream, name):
        start = stream.read(6)
        stream.seek(0)
        provenance: dict[str, Any] = {}
        vectors: Any
        words: Sequence[Any]
        if not start:
            raise DataError("path", "a file of word vectors", f"the empty file {shown_path(path)}")
        if name.endswith((".kv", ".model")):
            kind, (words, vectors) = "gensim", read_gensim(path)
        elif start.startswith(_ZIP):
            kind, (words, vectors, provenance) = "npz", _read_npz(stream, path)
        elif start.startswith(_NPY):
            kind, (words, vectors) = "npy", _read_npy(stream, path)
        elif start.startswith(_PICKLE):
            wanted = "a file of word vectors (gensim's with the suffix .kv or .model)"
            raise DataError("path", wanted, f"a pickle, {shown_path(path)}")
        else:
            kind, words, vectors = read_word2vec(stream, path)
    words, vectors = _without_repeats(words, vectors, path)
    source = {"file": os.path.basename(os.fspath(path)), "format": kind}
    try:
        return WordVectors(tuple(words), vectors, provenance or source)
    except DataError as error:
        raise DataError("path", error.wanted, f"{error.got} in {shown_path(path)}") from None


@contextlib.contextmanager
def _opened(path: StrPath) -> Iterator[tuple[IO[bytes], str]]:
    """Open a file, unpacked, and yield it with its name without .gz."""
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed below
    except IsADirectoryError:
        raise DataError(
            "path", "a file of word vectors", f"the folder {shown_path(path)}"
        ) from None
    except (OSError, TypeError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        got = f"nothing at {shown_path(path)}" if missing else f"{path!r}: {_reason(error)}"
        raise DataError("path", "a file of word vectors", got) from None
    name = pathlib.PurePath(os.fsdecode(path)).name.lower().removesuffix(".gz")
    with raw:
        source: IO[bytes] = raw if raw.seekable() else io.BytesIO(raw.read())
        packed = source.read(2) == _GZIP
        source.seek(0)
        opened: Any = gzip.GzipFile(fileobj=source) if packed else contextlib.nullcontext(source)
        try:
            with opened as stream:
                yield stream, name
        except DataError:
            raise
        except _DAMAGE as error:
            got = f"{shown_path(path)}: {_reason(error)}"
            raise DataError("path", "an undamaged file of word vectors", got) from error


def _reason(error: Exception) -> str:
    """Return the message of an error in one line."""
    message = getattr(error, "strerror", None) or str(error)
    return " ".join(str(message).split())[:200] or type(error).__name__


def _read_npz(stream: IO[bytes], path: StrPath) -> tuple[list[Any], np.ndarray, dict[str, Any]]:
    """Return words, vectors and provenance of an .npz file."""
    with np.load(stream, allow_pickle=False) as arrays:
        if "words" not in arrays or "vectors" not in arrays:
            got = f"{', '.join(arrays) or 'nothing'} in {shown_path(path)}"
            raise DataError("path", "an .npz with arrays 'words' and 'vectors'", got)
        words = arrays["words"]
        if words.ndim != 1 or words.dtype.kind not in "US":
            got = f"{words.ndim} axes of dtype {words.dtype} in {shown_path(path)}"
            raise DataError("path", "a list of strings in 'words'", got)
        if words.dtype.kind == "S":
            words = np.char.decode(words, "utf-8")
        stored = json.loads(str(arrays["provenance"])) if "provenance" in arrays else {}
        return words.tolist(), arrays["vectors"], stored if isinstance(stored, dict) else {}


def _read_npy(stream: IO[bytes], path: StrPath) -> tuple[list[str], np.ndarray]:
    """Return the words of the text beside an .npy file, and its vectors."""
    vectors = np.lib.format.read_array(stream, allow_pickle=False)
    vocabulary = vocab_path(os.fsdecode(path).removesuffix(".gz"))
    if not vocabulary.is_file():
        wanted = f"a text of the words, one a line, beside {shown_path(path)}"
        raise DataError("path", wanted, f"nothing at {shown_path(vocabulary)}")
    lines = vocabulary.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    if all(line.endswith("\r") for line in lines):  # Windows'
        lines = [line.removesuffix("\r") for line in lines]
    # word2vec's -save-vocab writes the count behind every word. A single line with a number may
    # be a word with a blank in it, so all lines must have one.
    split_lines = [line.rpartition(" ") for line in lines]
    if all(word and count.isdecimal() for word, _, count in split_lines) and len(lines) > 1:
        return [word for word, _, _ in split_lines], vectors
    return lines, vectors


def _without_repeats(
    words: Sequence[Any], vectors: Any, path: StrPath
) -> tuple[Sequence[Any], Any]:
    """Return the first vector of each word, with a warning if there are others."""
    first = {word: row for row, word in reversed(list(enumerate(words)))}
    if len(first) == len(words) or len(words) != len(vectors):
        return words, vectors
    first_rows = sorted(first.values())
    twice = next(word for row, word in enumerate(words) if first[word] != row)
    repeats = len(words) - len(first_rows)
    warnings.warn(
        f"{shown_path(path)}: {repeats} vectors of words that came before, such as {twice!r}, "
        "were left out",
        stacklevel=3,
    )
    return [words[row] for row in first_rows], np.asarray(vectors)[first_rows]
