"""Where results go: whether a place can be written, and whether it holds the result already."""

import dataclasses
import importlib.metadata
import os
import pathlib
import tempfile
from collections.abc import Mapping
from typing import Any

from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown_path

# All that a run writes: a folder with other files in it is never replaced.
RUN_FILES = frozenset({"results.nc", "steps.csv", "summary.json", "figures"})

# The d of --quick.
QUICK_DIM = 20


def check_writable(path: str, argument: str = "out") -> None:
    """Find out before an hour of work whether its result can be written.

    Raises:
        DataError: The folder that `path` would lie in is missing or cannot be written.
    """
    try:
        folder = pathlib.Path(os.path.realpath(path)).parent
    except ValueError:
        raise DataError(argument, "a path", repr(path)) from None
    if not folder.is_dir():
        got = f"no folder {shown_path(folder)}"
        raise DataError(argument, "a path in an existing folder", got)
    try:
        tempfile.TemporaryDirectory(prefix=".gradflow-", dir=folder).cleanup()
    except OSError as error:
        got = f"{shown_path(folder)}: {error.strerror or error}"
        raise DataError(argument, "a path that can be written", got) from error


def check_file(path: str, replace: bool = True) -> None:
    """Find out the same of a file.

    Raises:
        DataError: It cannot be written, is a folder, or is there and must not be replaced.
    """
    if os.path.isdir(path):
        raise DataError("out", "a path for a file", f"the folder {shown_path(path)}")
    check_writable(path)
    if os.path.lexists(path) and not replace:
        wanted = "a new file, or --force to replace it"
        raise DataError("out", wanted, f"{shown_path(path)}, which is there")


def finished_run(
    out: str, force: bool, settings: Any, identity: Mapping[str, Any], figures: bool
) -> dict[str, Any] | None:
    """Look whether a folder holds the run that is asked for.

    Args:
        out: The folder.
        force: Whether a run in it may be replaced.
        settings: `StudySettings` that are asked for.
        identity: Of the counts that are asked for: their name, and what tells them from others.
        figures: Whether figures are asked for.

    Returns:
        The summary of that run; None where the folder is free, or its run is to be replaced.

    Raises:
        ArgumentError: It holds another run; the message says what differs.
        DataError: It cannot be written, or holds something else.
    """
    check_writable(out)
    summary = _previous_summary(out, force)
    if summary is None:
        return None
    different = [
        *_different_settings(summary, settings),
        *_different_source(summary, identity),
        *_different_program(summary),
    ]
    if figures and not pathlib.Path(out, "figures").is_dir():
        different.append("no figures")
    if different:
        wanted = "a new folder, or --force to replace the run in it"
        got = f"{shown_path(out)}, made with {', '.join(different)}"
        raise ArgumentError("out", wanted, got)
    return summary


def _previous_summary(out: str, force: bool) -> dict[str, Any] | None:
    """Read the summary of the run that a folder holds; damaged ones are replaced by force."""
    from gradflow.studies._summary import read_summary

    folder = pathlib.Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError("out", "a path for a folder", f"a file, {shown_path(out)}")
    names = set(os.listdir(folder)) if folder.is_dir() else set()
    if not names:
        return None
    if strangers := sorted(names - RUN_FILES):
        wanted = "a new folder, or one that holds a run of gradflow and nothing else"
        raise DataError("out", wanted, f"{shown_path(out)}, which holds {shown_path(strangers[0])}")
    if force:
        return None
    try:
        return read_summary(folder)
    except DataError as error:
        wanted = "a new folder, or one that holds a run of gradflow (--force replaces it)"
        raise DataError("out", wanted, error.got) from error


def _different_settings(summary: Mapping[str, Any], settings: Any) -> list[str]:
    """Say in the words of the command line which settings differ.

    Defaults that came down to the number of words then would come down to it now.
    """
    words = summary.get("source", {}).get("words")
    if isinstance(words, int) and words > 0:
        settings = fitted(settings, words)
    before = summary.get("settings", {})
    different = []
    for name, value in dataclasses.asdict(settings).items():
        wanted = list(value) if isinstance(value, tuple) else value
        if before.get(name) != wanted:
            different.append(f"--{name.replace('_', '-')} {_said(before.get(name))}")
    return different


def _different_source(summary: Mapping[str, Any], identity: Mapping[str, Any]) -> list[str]:
    """Say which counts it was; a text that can be read only once is never the same."""
    key = "text" if "text" in identity else "fingerprint"
    before = summary.get("source", {})
    if identity[key] is not None and before.get(key) == identity[key]:
        return []
    same_name = before.get("name") == identity["name"]
    return [f"other counts of {before.get('name')}" if same_name else f"{before.get('name')}"]


def _different_program(summary: Mapping[str, Any]) -> list[str]:
    """Say which gradflow it was, and in which precision."""
    from gradflow._precision import default_dtype

    version = summary.get("versions", {}).get("gradflow")
    other = [f"gradflow {version}"] if version != importlib.metadata.version("gradflow") else []
    if summary.get("dtype") != str(default_dtype()):
        other.append(f"{summary.get('dtype')}")
    return other


def fitted(settings: Any, words: int) -> Any:
    """Return settings whose default of d, where it is above the number of words, comes down to it.

    Args:
        settings: `StudySettings`. A d that was asked for and is too large stays, and is an error of
            the study's. The default is that of the settings, or of --quick.
        words: V.
    """
    usual = {field.name: field.default for field in dataclasses.fields(settings)}
    if settings.dim in (usual["dim"], QUICK_DIM) and settings.dim > words:
        return dataclasses.replace(settings, dim=words)  # which brings down modes, too
    return settings


def _said(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_said, value))
    return f"{value:g}" if isinstance(value, float) else f"{value}"
