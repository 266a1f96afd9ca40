"""Whether a folder already holds the run that is asked for, or something else."""

import dataclasses
import importlib.metadata
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown
from gradflow._precision import default_dtype
from gradflow.studies import StudySettings, read_summary

# All that a run writes: a folder with other files in it is never replaced.
OWN_FILES = frozenset({"results.nc", "steps.csv", "summary.json", "figures"})


def previous_run(out: str, force: bool) -> dict[str, Any] | None:
    """The summary of the run that a folder holds.

    Args:
        out: The folder.
        force: Whether it may be replaced; then its summary may be damaged, too.

    Returns:
        The summary; None where there is nothing, or where it is to be replaced.

    Raises:
        DataError: There is something else in the folder.
    """
    folder = pathlib.Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError("out", "a path for a folder", f"a file, {shown(out)}")
    names = set(os.listdir(folder)) if folder.is_dir() else set()
    if not names:
        return None
    if strangers := sorted(names - OWN_FILES):
        wanted = "a new folder, or one that holds a run of gradflow and nothing else"
        raise DataError("out", wanted, f"{shown(out)}, which holds {shown(strangers[0])}")
    if force:
        return None
    try:
        return read_summary(folder)
    except DataError as error:
        wanted = "a new folder, or one that holds a run of gradflow (--force replaces it)"
        raise DataError("out", wanted, error.got) from error


def check_same(
    summary: Mapping[str, Any],
    settings: StudySettings,
    source: Mapping[str, Any],
    out: str,
    figures: bool,
) -> None:
    """Make sure that a previous run has the results that are asked for.

    Args:
        summary: Of the previous run.
        settings: That are asked for.
        source: Of the counts that are asked for: their name, and what tells them from others.
        out: Folder of the previous run.
        figures: Whether figures are asked for.

    Raises:
        ArgumentError: It has not; the message says what differs.
    """
    different = _different_settings(summary, settings) + _different_source(summary, source)
    versions = summary.get("versions", {})
    if versions.get("gradflow") != importlib.metadata.version("gradflow"):
        different.append(f"gradflow {versions.get('gradflow')}")
    if summary.get("dtype") != str(default_dtype()):
        different.append(f"{summary.get('dtype')}")
    if figures and not pathlib.Path(out, "figures").is_dir():
        different.append("no figures")
    if different:
        wanted = "a new folder, or --force to replace the run in it"
        got = f"{shown(out)}, made with {', '.join(different)}"
        raise ArgumentError("out", wanted, got)


def _different_settings(summary: Mapping[str, Any], settings: StudySettings) -> list[str]:
    """In the words of the command line."""
    before = summary.get("settings", {})
    different = []
    for name, value in dataclasses.asdict(settings).items():
        wanted = list(value) if isinstance(value, tuple) else value
        if before.get(name) != wanted:
            different.append(f"--{name.replace('_', '-')} {_words(before.get(name))}")
    return different


def _different_source(summary: Mapping[str, Any], source: Mapping[str, Any]) -> list[str]:
    """A text that can be read only once is never the same."""
    key = "text" if "text" in source else "fingerprint"
    before = summary.get("source", {})
    if source[key] is not None and before.get(key) == source[key]:
        return []
    same_name = before.get("name") == source["name"]
    return [f"other counts of {before.get('name')}" if same_name else f"{before.get('name')}"]


def _words(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(_words, value))
    return f"{value:g}" if isinstance(value, float) else f"{value}"
