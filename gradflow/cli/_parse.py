"""Options from the fields of a frozen dataclass, read by tyro."""

import contextlib
import dataclasses
import io
import re
import typing
from collections.abc import Sequence
from typing import TypeVar

import tyro

Options = TypeVar("Options")

# Nested settings give flat names (--dim, not --settings.dim); a switch has no --no- twin.
_STYLE = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
_FRAME = re.compile(r"^[│|╭╰]\s?|\s?[│|╮╯]$")
_RULE = re.compile(r"^[─-]{3,}$")


class UsageError(Exception):
    """The arguments make no command; the message is one line."""


def parse(options: type[Options], name: str, arguments: Sequence[str]) -> Options | None:
    """Read the options of a command.

    Args:
        options: Frozen dataclass. Its docstring is the help.
        name: The command as the user calls it.
        arguments: What stands after it.

    Returns:
        The options; None where help was asked for and printed.

    Raises:
        UsageError: There is no such option, or no such value of it.
        ArgumentError: The dataclass itself refuses a value.
    """
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(options, prog=name, args=list(arguments), config=_STYLE)
    except SystemExit as stop:
        if not stop.code:
            return None
        raise UsageError(f"{_in_one_line(said.getvalue())} (see {name} --help)") from None


def option_names(options: type) -> set[str]:
    """Names of all fields, those of nested settings included."""
    names = set()
    for name, kind in typing.get_type_hints(options).items():
        names |= option_names(kind) if dataclasses.is_dataclass(kind) else {name}
    return names


def _in_one_line(box: str) -> str:
    """What tyro draws as a box over several lines: only what stands above the first rule."""
    said = []
    for line in box.splitlines()[1:]:
        text = _FRAME.sub("", line.strip()).strip()
        if _RULE.match(text):
            break
        said.append(text)
    return " ".join(filter(None, said)) or "wrong arguments"
