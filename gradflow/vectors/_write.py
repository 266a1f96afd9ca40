"""Writing of word vectors; a file appears complete or not at all."""

import contextlib
import gzip
import json
import os
import pathlib
from collections.abc import Iterator, Sequence
from typing import IO, Any, Literal

import numpy as np
from jaxtyping import Float32

from gradflow._checks import one_of, shown
from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath, atomic_write
from gradflow.vectors._gensim import keyed_vectors, to_gensim

Format = Literal["word2vec", "word2vec-binary", "npz", "npy", "gensim"]
FORMATS: tuple[Format, ...] = ("word2vec", "word2vec-binary", "npz", "npy", "gensim")
_BY_SUFFIX: dict[str, Format] = {
    ".bin": "word2vec-binary", ".npz": "npz", ".npy": "npy", ".kv": "gensim"
}  # fmt: skip
_COMPRESSIBLE = ("word2vec", "word2vec-binary")
_BLOCK_ROWS = 1000  # rows of text that are formatted at a time
# In a NumPy array every word takes as many bytes as the longest, so one long word costs much.
_MOST_WORD_BYTES = 1 << 32


def file_format(path: StrPath, format: str | None = None) -> Format:  # noqa: A002
    """Return the format to write: the given one, or the one that the suffix names.

    Raises:
        ArgumentError: There is no such format, it cannot be compressed, or is not the suffix's.

    Example:
        >>> file_format("vectors.bin.gz"), file_format("vectors")
        ('word2vec-binary', 'word2vec')
    """
    name = pathlib.PurePath(os.fspath(path)).name.lower()
    compressed = name.endswith(".gz")
    suffix = pathlib.PurePath(name.removesuffix(".gz")).suffix
    chosen = _BY_SUFFIX.get(suffix, "word2vec") if format is None else format
    one_of("format", chosen, FORMATS)
    if compressed and chosen not in _COMPRESSIBLE:
        raise ArgumentError("format", "a word2vec format for a .gz file", shown(chosen))
    if chosen in ("npy", "gensim") and _BY_SUFFIX.get(suffix) != chosen:
        # Readers need these suffixes: to find the words beside a .npy, and to open pickles only
        # where they are meant.
        wanted = f"the suffix {'.npy' if chosen == 'npy' else '.kv'} for format {chosen!r}"
        raise ArgumentError("path", wanted, shown(os.fspath(path)))
    return FORMATS[FORMATS.index(chosen)]


def check_format(format: Format) -> None:  # noqa: A002
    """Check before any work that the package that writes a format is installed.

    Raises:
        DataError: gensim is needed and missing.
    """
    if format == "gensim":
        keyed_vectors()


def write_vectors(
    path: StrPath,
    format: str | None,  # noqa: A002
    words: Sequence[str],
    vectors: Float32[np.ndarray, "V d"],
    provenance: dict[str, Any],
) -> None:
    """Write one file (for "npy" two), as `WordVectors.save` says.

    Raises:
        ArgumentError: There is no such format.
        DataError: The file cannot be written, or the format cannot hold the words.
    """
    chosen = file_format(path, format)
    if chosen in _COMPRESSIBLE:
        _check_no_blanks(words, chosen)
        write = _write_text if chosen == "word2vec" else _write_binary
        with atomic_write(path, argument="path") as temporary, _opened(temporary) as stream:
            write(stream, words, vectors)
    elif chosen == "npz":
        arrays = {"words": _word_array(words), "vectors": vectors}
        arrays["provenance"] = np.array(json.dumps(provenance, ensure_ascii=False))
        with atomic_write(path, argument="path") as temporary, open(temporary, "wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
    elif chosen == "npy":
        _write_npy(pathlib.Path(path), words, vectors)
    else:
        keyed = to_gensim(words, vectors)
        with atomic_write(path, argument="path") as temporary:
            keyed.save(str(temporary), separately=[])  # one file, however large


def vocab_path(path: StrPath) -> pathlib.Path:
    """Return the path of the text of words beside an .npy file."""
    return pathlib.Path(path).with_suffix(".vocab")


def _write_npy(
    path: pathlib.Path, words: Sequence[str], vectors: Float32[np.ndarray, "V d"]
) -> None:
    """Write vectors and words; both files are complete before either takes its name."""
    with (
        atomic_write(path, argument="path") as first,
        atomic_write(vocab_path(path), argument="path") as second,
    ):
        second.write_bytes("".join(f"{word}\n" for word in words).encode("utf-8"))
        with open(first, "wb") as stream:
            np.save(stream, vectors, allow_pickle=False)


def _write_text(
    stream: IO[bytes], words: Sequence[str], vectors: Float32[np.ndarray, "V d"]
) -> None:
    """Write word2vec's text: nine digits give the same float32 back."""
    stream.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    line = "%s" + " %.9g" * vectors.shape[1] + "\n"
    for start in range(0, len(words), _BLOCK_ROWS):
        rows = vectors[start : start + _BLOCK_ROWS].tolist()
        lines = (line % (word, *row) for word, row in zip(words[start:], rows, strict=False))
        stream.write("".join(lines).encode("utf-8"))


def _write_binary(
    stream: IO[bytes], words: Sequence[str], vectors: Float32[np.ndarray, "V d"]
) -> None:
    """Write word2vec's binary format."""
    stream.write(f"{len(words)} {vectors.shape[1]}\n".encode())
    for word, row in zip(words, vectors.astype("<f4", copy=False), strict=True):
        stream.write(word.encode("utf-8") + b" " + row.tobytes() + b"\n")


@contextlib.contextmanager
def _opened(path: pathlib.Path) -> Iterator[IO[bytes]]:
    """Open a file, compressed if its name ends with .gz, without times in it.

    The same vectors so always give the same bytes.
    """
    with open(path, "wb") as raw:
        if path.name.endswith(".gz"):
            with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                yield packed  # type: ignore[misc] # it writes bytes as a file does
        else:
            yield raw


def _check_no_blanks(words: Sequence[str], format: str) -> None:  # noqa: A002
    """Check that a format in which blanks separate words can hold these."""
    for word in words:
        if " " in word:
            got = f"{shown(word)}; npz and gensim have room for it"
            raise DataError("words", f"words without blanks, for format {format!r}", got)


def _word_array(words: Sequence[str]) -> np.ndarray:
    """Return the words as an array, whose elements are as long as the longest."""
    longest = max(map(len, words))
    if 4 * longest * len(words) > _MOST_WORD_BYTES:
        wanted = "words short enough for an array of them, for format 'npz'"
        raise DataError("words", wanted, f"one of {longest} characters among {len(words)}")
    if any(word.endswith("\0") for word in words):
        raise DataError("words", "words that do not end with a zero byte, for format 'npz'", "one")
    return np.array(words)
