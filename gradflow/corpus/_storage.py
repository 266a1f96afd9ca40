"""The file format of statistics: one zip of a few plain members.

| member | content |
|---|---|
| `meta.json` | format, version, window, window weight ("weighting"), provenance, layout, SHA-256 |
| `words.txt` | the words in UTF-8, one a line |
| `unigrams.npy` | (V,) int64 |
| `pairs.npy` | pair counts of the upper triangle, diagonal included, row after row |
| `gaps.npy` | sparse layout only: distances between successive stored places of that triangle |

The members `pairs.npy` and `gaps.npy` have the smallest dtype that holds them, and are shuffled:
(itemsize, n) bytes, first the lowest byte of every number, then the next. The high bytes of counts
are nearly all zero, and side by side they take almost no space when compressed.
"""

import hashlib
import io
import itertools
import json
import os
import struct
import zipfile
import zlib
from lzma import LZMAError
from typing import Any

import numpy as np
import scipy.sparse

from gradflow._errors import DataError
from gradflow._files import atomic_write, shown_path

FORMAT = "gradflow co-occurrence statistics"
VERSION = 1
# LZMA packs 5 MB a second, which is too slow for files of more than this many bytes.
LZMA_BYTES = 1 << 26

_ENTRIES = 1 << 20  # the number of counts that are packed at a time
_META = "meta.json"
_PAYLOAD = ("words.txt", "unigrams.npy", "pairs.npy", "gaps.npy")
_START = b"PK\x03\x04"
_DAMAGE = (
    zipfile.BadZipFile,
    LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    RuntimeError,
    OSError,
    MemoryError,
)


def write_statistics(
    path: str | os.PathLike[str],
    *,
    words: tuple[str, ...],
    unigram_counts: np.ndarray,
    pair_counts: scipy.sparse.csr_array,
    window: int,
    weighting: str,
    provenance: dict[str, Any],
) -> None:
    """Write the fields of `CooccurrenceStatistics`; the same fields give the same bytes."""
    layout, members = _packed_pairs(pair_counts)
    members["words.txt"] = "\n".join(words).encode("utf-8")
    members["unigrams.npy"] = _npy(unigram_counts)
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "layout": layout,
        "sha256": _checksum(members),
        "window": window,
        "weighting": weighting,
        "provenance": provenance,
    }
    members[_META] = json.dumps(meta, indent=1, ensure_ascii=False).encode("utf-8")
    with atomic_write(path, argument="path") as temporary:
        _write_zip(temporary, members)


