"""All experiments that there are, found by looking. `gradflow figures` starts here."""

import importlib
import pathlib
import pkgutil
from collections.abc import Sequence
from typing import Any

import gradflow as gf
from experiments._experiment import Experiment
from experiments._task import Task as Task
from experiments._text import Text as Text

FIGURES = pathlib.Path(__file__).parent.parent / "figures"

# Modules beside the experiments that are none; private ones go without saying.
_HELPERS = frozenset({"collection", "command"})


def experiment_names(package: str = "experiments") -> tuple[str, ...]:
    """Names of all, in alphabetical order; nothing of them is imported.

    Args:
        package: Whose modules and packages they are.
    """
    places = importlib.import_module(package).__path__
    found = (module.name for module in pkgutil.iter_modules(places))
    return tuple(sorted(n for n in found if not n.startswith("_") and n not in _HELPERS))


def load_experiment(name: str, package: str = "experiments") -> Experiment[Any, Any]:
    """Import one.

    Args:
        name: One of `experiment_names`.
        package: Whose it is.
    """
    found = importlib.import_module(f"{package}.{name}").EXPERIMENT
    assert isinstance(found, Experiment), f"{name} defines no experiment"
    return found


def chosen_names(names: Sequence[str], package: str = "experiments") -> tuple[str, ...]:
    """Those that were asked for, each once; all where none were.

    Raises:
        ArgumentError: There is no such experiment.
    """
    known = experiment_names(package)
    for name in names:
        if name not in known:
            raise gf.ArgumentError("names", f"some of {', '.join(known)}", repr(name))
    return tuple(dict.fromkeys(names)) or known


def folder_name(name: str, quick: bool) -> str:
    """Of an experiment at one of its sizes."""
    return f"{name}-quick" if quick else name


def task(
    name: str,
    quick: bool,
    out: pathlib.Path | None = None,
    text: Text | None = None,
    package: str = "experiments",
) -> Task:
    """What is to be made.

    Args:
        name: Of the experiment.
        quick: Whether at its quick size.
        out: Where its folder lies; in figures/ of the project unless given.
        text: What it may start from.
        package: Whose experiment it is.
    """
    folder = (FIGURES if out is None else out) / folder_name(name, quick)
    return Task(load_experiment(name, package), quick, folder, text)
