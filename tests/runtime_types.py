"""Annotations are checked while tests run: types, dtypes and shapes of arguments and results.

A call is checked when it has returned. What a function accepted has to be what its annotations say,
and so has what it returns; a call that raises has accepted nothing, so wrong arguments reach the
checks that answer them with `ArgumentError`. Of a dataclass the fields are checked, as they are
once it is made.
"""

import dataclasses
import functools
import inspect
import re
from typing import IO, Any, Self, get_args, get_origin, runtime_checkable

import beartype
import numpy as np
from jaxtyping import install_import_hook

from tests.import_graph import layer_of, modules

# Numba compiles the function as it is written, and knows nothing of a wrapper.
_COMPILED = re.compile(r"^@(compiled|numba\.njit)", re.MULTILINE)

# A whole number is a float too, as for type checkers [PEP 484], and NumPy registers its scalars as
# numbers of both kinds [PEP 3141], as which `gradflow._checks` takes them.
_NUMBERS = {int: int | np.integer, float: float | np.floating | int | np.integer}
_NUMBERS[complex] = complex | np.complexfloating | _NUMBERS[float]
_check = beartype.beartype(conf=beartype.BeartypeConf(hint_overrides=beartype.FrozenDict(_NUMBERS)))


def switch_on() -> None:
    """Check the library and the experiments, all but loops compiled by Numba.

    To be called before any of them is imported.
    """
    checked = [
        name
        for name, path in modules().items()
        if layer_of(name) != "benchmarks"
        and path.stem != "__init__"
        and not _COMPILED.search(path.read_text())
    ]
    install_import_hook(checked, "tests.runtime_types.after_the_call")


def after_the_call(stand_in):
    """The type checker that jaxtyping applies to stand-ins with the annotations of a function.

    One stand-in is called with the arguments before the function itself, the other with arguments
    and result after it. Only the latter is checked.
    """
    parameters = inspect.signature(stand_in).parameters
    if not any(re.fullmatch(r"ret\d+", each) for each in parameters):
        return stand_in

    @functools.cache
    def checked():  # at the first call: most functions are not called in most test processes
        hints = stand_in.__annotations__
        hints.update({name: _checkable(hint) for name, hint in hints.items()})
        return _check(stand_in)

    def check_fields(made, *arguments, **named):
        try:
            bound = _stored(stand_in, made, *arguments, **named)
            checked()(*bound.args, **bound.kwargs)
        except beartype.roar.BeartypeCallHintViolation:
            if not _refused_next(made):
                raise

    def check(*arguments, **named):
        if any(map(inspect.isgenerator, named.values())):  # its body has looked at nothing yet
            return None
        is_made = stand_in.__name__ == "__init__" and dataclasses.is_dataclass(arguments[0])
        return check_fields(*arguments, **named) if is_made else checked()(*arguments, **named)

    return check


def _stored(stand_in, made, *arguments, **named):
    """Arguments of a dataclass as its fields hold them, which may have converted them."""
    bound = inspect.signature(stand_in).bind(made, *arguments, **named)
    for field in dataclasses.fields(made):
        hint = stand_in.__annotations__.get(field.name)
        if field.name in bound.arguments and hint == field.type:  # not so in an `__init__` by hand
            bound.arguments[field.name] = getattr(made, field.name)
    return bound


def _refused_next(made):
    """Whether a module of equinox will not pass the checks that follow its `__init__`."""
    try:
        for kind in type(made).__mro__:
            vars(kind).get("__check_init__", lambda made: None)(made)
    except ValueError:
        return True
    return False


def _checkable(annotation):
    """The annotation, with what only type checkers know put into words for Python."""
    if annotation is Self:  # known within a class alone, which a stand-in is not
        return Any
    if get_origin(annotation) is IO:  # compressed streams lack some methods of the class
        return Any
    _make_protocols_checkable(annotation)
    return annotation


def _make_protocols_checkable(annotation):
    """Let protocols in an annotation, however deep, be checked by the names that they have."""
    if inspect.isclass(annotation) and getattr(annotation, "_is_protocol", False):
        runtime_checkable(annotation)
    for inner in get_args(annotation):
        _make_protocols_checkable(inner)