def read_statistics(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of `CooccurrenceStatistics` as a file has them.

    Raises:
        DataError: The file is missing, of another kind, newer, truncated or damaged.
    """
    try:
        meta, members = _members(_read(path), path)
        return _fields(meta, members)
    except DataError:
        raise
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        got = f"{shown_path(path)}, truncated or damaged ({reason})"
        raise DataError("path_or_name", "an undamaged statistics file", got) from error


def _fields(meta: dict[str, Any], members: dict[str, bytes]) -> dict[str, Any]:
    """Return the fields that the members of an archive hold."""
    if _checksum(members) != meta["sha256"]:
        raise ValueError("its content does not match its checksum")
    words = tuple(members["words.txt"].decode("utf-8").split("\n"))
    return {
        "words": words,
        "unigram_counts": _from_npy(members["unigrams.npy"]),
        "pair_counts": _unpacked_pairs(meta["layout"], members, len(words)),
        **{name: meta[name] for name in ("window", "weighting", "provenance")},
    }


def _read(path: str | os.PathLike[str]) -> bytes:
    """Return the bytes of a file."""
    wanted = "a statistics file"
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise DataError("path_or_name", wanted, f"nothing at {shown_path(path)}") from None
    except IsADirectoryError:
        raise DataError("path_or_name", wanted, f"the folder {shown_path(path)}") from None
    except OSError as error:
        raise DataError("path_or_name", wanted, f"{shown_path(path)}: {error.strerror}") from error


def _members(
    content: bytes, path: str | os.PathLike[str]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the facts of `meta.json` and the other members of an archive, unpacked."""
    wanted = "a statistics file written by gradflow"
    # A zip begins with the header of its first member, whose name follows after 30 bytes.
    named_meta = content[:4] == _START and content[30 : 30 + len(_META)] == _META.encode()
    if not named_meta:
        raise DataError("path_or_name", wanted, f"{shown_path(path)}, a file of another kind")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        meta = json.loads(archive.read(_META))
        if not isinstance(meta, dict) or meta.get("format") != FORMAT:
            raise DataError("path_or_name", wanted, f"{shown_path(path)}, a zip of another kind")
        if meta.get("version") != VERSION:
            wanted = f"statistics of format version {VERSION}"
            version = f"version {meta.get('version')!r:.20} in {shown_path(path)}"
            got = f"{version}: a newer gradflow reads it"
            raise DataError("path_or_name", wanted, got)
        present = set(archive.namelist())
        return meta, {name: archive.read(name) for name in _PAYLOAD if name in present}


def _write_zip(path: os.PathLike[str], members: dict[str, bytes]) -> None:
    """Write an archive whose bytes depend on its members alone: no times, no system."""
    large = sum(map(len, members.values())) > LZMA_BYTES
    packing = zipfile.ZIP_DEFLATED if large else zipfile.ZIP_LZMA
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name in (_META, *_PAYLOAD):  # the first name tells these files from other zips
            if name in members:
                entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                entry.create_system, entry.external_attr = 3, 0o644 << 16
                archive.writestr(entry, members[name], packing)


def _checksum(members: dict[str, bytes]) -> str:
    """Return the SHA-256 of names, lengths and contents of all members but `meta.json`."""
    digest = hashlib.sha256()
    for name in _PAYLOAD:
        if name in members:
            digest.update(f"{name} {len(members[name])}\n".encode())
            digest.update(members[name])
    return digest.hexdigest()


def _packed_pairs(counts: scipy.sparse.csr_array) -> tuple[str, dict[str, bytes]]:
    """Return the upper triangle in the layout that takes fewer bytes."""
    size = counts.shape[0]
    dtype = _smallest_type(int(counts.data.max(initial=0)))
    values, gaps = _upper_triangle(counts, dtype)
    dense_bytes = values.itemsize * (size * (size + 1) // 2)
    if dense_bytes > values.nbytes + gaps.nbytes:
        members = {"pairs.npy": _shuffled(values)}
        del values
        return "sparse", members | {"gaps.npy": _shuffled(gaps)}
    triangle = np.zeros(size * (size + 1) // 2, values.dtype)
    triangle[np.cumsum(gaps, dtype=np.int64)] = values
    return "dense", {"pairs.npy": _shuffled(triangle)}


def _upper_triangle(counts: scipy.sparse.csr_array, dtype: np.dtype) -> tuple[Any, Any]:
    """Return the counts of the upper triangle and the distances between their places, row by row.

    Some rows at a time are packed into small types, since the counts may fill the memory.
    """
    size = counts.shape[0]
    starts, last = _row_starts(size), 0
    values, gaps = [np.empty(0, dtype)], [np.empty(0, "<u1")]
    cuts = np.searchsorted(counts.indptr, np.arange(0, counts.nnz, _ENTRIES), side="right") - 1
    for begin, end in itertools.pairwise([*np.unique(cuts).tolist(), size]):
        entries = slice(counts.indptr[begin], counts.indptr[end])
        row = np.repeat(np.arange(begin, end), np.diff(counts.indptr[begin : end + 1]))
        upper = counts.indices[entries] >= row
        row = row[upper]
        places = starts[row] + counts.indices[entries][upper] - row
        values.append(counts.data[entries][upper].astype(dtype))
        gaps.append(_smallest(np.diff(places, prepend=last)))
        last = int(places[-1]) if len(places) else last
    return np.concatenate(values), np.concatenate(gaps)


def _unpacked_pairs(layout: str, members: dict[str, bytes], size: int) -> scipy.sparse.csr_array:
    """Return the symmetric counts of a stored upper triangle."""
    values = _unshuffled(members["pairs.npy"])
    if layout == "dense":
        places = np.flatnonzero(values)
        values = values[places]
    else:
        places = np.cumsum(_unshuffled(members["gaps.npy"]), dtype=np.int64)
    starts = _row_starts(size)
    row = np.searchsorted(starts, places, side="right") - 1
    column = places - starts[row] + row
    shape = (size, size)
    upper = scipy.sparse.csr_array((values.astype(np.int64), (row, column)), shape=shape)
    return upper + scipy.sparse.triu(upper, k=1).T.tocsr()


def _row_starts(size: int) -> np.ndarray:
    """Return where each row of the upper triangle begins, with rows end to end."""
    row = np.arange(size, dtype=np.int64)
    return row * size - row * (row - 1) // 2


def _smallest(values: np.ndarray) -> np.ndarray:
    """Return the values in the smallest type that holds them."""
    return values.astype(_smallest_type(int(values.max(initial=0))))


def _smallest_type(largest: int) -> np.dtype:
    """Return the smallest unsigned type that holds a number, little-endian."""
    return np.min_scalar_type(largest).newbyteorder("<")


def _shuffled(values: np.ndarray) -> bytes:
    """Return first the lowest bytes of all numbers, then the next, as an .npy file."""
    return _npy(np.ascontiguousarray(values.view(np.uint8).reshape(-1, values.itemsize).T))


def _unshuffled(content: bytes) -> np.ndarray:
    """Return the numbers that were shuffled."""
    planes = _from_npy(content)
    return np.ascontiguousarray(planes.T).view(f"<u{planes.shape[0]}").ravel()


def _npy(array: np.ndarray) -> bytes:
    """Return an array in the format .npy."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _from_npy(content: bytes) -> np.ndarray:
    """Return the array of an .npy file."""
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
