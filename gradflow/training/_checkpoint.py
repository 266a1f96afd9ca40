"""Checkpoints: one file of plain arrays, written whole or not at all, with a checksum.

`training.ckpt` is a zip of `meta.json` (format, version, SHA-256 of the arrays, settings of the
run, names) and one `.npy` member an array. Nothing is pickled.
"""

import hashlib
import io
import json
import pathlib
import struct
import zipfile
import zlib
from typing import Any, NamedTuple

import numpy as np

from gradflow._errors import DataError
from gradflow._files import StrPath, atomic_write, shown

FORMAT = "gradflow training checkpoint"
VERSION = 2
NAME = "training.ckpt"

_ARGUMENT = "checkpoint"
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, LookupError, ValueError, TypeError,
    ArithmeticError, RuntimeError, OSError, MemoryError,
)  # fmt: skip


class Checkpoint(NamedTuple):
    """A run after some of its updates.

    Attributes:
        updates: How many it has made.
        settings: What makes two runs the same, as JSON values.
        arrays: Everything else, by name.
    """

    updates: int
    settings: dict[str, Any]
    arrays: dict[str, np.ndarray]


def make_folder(folder: StrPath) -> None:
    """Make the folder if need be.

    Raises:
        DataError: It cannot be made.
    """
    try:
        pathlib.Path(folder).mkdir(exist_ok=True, parents=True)
    except OSError as error:
        got = f"{shown(folder)}: {error.strerror}"
        raise DataError(_ARGUMENT, "a folder that can be written", got) from error


def write_checkpoint(folder: StrPath, checkpoint: Checkpoint) -> None:
    """Replace the checkpoint of a folder, which is made if need be.

    Raises:
        DataError: Where the folder or the file cannot be written.
    """
    path = pathlib.Path(folder)
    make_folder(folder)
    members = {name: _npy(array) for name, array in checkpoint.arrays.items()}
    meta = {
        "format": FORMAT,
        "version": VERSION,
        "sha256": _checksum(members),
        "updates": checkpoint.updates,
        "settings": checkpoint.settings,
        "names": list(members),
    }
    with (
        atomic_write(path / NAME, argument=_ARGUMENT) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        archive.writestr("meta.json", json.dumps(meta, indent=1))
        for number, content in enumerate(members.values()):
            archive.writestr(f"{number}.npy", content)


def read_checkpoint(folder: StrPath) -> Checkpoint | None:
    """Return the checkpoint of a folder, None where there is none yet.

    Raises:
        DataError: Where it is damaged, of another kind, or of another version.
    """
    path = pathlib.Path(folder) / NAME
    if not path.exists():
        return None
    try:
        return _read(path)
    except DataError:
        raise
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        got = f"{shown(path)}, truncated or damaged ({reason})"
        raise DataError(_ARGUMENT, "an undamaged checkpoint", got) from error


def _read(path: pathlib.Path) -> Checkpoint:
    with zipfile.ZipFile(path) as archive:
        meta = json.loads(archive.read("meta.json"))
        if not isinstance(meta, dict) or meta.get("format") != FORMAT:
            wanted = "a checkpoint written by gradflow"
            raise DataError(_ARGUMENT, wanted, f"{shown(path)}, a zip of another kind")
        if meta.get("version") != VERSION:
            wanted = f"a checkpoint of format version {VERSION}"
            raise DataError(_ARGUMENT, wanted, f"version {meta.get('version')!r:.20}")
        members = {name: archive.read(f"{number}.npy") for number, name in enumerate(meta["names"])}
    if _checksum(members) != meta["sha256"]:
        raise ValueError("its content does not match its checksum")
    arrays = {
        name: np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
        for name, content in members.items()
    }
    return Checkpoint(int(meta["updates"]), meta["settings"], arrays)


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _checksum(members: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in members.items():
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
