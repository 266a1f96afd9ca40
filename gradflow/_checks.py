"""Checks of arguments, shared by all layers.

Each returns the value it was given, in its proper type, or raises an error of one line. Values
that JAX is tracing pass unchecked, since they are not known yet.
"""

import math
import numbers
from collections.abc import Collection
from typing import Any

from gradflow._errors import ArgumentError


def positive_int(argument: str, value: Any) -> int:
    """An integer of at least one."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ArgumentError(argument, "an integer of at least 1", repr(value))
    return int(value)


def positive_float(argument: str, value: Any) -> float:
    """A finite real number above zero."""
    if not is_real(value) or not (value > 0):
        raise ArgumentError(argument, "a finite number above 0", repr(value))
    return float(value)


def nonnegative_float(argument: str, value: Any) -> float:
    """A finite real number, zero or above."""
    if not is_real(value) or not (value >= 0):
        raise ArgumentError(argument, "a finite number of at least 0", repr(value))
    return float(value)


def one_of(argument: str, value: Any, allowed: Collection[str]) -> str:
    """One of a few names."""
    if value not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise ArgumentError(argument, f"one of {names}", repr(value))
    return value


def is_real(value: Any) -> bool:
    """Whether this is a finite real number and not a truth value."""
    return (
        isinstance(value, numbers.Real)
        and not isinstance(value, bool)
        and math.isfinite(float(value))
    )
