"""All experiments that there are, found by looking.

This module is the entry point `collection` of the group "gradflow.experiments", by which
`gradflow figures` finds them.
"""

import ast
import importlib
import importlib.util
import pathlib
import pkgutil
from collections.abc import Sequence
from typing import Any

import gradflow as gf
from gradflow.experiments._framework import Experiment, Task
from gradflow.experiments._framework import Text as Text

PACKAGE = "gradflow.experiments"


def _figures() -> pathlib.Path:
    """Return figures/ of a checkout; without one, the folder of that name in the current one.

    In a checkout the experiments lie beside the library, and the package has a link to them; in an
    installed wheel they lie inside it.
    """
    sources = pathlib.Path(__file__).resolve().parent
    library = pathlib.Path(gf.__file__).resolve().parent
    return pathlib.Path("figures") if sources.parent == library else sources.parent / "figures"


FIGURES = _figures()


def experiment_names(package: str = PACKAGE) -> tuple[str, ...]:
    """Return the names of all experiments in alphabetical order; none of them is imported.

    Args:
        package: The package whose modules and packages they are.
    """
    places = importlib.import_module(package).__path__
    names = (module.name for module in pkgutil.iter_modules(places))
    return tuple(sorted(n for n in names if not n.startswith("_") and n != "collection"))


def claim(name: str, package: str = PACKAGE) -> str:
    """Return the first line of an experiment's docstring, read without importing it."""
    spec = importlib.util.find_spec(f"{package}.{name}")
    assert spec is not None
    assert spec.origin is not None
    source = pathlib.Path(spec.origin).read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def load_experiment(name: str, package: str = PACKAGE) -> Experiment[Any, Any]:
    """Import one of `experiment_names` and return what it defines."""
    experiment = importlib.import_module(f"{package}.{name}").EXPERIMENT
    assert isinstance(experiment, Experiment), f"{name} defines no experiment"
    return experiment


def chosen_names(names: Sequence[str], package: str = PACKAGE) -> tuple[str, ...]:
    """Return the names that were asked for, each once; all where none were.

    Raises:
        ArgumentError: There is no such experiment.
    """
    existing = experiment_names(package)
    for name in names:
        if name not in existing:
            raise gf.ArgumentError("names", f"some of {', '.join(existing)}", repr(name))
    return tuple(dict.fromkeys(names)) or existing


def folder_name(name: str, quick: bool) -> str:
    """Return the name of an experiment's folder at one of its sizes."""
    return f"{name}-quick" if quick else name


def task(
    name: str,
    quick: bool,
    out: pathlib.Path | None = None,
    text: Text | None = None,
    package: str = PACKAGE,
) -> Task:
    """Return what is to be made.

    Args:
        name: Name of the experiment.
        quick: Whether at its quick size.
        out: Folder in which its folder lies; `FIGURES` unless given.
        text: The text that it may start from.
        package: The package whose experiment it is.
    """
    folder = (FIGURES if out is None else out) / folder_name(name, quick)
    return Task(load_experiment(name, package), quick, folder, text)
