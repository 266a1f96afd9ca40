"""Checks of the questions and pairs that users write down themselves."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from gradflow._checks import is_real, positive_int, shown
from gradflow._errors import ArgumentError


def word_tuples(argument: str, values: Any, count: int) -> tuple[tuple[str, ...], ...]:
    """Return the values as tuples of `count` words.

    Raises:
        ArgumentError: A value is not an iterable of that many strings.
    """
    wanted = f"tuples of {count} words"
    tuples = []
    for value in _listed(argument, values, wanted):
        words = () if isinstance(value, str) or not isinstance(value, Iterable) else tuple(value)
        if len(words) != count or not all(isinstance(word, str) for word in words):
            raise ArgumentError(argument, wanted, shown(value))
        tuples.append(words)
    return tuple(tuples)


def strings(argument: str, values: Any) -> tuple[str, ...]:
    """Return the values as a tuple of strings.

    Raises:
        ArgumentError: They are something else.
    """
    texts = _listed(argument, values, "a sequence of strings")
    if not all(isinstance(value, str) for value in texts):
        raise ArgumentError(argument, "a sequence of strings", shown(values))
    return texts


def numbers_of(argument: str, values: Any, count: int, items: str) -> tuple[float, ...]:
    """Return one finite number for each of `count` items.

    Raises:
        ArgumentError: There are fewer or more numbers, or a value is not a finite number.
    """
    numbers = _counted(argument, values, count, items)
    for value in numbers:
        if not is_real(value):
            raise ArgumentError(argument, "finite numbers", shown(value))
    return tuple(float(value) for value in numbers)


def positions_of(
    argument: str, values: Any, count: int, items: str, sections: int
) -> tuple[int, ...]:
    """Return for each of `count` items its section, as a position in a list of sections.

    Raises:
        ArgumentError: There are fewer or more numbers, or a value is no such position.
    """
    numbers = _counted(argument, values, count, items)
    positions = tuple(positive_int(argument, value, least=0) for value in numbers)
    if max(positions, default=-1) >= sections:
        raise ArgumentError(argument, f"positions among {sections} sections", max(positions))
    return positions


def check_name(value: Any) -> None:
    """Check the name of a set of questions.

    Raises:
        ArgumentError: The name is not a string.
    """
    if not isinstance(value, str):
        raise ArgumentError("name", "a string", shown(value))


def different_integers(argument: str, values: Any, largest: int | None = None) -> list[int]:
    """Return a list of different integers; with a largest one, all from 1 to it.

    Raises:
        ArgumentError: The values are something else.
    """
    wanted = "different integers" + ("" if largest is None else f" from 1 to {largest}")
    listed = isinstance(values, Sequence) or getattr(values, "ndim", None) == 1
    numbers = list(values) if listed else []
    integral = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
    if not numbers or not integral or len(set(numbers)) < len(numbers):
        raise ArgumentError(argument, wanted, shown(values))
    if largest is not None and not 1 <= min(numbers) <= max(numbers) <= largest:
        raise ArgumentError(argument, wanted, shown(values))
    return [int(n) for n in numbers]


def _counted(argument: str, values: Any, count: int, items: str) -> tuple[Any, ...]:
    """Return the values, of which there must be as many as items."""
    wanted = f"a number for each of the {count} {items}"
    numbers = _listed(argument, values, wanted)
    if len(numbers) != count:
        raise ArgumentError(argument, wanted, f"{len(numbers)} numbers")
    return numbers


def _listed(argument: str, values: Any, wanted: str) -> tuple[Any, ...]:
    """Return the elements of an iterable that is not a string."""
    listed = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    if not listed or (isinstance(values, np.ndarray) and values.ndim == 0):
        raise ArgumentError(argument, wanted, shown(values))
    return tuple(values)
