"""Help of the commands that only hold other commands."""

import importlib.metadata

from gradflow.cli._commands import Group


def group_help(path: str, group: Group) -> str:
    """Usage, and a line for every command."""
    width = max(map(len, group.commands))
    commands = [f"  {name:<{width}}  {item.summary}" for name, item in group.commands.items()]
    version = " [--version]" if path == "gradflow" else ""
    summary = group.summary if group.summary.endswith(".") else f"{group.summary}."
    return "\n".join(
        [
            f"usage: {path} [-h]{version} COMMAND ...",
            "",
            summary,
            "",
            "commands:",
            *commands,
            "",
            f"'{path} COMMAND --help' lists the options of a command and their defaults.",
        ]
    )


def version_line() -> str:
    """Name and version."""
    return f"gradflow {importlib.metadata.version('gradflow')}"
