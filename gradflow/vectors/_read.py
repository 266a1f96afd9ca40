"""Files of word vectors, told apart by what is in them."""

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
from gradflow._files import StrPath, shown
from gradflow.vectors._gensim import read_gensim
from gradflow.vectors._read_word2vec import read_word2vec
from gradflow.vectors._word_vectors import WordVectors
from gradflow.vectors._write import vocab_path

_GZIP, _ZIP, _NPY, _PICKLE = b"\x1f\x8b", b"PK\x03\x04", b"\x93NUMPY", b"\x80"
_DAMAGE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, ValueError, KeyError, MemoryError)


def load_vectors(path: StrPath) -> WordVectors:
    """Read word vectors, whatever wrote them.

    The content says what a file is: word2vec's text, with the line of two numbers before it or
    without (GloVe); word2vec's binary format; NumPy's .npz with `words` and `vectors`, or .npy
    beside a text of the words, one a line, with the suffix .vocab. Any of them may be compressed
    (gzip). A file of gensim's own (`KeyedVectors.save`, or a whole model) is known by the suffix
    .kv or .model and read by gensim. **It is a pickle: open none that you do not trust.**

    Of a word that comes twice the first vector is kept, as gensim does, with a warning.

    Args:
        path: The file.

    Returns:
        The vectors, rounded to float32, in the order of the file.

    Raises:
        DataError: There is no such file, it is of another kind, cut short or damaged, has more or
            fewer vectors than it says, numbers that are not finite, or gensim is needed and
            missing.
    """
    with _opened(path) as (stream, name):
        start = stream.read(6)
        stream.seek(0)
        provenance: dict[str, Any] = {}
        vectors: Any
        words: Sequence[Any]
        if not start:
            raise DataError("path", "a file of word vectors", f"the empty file {shown(path)}")
        if name.endswith((".kv", ".model")):
            kind, (words, vectors) = "gensim", read_gensim(path)
        elif start.startswith(_ZIP):
            kind, (words, vectors, provenance) = "npz", _read_npz(stream, path)
        elif start.startswith(_NPY):
            kind, (words, vectors) = "npy", _read_npy(stream, path)
        elif start.startswith(_PICKLE):
            wanted = "a file of word vectors (gensim's with the suffix .kv or .model)"
            raise DataError("path", wanted, f"a pickle, {shown(path)}")
        else:
            kind, words, vectors = read_word2vec(stream, path)
    words, vectors = _without_repeats(words, vectors, path)
    source = {"file": os.path.basename(os.fspath(path)), "format": kind}
    try:
        return WordVectors(tuple(words), vectors, provenance or source)
    except DataError as error:
        raise DataError("path", error.wanted, f"{error.got} in {shown(path)}") from None


@contextlib.contextmanager
def _opened(path: StrPath) -> Iterator[tuple[IO[bytes], str]]:
    """What the file unpacks to, and its name without .gz."""
    try:
        raw = open(path, "rb")  # noqa: SIM115 - closed below
    except IsADirectoryError:
        raise DataError("path", "a file of word vectors", f"the folder {shown(path)}") from None
    except (OSError, TypeError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        got = f"nothing at {shown(path)}" if missing else f"{path!r}: {_reason(error)}"
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
            got = f"{shown(path)}: {_reason(error)}"
            raise DataError("path", "an undamaged file of word vectors", got) from error


def _reason(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return " ".join(str(said).split())[:200] or type(error).__name__


def _read_npz(stream: IO[bytes], path: StrPath) -> tuple[list[Any], np.ndarray, dict[str, Any]]:
    with np.load(stream, allow_pickle=False) as arrays:
        if "words" not in arrays or "vectors" not in arrays:
            got = f"{', '.join(arrays) or 'nothing'} in {shown(path)}"
            raise DataError("path", "an .npz with arrays 'words' and 'vectors'", got)
        words = arrays["words"]
        if words.ndim != 1 or words.dtype.kind not in "US":
            got = f"{words.ndim} axes of dtype {words.dtype} in {shown(path)}"
            raise DataError("path", "a list of strings in 'words'", got)
        if words.dtype.kind == "S":
            words = np.char.decode(words, "utf-8")
        said = json.loads(str(arrays["provenance"])) if "provenance" in arrays else {}
        return words.tolist(), arrays["vectors"], said if isinstance(said, dict) else {}


def _read_npy(stream: IO[bytes], path: StrPath) -> tuple[list[str], np.ndarray]:
    vectors = np.lib.format.read_array(stream, allow_pickle=False)
    beside = vocab_path(os.fsdecode(path).removesuffix(".gz"))
    if not beside.is_file():
        wanted = f"a text of the words, one a line, beside {shown(path)}"
        raise DataError("path", wanted, f"nothing at {shown(beside)}")
    lines = beside.read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    if all(line.endswith("\r") for line in lines):  # Windows'
        lines = [line.removesuffix("\r") for line in lines]
    # word2vec's own -save-vocab writes the count behind every word; a word may have a number, too.
    parted = [line.rpartition(" ") for line in lines]
    if all(word and count.isdecimal() for word, _, count in parted) and len(lines) > 1:
        return [word for word, _, _ in parted], vectors
    return lines, vectors


def _without_repeats(
    words: Sequence[Any], vectors: Any, path: StrPath
) -> tuple[Sequence[Any], Any]:
    """The first of each word."""
    first = {word: row for row, word in reversed(list(enumerate(words)))}
    if len(first) == len(words) or len(words) != len(vectors):
        return words, vectors
    kept = sorted(first.values())
    twice = next(word for row, word in enumerate(words) if first[word] != row)
    warnings.warn(
        f"{shown(path)}: {len(words) - len(kept)} vectors of words that came before, such as "
        f"{twice!r}, were left out",
        stacklevel=3,
    )
    return [words[row] for row in kept], np.asarray(vectors)[kept]
