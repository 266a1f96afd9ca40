"""Checks of arguments, shared by all layers.

Each returns the value it was given, in its proper type, or raises an error of one line.
"""

import math
import numbers
from collections.abc import Collection, Iterable, Set
from typing import Any

import numpy as np
from jaxtyping import Float64

from gradflow._errors import ArgumentError, DataError

_LONGEST = 80


def positive_int(argument: str, value: Any, least: int = 1) -> int:
    """An integer of at least one, or of at least something else, that fits into 64 bits."""
    number = _scalar(value)
    if isinstance(number, bool) or not isinstance(number, numbers.Integral) or int(number) < least:
        raise ArgumentError(argument, f"an integer of at least {least}", shown(value))
    if int(number) >= 2**63:
        raise ArgumentError(argument, "an integer below 2**63", shown(value))
    return int(number)


def positive_float(argument: str, value: Any) -> float:
    """A finite real number above zero."""
    if not is_real(value) or not (value > 0):
        raise ArgumentError(argument, "a finite number above 0", shown(value))
    return float(value)


def nonnegative_float(argument: str, value: Any) -> float:
    """A finite real number, zero or above."""
    if not is_real(value) or not (value >= 0):
        raise ArgumentError(argument, "a finite number of at least 0", shown(value))
    return float(value)


def finite_float(argument: str, value: Any) -> float:
    """A finite real number."""
    if not is_real(value):
        raise ArgumentError(argument, "a finite number", shown(value))
    return float(value)


def one_of(argument: str, value: Any, allowed: Collection[str]) -> str:
    """One of a few names."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise ArgumentError(argument, f"one of {names}", shown(value))
    return value


def distinct_words(words: Any) -> tuple[str, ...]:
    """Words that differ from each other, and that a file with one a line can hold.

    Raises:
        DataError: Something else.
    """
    wanted = "different words, at least one"
    unordered = isinstance(words, str | Set) or not isinstance(words, Iterable)
    if unordered or (isinstance(words, np.ndarray) and words.ndim != 1):
        raise DataError("words", wanted, shown(words))
    words = tuple(words.tolist() if isinstance(words, np.ndarray) else words)
    if not words:
        raise DataError("words", wanted, "none")
    seen: set[str] = set()
    for word in words:
        if not isinstance(word, str) or not word or "\n" in word or not _encodable(word):
            raise DataError("words", "non-empty UTF-8 strings without line ends", shown(word))
        if word in seen:
            raise DataError("words", wanted, f"{shown(word)} twice")
        seen.add(word)
    return words


def _encodable(word: str) -> bool:
    try:
        return bool(word.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def real_array(argument: str, value: Any) -> Float64[np.ndarray, "..."]:
    """An array of real numbers, as float64: nothing ragged, no strings, truth values or objects."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(argument, "an array of numbers", shown(value)) from error
    if array.dtype.kind not in "iuf":
        raise ArgumentError(argument, "an array of numbers", shown(value))
    return array.astype(np.float64)


def is_real(value: Any) -> bool:
    """Whether this is a finite real number and not a truth value."""
    number = _scalar(value)
    if isinstance(number, bool) or not isinstance(number, numbers.Real):
        return False
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer that no float holds
        return False


def shown(value: Any) -> str:
    """The value in one line, not too long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a huge number"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


def _scalar(value: Any) -> Any:
    """What an array without axes holds; other values as they are."""
    return value.item() if isinstance(value, np.ndarray | np.generic) and value.ndim == 0 else value
