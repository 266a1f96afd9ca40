"""What commands there are. Each is imported only when it is asked for."""

import dataclasses
import importlib
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Command:
    """One command: a frozen dataclass of options, and a function that takes one.

    Attributes:
        summary: One line for the list of commands.
        module: Where both are.
        options: Name of the dataclass; its fields are the options, its docstring the help.
        function: Name of the function; it may return an exit code, nothing being success.
        flags: Argument of the library → how it is called on this command line, where the names
            differ.
    """

    summary: str
    module: str
    options: str
    function: str
    flags: dict[str, str] = dataclasses.field(default_factory=dict)

    def load(self) -> tuple[type, Callable[[Any], int | None]]:
        """Import the module."""
        module = importlib.import_module(self.module)
        return getattr(module, self.options), getattr(module, self.function)


@dataclasses.dataclass(frozen=True)
class Group:
    """A command that only has commands of its own."""

    summary: str
    commands: Mapping[str, "Command | Group"]


_DATA = {
    "count": Command(
        "Count which words of a text occur near each other, into a statistics file",
        "gradflow.cli._data_count",
        "CountOptions",
        "count",
        {"texts_or_path": "TEXT", "path": "--out", "memory_limit": "--memory"},
    ),
    "info": Command(
        "What a statistics file, or embedded statistics, hold",
        "gradflow.cli._data_info",
        "DataInfoOptions",
        "data_info",
        {"path_or_name": "NAME-OR-FILE"},
    ),
    "list": Command(
        "Statistics that come with gradflow, and corpora that can be downloaded",
        "gradflow.cli._data_list",
        "ListOptions",
        "list_data",
    ),
    "download": Command(
        "Download a public corpus once, check it, and say where it lies",
        "gradflow.cli._data_download",
        "DownloadOptions",
        "download",
        {"name": "NAME"},
    ),
}

ROOT = Group(
    "Simulate, solve and predict how word embeddings learn.",
    {
        "run": Command(
            "Predict and measure when each mode is learned; write arrays, tables, figures",
            "gradflow.cli._run",
            "RunOptions",
            "run",
            {"texts_or_path": "--text", "path_or_name": "--counts", "num": "--num-times"},
        ),
        "sweep": Command(
            "Follow a grid of losses, weightings, k, d, scales and seeds; write one result",
            "gradflow.cli._sweep",
            "SweepOptions",
            "sweep",
            {"texts_or_path": "--text", "path_or_name": "--counts"},
        ),
        "embed": Command(
            "Make word vectors of a text without training, in a file that gensim opens",
            "gradflow.cli._embed",
            "EmbedOptions",
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
            "gradflow.cli._evaluate",
            "EvaluateOptions",
            "evaluate",
            {"path": "VECTORS"},
        ),
        "data": Group("Count texts; list, inspect and download statistics and corpora", _DATA),
        "info": Command(
            "Versions and devices; with counts, their size and their first modes",
            "gradflow.cli._info",
            "InfoOptions",
            "info",
            {"path_or_name": "NAME-OR-FILE", "k": "--modes"},
        ),
        "figures": Command(
            "Make the figures of all experiments of a checkout, or of those that are named",
            "gradflow.cli._figures",
            "FiguresOptions",
            "figures",
            {"names": "NAME"},
        ),
    },
)
