"""Options from the fields of a frozen dataclass, read by tyro."""

import contextlib
import dataclasses
import io
import itertools
import re
import textwrap
import typing
from collections.abc import Sequence
from typing import TypeVar

import tyro

from gradflow._errors import ArgumentError

Options = TypeVar("Options")

# Nested settings give flat names (--dim, not --settings.dim); a switch has no --no- twin.
_STYLE = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
_FRAME = re.compile(r"^[│|╭╰]\s?|\s?[│|╮╯]$")
_DEEP = " " * 8  # so far in stand the help texts of options, which --help shows
_PLAIN_WORDS = (
    (re.compile(r"^Missing from [\w ]+: "), "missing: "),
    (re.compile(r"^Error parsing (\S+): "), r"\1: "),
    (
        re.compile(r"Could not find valid parse for arguments: \[(.*)\]"),
        r"wanted values of another kind, got \1",
    ),
    (re.compile(r"invalid literal for int\(\) with base 10: (.*)"), r"wanted an integer, got \1"),
    (re.compile(r"could not convert string to float: (.*)"), r"wanted a number, got \1"),
)
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
        _raise_own_error(stop)
        raise UsageError(f"{_in_one_line(said.getvalue())} (see {name} --help)") from None


def option_names(options: type) -> set[str]:
    """Names of all fields, those of nested settings included."""
    names: set[str] = set()
    for name, kind in typing.get_type_hints(options).items():
        nested = isinstance(kind, type) and dataclasses.is_dataclass(kind)
        names |= option_names(kind) if nested else {name}
    return names


def _raise_own_error(stop: BaseException) -> None:
    """What a dataclass said of its fields is better than what tyro makes of it."""
    error: BaseException | None = stop
    while error is not None:
        if isinstance(error, ArgumentError):
            raise error from None
        error = error.__cause__ or error.__context__


def _in_one_line(box: str) -> str:
    """What tyro draws as a box over several lines: what stands between title and next rule."""
    lines = [_FRAME.sub("", line.rstrip()).rstrip() for line in box.splitlines()[1:]]
    if lines and _RULE.match(lines[0].strip()):  # a box in ASCII has one below its title
        lines = lines[1:]
    content = itertools.takewhile(lambda line: not _RULE.match(line.strip()), lines)
    shown = textwrap.dedent("\n".join(content)).splitlines()
    said = [line.strip() for line in shown if not line.startswith(_DEEP)]
    message = " ".join(filter(None, said)) or "wrong arguments"
    for pattern, words in _PLAIN_WORDS:
        message = pattern.sub(words, message)
    return message
