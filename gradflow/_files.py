"""Writing files whole or not at all.

Everything that gradflow saves passes through here: the bytes go to a sibling with a temporary
name, are flushed to the disk, and take the final name in one step. Whoever opens the final name
finds the old content or the new content, never half of either.
"""

import contextlib
import hashlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterator

from gradflow._errors import DataError

StrPath = str | os.PathLike[str]


def shown_path(path: StrPath) -> str:
    """Return a path as error messages show it: quoted, on one line, and not too long.

    Example:
        >>> shown_path("results.nc")
        "'results.nc'"
    """
    quoted = repr(os.fspath(path))
    return quoted if len(quoted) < 400 else f"{quoted[:200]}…{quoted[-100:]}"


@contextlib.contextmanager
def atomic_write(path: StrPath, *, argument: str = "out") -> Iterator[pathlib.Path]:
    """Write one file so that it appears whole or not at all.

    Args:
        path: Final name of the file; its folder must exist.
        argument: Name of the caller's argument that held `path`, for error messages.

    Yields:
        The path of an empty temporary file in the same folder and with the same suffix, to be
        filled by the caller. It takes the final name when the block ends, and is removed when
        the block fails or is interrupted.

    Raises:
        DataError: Where the folder is missing or cannot be written, the disk is full, or `path`
            is a folder or a device. Any `OSError` from the block counts as such.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     target = pathlib.Path(folder, "steps.csv")
        ...     with atomic_write(target) as temporary:
        ...         _ = temporary.write_text("mode,time")
        ...     target.read_text(), len(os.listdir(folder))
        ('mode,time', 1)
    """
    final = _resolved(path, argument)
    temporary = final.with_name(f".{final.stem[:64]}.{secrets.token_hex(6)}{final.suffix}")
    with _one_line_errors(final, argument):
        if final.exists() and not final.is_file():
            kind = "a folder" if final.is_dir() else "a device"
            raise DataError(argument, "a path for a regular file", f"{kind}, {shown_path(path)}")
        try:
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            yield temporary
            _flush(temporary)
            os.replace(temporary, final)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        _flush_folder(final.parent)


@contextlib.contextmanager
def atomic_directory(
    path: StrPath, *, argument: str = "out", replace: bool = False
) -> Iterator[pathlib.Path]:
    """Write a folder of files so that it appears whole or not at all.

    Args:
        path: Final name of the folder; the folder around it must exist. An empty folder of that
            name counts as free.
        argument: Name of the caller's argument that held `path`, for error messages.
        replace: Whether a folder of that name may be replaced. **All it holds goes with it.** The
            old folder is moved aside, the new one takes its name, and only then is the old one
            deleted, so that a crash at any point leaves at least one of the two complete.

    Yields:
        The path of an empty temporary folder beside the final one. It takes the final name when
        the block ends, and is removed when the block fails or is interrupted.

    Raises:
        DataError: Where the folder exists (unless `replace`), cannot be written, or the disk is
            full. Any `OSError` from the block counts as such.
    """
    final = _resolved(path, argument)
    token = secrets.token_hex(6)
    temporary = final.with_name(f".{final.name[:64]}.{token}")
    with _one_line_errors(final, argument):
        _check_free(final, argument, replace)
        try:
            temporary.mkdir()
            yield temporary
            for file in sorted(temporary.rglob("*")):
                if file.is_file():
                    _flush(file)
            _check_free(final, argument, replace)
            _move_into_place(temporary, final, final.with_name(f".{final.name[:64]}.{token}.old"))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _flush_folder(final.parent)


def _resolved(path: StrPath, argument: str) -> pathlib.Path:
    """Return the path without links: replacing a link would cut it from the file it names."""
    try:
        final = pathlib.Path(os.path.realpath(os.fspath(path)))
        missing = not final.parent.is_dir()
    except (TypeError, ValueError):  # not a path at all, or one with a null character
        raise DataError(argument, "a path", repr(path)) from None
    if missing:
        raise DataError(
            argument, "a path in an existing folder", f"no folder {shown_path(final.parent)}"
        )
    return final


@contextlib.contextmanager
def _one_line_errors(final: pathlib.Path, argument: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error).partition("\n")[0] or type(error).__name__
        raise DataError(
            argument, "a path that can be written", f"{shown_path(final)}: {reason}"
        ) from error


def _check_free(final: pathlib.Path, argument: str, replace: bool) -> None:
    if final.exists() and not final.is_dir():
        raise DataError(argument, "a path for a folder", f"a file, {shown_path(final)}")
    if not replace and final.is_dir() and any(final.iterdir()):
        raise DataError(
            argument, "a new or empty folder", f"{shown_path(final)}, which holds files"
        )


def _move_into_place(temporary: pathlib.Path, final: pathlib.Path, old: pathlib.Path) -> None:
    if not final.is_dir():
        os.rename(temporary, final)
        return
    os.rename(final, old)
    try:
        os.rename(temporary, final)
    except BaseException:
        os.rename(old, final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _flush(file: pathlib.Path) -> None:
    """Flush a file to the disk before its name changes: a power cut could leave it empty."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: pathlib.Path) -> None:
    with contextlib.suppress(OSError):  # Windows has no handles of folders
        _flush(folder)


def file_digest(path: StrPath, *, argument: str = "text") -> str:
    """Return the SHA-256 of a file, which tells it from every other.

    Args:
        path: The file.
        argument: Name of the caller's argument that held `path`, for error messages.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: The file cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     text = pathlib.Path(folder, "text.txt")
        ...     _ = text.write_text("the cat sat")
        ...     file_digest(text)[:8]
        '77255f02'
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        got = f"{shown_path(path)}: {error.strerror or error}"
        raise DataError(argument, "a file that can be read", got) from error
