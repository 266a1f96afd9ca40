"""What questions and pairs are made of, checked where they are made."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from gradflow._checks import is_real, positive_int, shown
from gradflow._errors import ArgumentError


def word_tuples(argument: str, values: Any, count: int) -> tuple[tuple[str, ...], ...]:
    """So many words each.

    Raises:
        ArgumentError: Something else.
    """
    wanted = f"tuples of {count} words"
    found = []
    for value in _each(argument, values, wanted):
        words = () if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
        if len(words) != count or not all(isinstance(word, str) for word in words):
            raise ArgumentError(argument, wanted, shown(value))
        found.append(words)
    return tuple(found)


def strings(argument: str, values: Any) -> tuple[str, ...]:
    """Any number of them.

    Raises:
        ArgumentError: Something else.
    """
    found = _each(argument, values, "a sequence of strings")
    if not all(isinstance(value, str) for value in found):
        raise ArgumentError(argument, "a sequence of strings", shown(values))
    return found


def one_each(
    argument: str, values: Any, count: int, what: str, below: int | None = None
) -> tuple[Any, ...]:
    """A finite number for each; with a bound, an integer from zero and below it.

    Raises:
        ArgumentError: Not so many, or another value.
    """
    wanted = f"a number for each of the {count} {what}"
    found = _each(argument, values, wanted)
    if len(found) != count:
        raise ArgumentError(argument, wanted, f"{len(found)} numbers")
    if below is None:
        for value in found:
            if not is_real(value):
                raise ArgumentError(argument, "finite numbers", shown(value))
        return tuple(float(value) for value in found)
    whole = tuple(positive_int(argument, value, least=0) for value in found)
    if max(whole, default=-1) >= below:
        raise ArgumentError(argument, f"positions among {below} sections", max(whole))
    return whole


def one_name(value: Any) -> str:
    """What tables call a set.

    Raises:
        ArgumentError: No string.
    """
    if not isinstance(value, str):
        raise ArgumentError("name", "a string", shown(value))
    return value


def _each(argument: str, values: Any, wanted: str) -> tuple[Any, ...]:
    listed = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    if not listed or (isinstance(values, np.ndarray) and values.ndim == 0):
        raise ArgumentError(argument, wanted, shown(values))
    return tuple(values)
