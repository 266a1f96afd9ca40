"""From arguments to an exit code."""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from gradflow._compilation_cache import compilation_cache_environment
from gradflow._errors import ArgumentError, DataError, GradflowError
from gradflow._suggestions import did_you_mean
from gradflow.cli._commands import ROOT, Command, Group, UsageError, group_help, version_line
from gradflow.cli._interrupt import interruptible

SUCCESS, FAILURE, USAGE = 0, 1, 2
# What a shell reports of a program that such a signal ended: 128 + SIGINT, 128 + SIGPIPE.
INTERRUPTED, BROKEN_PIPE = 130, 141


def program() -> NoReturn:
    """Run the command line and end the process with its exit code.

    An interrupted process ends here and at once. The usual way out waits for what XLA is still
    compiling or running on its own threads and takes their world apart under them: measured, one
    interruption in fifteen then ended in a segmentation fault.

    Example:
        >>> import subprocess, sys
        >>> command = [sys.executable, "-c", "from gradflow.cli import program; program()"]
        >>> subprocess.run([*command, "no-such-command"], capture_output=True).returncode
        2
    """
    sys.unraisablehook = _report_unraisable
    _prepare_process()
    code = main()
    if code == INTERRUPTED:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: As on the command line, without the program's name; those of this process by
            default.

    Returns:
        Exit code: 0 for success, 1 for failure, 2 for wrong usage, 130 where interrupted.

    Example:
        >>> from gradflow.cli import main
        >>> main(["--version"])
        gradflow ...
        0
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
        consequence = " ".join(map(str, interrupt.args)) or "nothing was written"
        return _fail(f"interrupted, {consequence}", INTERRUPTED, debug)
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


def _prepare_process() -> None:
    """Set what JAX and XLA read when they are imported, unless the user has.

    Compiled programs are kept for the next process. XLA's own log, in which a slow compilation is
    an error and every cached program a warning about the processor, is for those who debug; what
    goes wrong also comes as an exception.
    """
    if {"-h", "--help", "--version"} & set(sys.argv):
        return
    if "--debug" not in sys.argv:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name, value in compilation_cache_environment(os.environ).items():
        os.environ.setdefault(name, value)


def _choose(arguments: list[str]) -> tuple[str, Command | Group, list[str]]:
    """Return what the first words name, what it is called, and the words after it."""
    path = "gradflow"
    command: Command | Group = ROOT
    while isinstance(command, Group) and arguments and arguments[0] in command.commands:
        path, command = f"{path} {arguments[0]}", command.commands[arguments[0]]
        arguments = arguments[1:]
    return path, command, arguments


def _run(path: str, command: Command | Group, arguments: list[str]) -> int:
    if isinstance(command, Group):
        return _run_group(path, command, arguments)
    from gradflow.cli._parse import parse  # not for the help of groups

    options = parse(command.options_type, path, arguments)
    if options is None:
        return SUCCESS
    if command.is_heavy and not command.is_loaded:
        from gradflow.cli._progress import loading

        with loading(options.common.quiet):
            command.load()
    return command.load()(options) or SUCCESS


def _run_group(path: str, group: Group, arguments: list[str]) -> int:
    first = arguments[0] if arguments else None
    if first in ("-h", "--help"):
        print(group_help(path, group))
    elif first == "--version" and group is ROOT:
        print(version_line())
    elif first == "--completion" and group is ROOT:
        from gradflow.cli._completion import completion_script

        print(completion_script("".join(arguments[1:2])), end="")
    elif first is None:
        print(group_help(path, group), file=sys.stderr)
        return USAGE
    else:
        names = ", ".join(group.commands)
        hint = did_you_mean(first, group.commands)
        raise ArgumentError(f"{path} COMMAND", f"one of {names}", f"{first!r}{hint}")
    return SUCCESS


def _in_flags(error: GradflowError, command: Command | Group) -> str:
    """Return the message, with the argument called as the user called it."""
    if not isinstance(error, ArgumentError) or not isinstance(command, Command):
        return str(error)
    return f"{_flag(error.argument, command)}: wanted {error.wanted}, got {error.got}"


def _flag(argument: str, command: Command) -> str:
    from gradflow.cli._parse import flag, option_kinds

    if argument in command.flags:
        return command.flags[argument]
    return flag(argument) if argument in option_kinds(command.options_type) else argument


def _fail(message: str, code: int, debug: bool) -> int:
    """Say it in one line on stderr, after the traceback where that was asked for."""
    if debug and sys.exc_info()[0] is not None:
        import traceback

        traceback.print_exc()
    with contextlib.suppress(OSError):
        print(f"gradflow: {' '.join(message.split())}", file=sys.stderr)
    return code


def _print_what_the_terminal_cannot_show() -> None:
    """Print words in letters that the terminal's encoding lacks as '?', not as an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _report_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Drop an interrupt inside a callback or a finaliser: it is remembered."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def _drop_stdout() -> None:
    """Point stdout at nothing, since nobody reads it, so that Python does not complain at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
