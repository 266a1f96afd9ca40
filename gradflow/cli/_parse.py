"""Options from the fields of a frozen dataclass, read by tyro."""

import contextlib
import dataclasses
import io
import itertools
import re
import textwrap
import types
import typing
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import tyro

from gradflow._errors import ArgumentError
from gradflow._suggestions import did_you_mean
from gradflow.cli._commands import UsageError

Options = TypeVar("Options")

# Nested settings give flat names (--dim, not --settings.dim); a switch has no --no- twin.
STYLE = (tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff)
_FRAME = re.compile(r"^[│|╭╰]\s?|\s?[│|╮╯]$")
_RULE = re.compile(r"^[─-]{3,}$")
_DEEP = " " * 8  # so far in stand the help texts of options, which --help shows
_MISSING = re.compile(r"^Missing from [\w ]+: ")
_UNKNOWN = re.compile(r"^Unrecognized options: (--[\w-]+)")
_CHOICE = re.compile(r"^invalid choice '(.*)' for argument '(.*)'\. Expected one of \((.*)\)\.?$")
_VALUE = re.compile(r"^Error parsing (--[\w-]+)")
_GOT = re.compile(
    r"(?:for arguments: \[|instantiated from \[|with base 10: |string to float: )([^\]\n]*)"
)


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
    output = io.StringIO()
    try:
        with contextlib.redirect_stderr(output):
            return tyro.cli(options, prog=name, args=list(arguments), config=STYLE)
    except SystemExit as stop:
        if not stop.code:
            return None
        _raise_own_error(stop)
        message = _in_plain_words(_in_one_line(output.getvalue()), option_kinds(options))
        raise UsageError(f"{message} (see {name} --help)") from None


def option_kinds(options: type) -> dict[str, Any]:
    """Return the type of every field by its name, those of nested settings included."""
    kinds: dict[str, Any] = {}
    for name, kind in typing.get_type_hints(options).items():
        nested = isinstance(kind, type) and dataclasses.is_dataclass(kind)
        kinds |= option_kinds(kind) if nested else {name: kind}
    return kinds


def flag(name: str) -> str:
    """Return a field's name as an option."""
    return f"--{name.replace('_', '-')}"


def wanted(kind: Any) -> str:
    """Return in words what an option of a type takes.

    Example:
        >>> wanted(tuple[float, ...]), wanted(int | None), wanted(Literal["skip", "zero"])
        ('numbers', 'an integer', 'one of skip, zero')
    """
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        kind = next(case for case in typing.get_args(kind) if case is not type(None))
    several = typing.get_origin(kind) is tuple
    element = typing.get_args(kind)[0] if several else kind
    if typing.get_origin(element) is Literal:
        return f"{'some' if several else 'one'} of {', '.join(typing.get_args(element))}"
    return {
        int: ("an integer", "integers"),
        float: ("a number", "numbers"),
    }.get(element, ("a text", "texts"))[several]


def _raise_own_error(stop: BaseException) -> None:
    """Raise what a dataclass said of its fields, which is better than what tyro makes of it."""
    error: BaseException | None = stop
    while error is not None:
        if isinstance(error, ArgumentError):
            raise error from None
        error = error.__cause__ or error.__context__


def _in_one_line(box: str) -> str:
    """Return what tyro draws as a box over several lines: between its title and the next rule."""
    lines = [_FRAME.sub("", line.rstrip()).rstrip() for line in box.splitlines()[1:]]
    if lines and _RULE.match(lines[0].strip()):  # a box in ASCII has one below its title
        lines = lines[1:]
    content = itertools.takewhile(lambda line: not _RULE.match(line.strip()), lines)
    dedented = textwrap.dedent("\n".join(content)).splitlines()
    sentences = [line.strip() for line in dedented if not line.startswith(_DEEP)]
    return " ".join(filter(None, sentences)) or "wrong arguments"


def _in_plain_words(message: str, kinds: dict[str, Any]) -> str:
    """Return tyro's message in the words of gradflow's own, with a hint for typing mistakes."""
    flags = {flag(name): kind for name, kind in kinds.items()}
    if unknown := _UNKNOWN.match(message):
        return f"{message}{did_you_mean(unknown[1], flags)}"
    if choice := _CHOICE.match(message):
        got, name, choices = choice.groups()
        hint = did_you_mean(got, re.findall(r"'([^']*)'", choices))
        return f"{name}: wanted {wanted(flags[name])}, got {got!r}{hint}"
    if (value := _VALUE.match(message)) and (got_match := _GOT.search(message)):
        return f"{value[1]}: wanted {wanted(flags[value[1]])}, got {got_match[1]}"
    return _MISSING.sub("missing: ", message)
