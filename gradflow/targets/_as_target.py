"""Whatever names a symmetric matrix, as a target."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow.targets._callable import CallableTarget
from gradflow.targets._target import AbstractTarget, Target


def as_target(value: Any, vocab_size: int | None = None) -> AbstractTarget:
    """Return the target itself, or one made of a symmetric array or of a function X ↦ M X.

    Args:
        value: A target, a real symmetric array-like (V, V), or a function.
        vocab_size: V, which a function needs; None otherwise.

    Raises:
        DataError: An array that is not square, finite and symmetric.
        ArgumentError: Something else; a function without `vocab_size`, or another V than it says.
    """
    if isinstance(value, AbstractTarget):
        target = value
    elif _is_array_like(value):
        target = Target(value)
    elif callable(value):
        if vocab_size is None:
            raise ArgumentError("vocab_size", "V, since the target is a function", None)
        return CallableTarget(value, vocab_size)
    else:
        wanted = "a gradflow target, such as gf.Target(matrix), or a symmetric array"
        raise ArgumentError("target", wanted, shown(value))
    if vocab_size is not None and vocab_size != target.vocab_size:
        raise ArgumentError("vocab_size", f"{target.vocab_size}, as the target has", vocab_size)
    return target


def _is_array_like(value: Any) -> bool:
    """Whether NumPy would take it for a matrix: an array of any library, or lists of lists."""
    if isinstance(value, str | bytes):
        return False
    return isinstance(value, Sequence | np.ndarray) or hasattr(value, "__array__")
