"""What commands there are. Each is imported only when it is asked for, its options before it."""

import dataclasses
import importlib
import importlib.metadata
import sys
from collections.abc import Callable, Mapping
from typing import Any

from gradflow._compilation_cache import SWITCH
from gradflow._errors import GradflowError


class UsageError(GradflowError):
    """The arguments make no command; the message is one line."""


@dataclasses.dataclass(frozen=True)
class Command:
    """One command: a frozen dataclass of options, and a function that takes one.

    Attributes:
        summary: One line for the list of commands.
        options: Name of the dataclass in `gradflow.cli._options`; its fields are the options, its
            docstring the help.
        module: Module of `gradflow.cli` that holds the function.
        function: Name of the function; it may return an exit code, nothing being success.
        flags: Argument of the library → how it is called on this command line, where the names
            differ.
        is_heavy: Whether importing the module takes seconds, as JAX comes with it.
    """

    summary: str
    options: str
    module: str
    function: str
    flags: dict[str, str] = dataclasses.field(default_factory=dict)
    is_heavy: bool = False

    @property
    def options_type(self) -> type:
        """The dataclass of options, without what the command computes with."""
        return getattr(importlib.import_module("gradflow.cli._options"), self.options)

    @property
    def is_loaded(self) -> bool:
        """Whether the function's module, and the libraries that it needs, are imported already."""
        return f"gradflow.cli.{self.module}" in sys.modules

    def load(self) -> Callable[[Any], int | None]:
        """Import the module and return the function."""
        return getattr(importlib.import_module(f"gradflow.cli.{self.module}"), self.function)


@dataclasses.dataclass(frozen=True)
class Group:
    """A command that only has commands of its own."""

    summary: str
    commands: Mapping[str, "Command | Group"]


_DATA = {
    "count": Command(
        "Count which words of a text occur near each other, into a statistics file",
        "CountOptions",
        "_data",
        "count",
        {"texts_or_path": "TEXT", "path": "--out", "memory_limit": "--memory"},
    ),
    "info": Command(
        "What a statistics file, or embedded statistics, hold",
        "DataInfoOptions",
        "_data",
        "data_info",
        {"path_or_name": "NAME-OR-FILE"},
    ),
    "list": Command(
        "Statistics that come with gradflow, and corpora that can be downloaded",
        "ListOptions",
        "_catalogue",
        "list_data",
    ),
    "download": Command(
        "Download a public corpus once, check it, and say where it lies",
        "DownloadOptions",
        "_catalogue",
        "download",
        {"name": "NAME"},
    ),
}

ROOT = Group(
    "Simulate, solve and predict how word embeddings learn.",
    {
        "run": Command(
            "Predict and measure when each mode is learned; write arrays, tables, figures",
            "RunOptions",
            "_run",
            "run",
            {"texts_or_path": "--text", "path_or_name": "--counts", "num": "--num-times"},
            is_heavy=True,
        ),
        "sweep": Command(
            "Follow a grid of losses, weightings, k, d, scales and seeds; write one result",
            "SweepOptions",
            "_sweep",
            "sweep",
            {
                "texts_or_path": "--text",
                "path_or_name": "--counts",
            },
            is_heavy=True,
        ),
        "embed": Command(
            "Make word vectors of a text without training, in a file that gensim opens",
            "EmbedOptions",
            "_embed",
            "embed",
            {
                "texts_or_path": "TEXT",
                "path_or_name": "--counts",
                "path": "--out",
                "stats": "TEXT",
                "memory_limit": "--memory",
            },
        ),
        "evaluate": Command(
            "Score any file of word vectors on analogies and word similarities",
            "EvaluateOptions",
            "_evaluate",
            "evaluate",
            {"path": "VECTORS"},
            is_heavy=True,
        ),
        "data": Group("Count texts; list, inspect and download statistics and corpora", _DATA),
        "info": Command(
            "Versions and devices; with counts, their size and their first modes",
            "InfoOptions",
            "_info",
            "info",
            {"path_or_name": "NAME-OR-FILE", "k": "--modes"},
        ),
        "figures": Command(
            "Make the figures of all experiments, or of those that are named",
            "FiguresOptions",
            "_figures",
            "figures",
            {"names": "NAME"},
        ),
    },
)


def group_help(path: str, group: Group) -> str:
    """Return the usage of a group, and a line for every command of it."""
    width = max(map(len, group.commands))
    commands = [f"  {name:<{width}}  {item.summary}" for name, item in group.commands.items()]
    options, more = "", []
    if group is ROOT:
        options = " [--version] [--completion SHELL]"
        more = [
            "'gradflow --completion SHELL' prints a script by which bash, zsh or fish complete",
            'commands and options; for bash, in ~/.bashrc: eval "$(gradflow --completion bash)"',
            "Compiled programs are kept in the user's cache folder, so that a second run starts at",
            f"once; {SWITCH}=0 keeps none, a path in place of 0 moves them.",
        ]
    summary = group.summary if group.summary.endswith(".") else f"{group.summary}."
    return "\n".join(
        [
            f"usage: {path} [-h]{options} COMMAND ...",
            "",
            summary,
            "",
            "commands:",
            *commands,
            "",
            f"'{path} COMMAND --help' lists the options of a command and their defaults.",
            *more,
        ]
    )


def version_line() -> str:
    """Return name and version."""
    return f"gradflow {importlib.metadata.version('gradflow')}"
