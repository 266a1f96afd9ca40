"""Annotations are checked while tests run: types, dtypes and shapes of arguments and results.

A call is checked when it has returned. What a function accepted has to be what its annotations say,
and so has what it returns; a call that raises has accepted nothing, so wrong arguments reach the
checks that answer them with `ArgumentError`.
"""

import functools
import inspect
import pathlib
import re
from typing import Any, Self, get_args, runtime_checkable

import beartype
from jaxtyping import install_import_hook

CHECKOUT = pathlib.Path(__file__).parent.parent

# Numba compiles the function as it is written, and knows nothing of a wrapper.
_COMPILED = re.compile(r"^@(compiled|numba\.njit)", re.MULTILINE)

# A whole number is a float too, as for type checkers [PEP 484].
_check = beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))


def switch_on() -> None:
    """Check the library and the experiments, all but loops compiled by Numba.

    To be called before any of them is imported.
    """
    paths = [path for top in ("gradflow", "experiments") for path in (CHECKOUT / top).rglob("*.py")]
    modules = [
        ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
        for path in paths
        if path.name != "__init__.py" and not _COMPILED.search(path.read_text())
    ]
    install_import_hook(modules, "tests.runtime_types.after_the_call")


def after_the_call(stand_in):
    """The type checker that jaxtyping applies to stand-ins with the annotations of a function.

    One stand-in is called with the arguments before the function itself, the other with arguments
    and result after it. Only the latter is checked.
    """
    if not any(re.fullmatch(r"ret\d+", name) for name in inspect.signature(stand_in).parameters):
        return stand_in

    @functools.cache
    def checked():  # at the first call: most functions are not called in most test processes
        hints = stand_in.__annotations__
        hints.update({name: _checkable(hint) for name, hint in hints.items()})
        return _check(stand_in)

    return lambda *arguments, **named: checked()(*arguments, **named)


def _checkable(annotation):
    """The annotation, with what only type checkers know put into words for Python."""
    if annotation is Self:  # known within a class alone, which a stand-in is not
        return Any
    for inner in (annotation, *get_args(annotation)):
        if inspect.isclass(inner) and getattr(inner, "_is_protocol", False):
            runtime_checkable(inner)
    return annotation
