"""Checks of arguments, shared by all layers.

Each returns the value it was given, in its proper type, or raises an error of one line.
"""

import math
import numbers
from collections.abc import Collection, Iterable, Sequence, Set
from typing import Any

import numpy as np
from jaxtyping import Float64

from gradflow._errors import ArgumentError, DataError

_LONGEST = 80


def positive_int(argument: str, value: Any, least: int = 1) -> int:
    """Return an integer of at least one, or of at least something else, that fits into 64 bits."""
    number = _scalar(value)
    if isinstance(number, bool) or not isinstance(number, numbers.Integral) or int(number) < least:
        raise ArgumentError(argument, f"an integer of at least {least}", shown(value))
    if int(number) >= 2**63:
        raise ArgumentError(argument, "an integer below 2**63", shown(value))
    return int(number)


def positive_float(argument: str, value: Any) -> float:
    """Return a finite real number above zero, as a float."""
    if not is_real(value) or not (value > 0):
        raise ArgumentError(argument, "a finite number above 0", shown(value))
    return float(value)


def nonnegative_float(argument: str, value: Any) -> float:
    """Return a finite real number, zero or above, as a float."""
    if not is_real(value) or not (value >= 0):
        raise ArgumentError(argument, "a finite number of at least 0", shown(value))
    return float(value)


def finite_float(argument: str, value: Any) -> float:
    """Return a finite real number, as a float."""
    if not is_real(value):
        raise ArgumentError(argument, "a finite number", shown(value))
    return float(value)


def one_of(argument: str, value: Any, allowed: Collection[str]) -> str:
    """Return a name that is one of a few."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(repr(name) for name in allowed)
        raise ArgumentError(argument, f"one of {names}", shown(value))
    return value


def distinct_words(words: Any) -> tuple[str, ...]:
    """Return words that differ from each other, and that a file with one a line can hold.

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
    earlier: set[str] = set()
    for word in words:
        if not isinstance(word, str) or not word or "\n" in word or not _encodable(word):
            raise DataError("words", "non-empty UTF-8 strings without line ends", shown(word))
        if word in earlier:
            raise DataError("words", wanted, f"{shown(word)} twice")
        earlier.add(word)
    return words


def _encodable(word: str) -> bool:
    try:
        return bool(word.encode("utf-8"))
    except UnicodeEncodeError:
        return False


def real_array(argument: str, value: Any) -> Float64[np.ndarray, "..."]:
    """Return an array of real numbers as float64: nothing ragged, no strings, no truth values."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(argument, "an array of numbers", shown(value)) from error
    if array.dtype.kind not in "iuf":
        raise ArgumentError(argument, "an array of numbers", shown(value))
    return array.astype(np.float64)


def positive_scales(argument: str, value: Any) -> tuple[float, ...]:
    """Return initialisation scales: one number above zero, or different ones in a row."""
    array = np.atleast_1d(real_array(argument, value))
    if array.ndim != 1:
        raise ArgumentError(argument, "numbers in one row", f"shape {array.shape}")
    scales = tuple(positive_float(argument, scale) for scale in array.tolist())
    if not scales or len(set(scales)) < len(scales):
        raise ArgumentError(argument, "different numbers, at least one", shown(scales))
    return scales


def distinct_seeds(argument: str, value: Any, most: int = 2**63 - 1) -> tuple[int, ...]:
    """Return seeds: 0, 1, ... where their number is given, or different ones in a row.

    Args:
        argument: Name of the argument.
        value: How many, or a sequence.
        most: The largest seed that the caller's integers hold.
    """
    if not isinstance(value, Sequence | np.ndarray):
        return tuple(range(positive_int(argument, value)))
    numbers_wanted = "different whole numbers from 0, at least one"
    fine = not isinstance(value, str) and all(
        isinstance(seed, int | np.integer) and not isinstance(seed, bool) and 0 <= seed <= most
        for seed in value
    )
    seeds = tuple(value)
    if not seeds or not fine or len(set(seeds)) < len(seeds):
        raise ArgumentError(argument, numbers_wanted, shown(seeds))
    return tuple(int(seed) for seed in seeds)


def at_most_words(argument: str, value: Any, vocab_size: int) -> int:
    """Return a positive integer that is not above the vocabulary size, such as a dimension."""
    number = positive_int(argument, value)
    if number > vocab_size:
        raise ArgumentError(argument, f"at most the vocabulary size {vocab_size}", number)
    return number


def is_real(value: Any) -> bool:
    """Return whether this is a finite real number and not a truth value."""
    number = _scalar(value)
    if isinstance(number, bool) or not isinstance(number, numbers.Real):
        return False
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer that no float holds
        return False


def shown(value: Any) -> str:
    """Return the value in one line, not too long."""
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # Python writes no integers of more than 4300 digits
        return "a huge number"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


def _scalar(value: Any) -> Any:
    """Return what an array without axes holds; other values as they are."""
    return value.item() if isinstance(value, np.ndarray | np.generic) and value.ndim == 0 else value
