"""Shell completion of the whole program: commands, options and their choices."""

import contextlib
import dataclasses
import io
from typing import Annotated, Any, Literal, Union

import tyro

from gradflow.cli._commands import ROOT, Command, Group, UsageError
from gradflow.cli._parse import STYLE

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = ("bash", "zsh", "fish")


def completion_script(shell: str) -> str:
    """Return a script that makes a shell complete what follows `gradflow`.

    Args:
        shell: One of `SHELLS`.

    Raises:
        UsageError: It is another.
    """
    if shell not in SHELLS:
        raise UsageError(f"--completion: wanted one of {', '.join(SHELLS)}, got {shell!r}")
    script = io.StringIO()
    arguments = ["--tyro-print-completion", shell]
    with contextlib.redirect_stdout(script), contextlib.suppress(SystemExit):
        tyro.cli(_parser(ROOT), prog="gradflow", args=arguments, config=STYLE)
    return script.getvalue()


def _parser(group: Group) -> Any:
    """Return the commands of a group as the one type that tyro would read them from."""
    members = []
    for name, item in group.commands.items():
        if isinstance(item, Command):
            options = item.options_type
        else:
            options = dataclasses.make_dataclass(name.title(), [("command", _parser(item))])
        subcommand = tyro.conf.subcommand(name, prefix_name=False)
        members.append(Annotated[options, subcommand])
    return Union[tuple(members)]  # noqa: UP007 (made of a list)
