"""From arguments to an exit code."""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence

from gradflow._errors import ArgumentError, DataError, GradflowError
from gradflow.cli._commands import ROOT, Command, Group
from gradflow.cli._help import group_help, version_line
from gradflow.cli._interrupt import interruptible
from gradflow.cli._parse import UsageError, option_names, parse

SUCCESS, FAILURE, USAGE = 0, 1, 2
# What a shell reports of a program that such a signal ended: 128 + SIGINT, 128 + SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: As on the command line, without the program's name; those of this process by
            default.

    Returns:
        Exit code: 0 for success, 1 for failure, 2 for wrong usage, 130 where interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    _print_what_the_terminal_cannot_show()
    debug = "--debug" in arguments
    path, command, rest = _choose(arguments)
    try:
        with interruptible():
            code = _run(path, command, rest)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _drop_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt as interrupt:
        kept = " ".join(map(str, interrupt.args)) or "nothing was written"
        return _fail(f"interrupted, {kept}", INTERRUPTED, debug)
    except UsageError as error:
        return _fail(f"error: {error}", USAGE, debug)
    except GradflowError as error:
        usage = isinstance(error, ArgumentError) and not isinstance(error, DataError)
        return _fail(f"error: {_in_flags(error, command)}", USAGE if usage else FAILURE, debug)
    except OSError as error:
        _drop_stdout()
        return _fail(f"error: {error}", FAILURE, debug)
    except Exception as error:  # a bug, or a library at its limits: say so in a line, not in fifty
        hint = "" if debug else "; rerun with --debug for the traceback"
        got = f"unexpected {type(error).__name__}: {str(error)[:300]}{hint}"
        return _fail(f"error: {got}", FAILURE, debug)


def _choose(arguments: list[str]) -> tuple[str, Command | Group, list[str]]:
    """The command that the first words name, what it is called, and the words after it."""
    path, chosen = "gradflow", ROOT
    found: Command | Group = chosen
    while isinstance(found, Group) and arguments and arguments[0] in found.commands:
        path, found = f"{path} {arguments[0]}", found.commands[arguments[0]]
        arguments = arguments[1:]
    return path, found, arguments


def _run(path: str, command: Command | Group, arguments: list[str]) -> int:
    if isinstance(command, Group):
        return _run_group(path, command, arguments)
    options_type, function = command.load()
    options = parse(options_type, path, arguments)
    if options is not None:
        return function(options) or SUCCESS
    return SUCCESS


def _run_group(path: str, group: Group, arguments: list[str]) -> int:
    first = arguments[0] if arguments else None
    if first in ("-h", "--help"):
        print(group_help(path, group))
    elif first == "--version" and group is ROOT:
        print(version_line())
    elif first is None:
        print(group_help(path, group), file=sys.stderr)
        return USAGE
    else:
        names = ", ".join(group.commands)
        raise UsageError(f"{path} COMMAND: wanted one of {names}, got {first!r}")
    return SUCCESS


def _in_flags(error: GradflowError, command: Command | Group) -> str:
    """The message, with the argument called as the user called it."""
    if not isinstance(error, ArgumentError) or not isinstance(command, Command):
        return str(error)
    return f"{_flag(error.argument, command)}: wanted {error.wanted}, got {error.got}"


def _flag(argument: str, command: Command) -> str:
    if argument in command.flags:
        return command.flags[argument]
    known = option_names(command.load()[0])
    return f"--{argument.replace('_', '-')}" if argument in known else argument


def _fail(message: str, code: int, debug: bool) -> int:
    """Say it in one line on stderr, after the traceback where that was asked for."""
    if debug and sys.exc_info()[0] is not None:
        import traceback

        traceback.print_exc()
    with contextlib.suppress(OSError):
        print(f"gradflow: {' '.join(message.split())}", file=sys.stderr)
    return code


def _print_what_the_terminal_cannot_show() -> None:
    """Words in letters that the terminal's encoding lacks come as '?', not as an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _drop_stdout() -> None:
    """Nobody reads it any more, so Python need not complain when it closes it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
