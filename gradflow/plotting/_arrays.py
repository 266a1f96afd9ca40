"""Arrays as the figures need them, or an error of one line."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gradflow._errors import ArgumentError


def shaped(
    argument: str, value: ArrayLike, axes: str, sizes: dict[str, int]
) -> NDArray[np.float64]:
    """Numbers with the named axes.

    Args:
        argument: Name for the error message.
        value: Anything that NumPy takes for an array of numbers; nan is allowed.
        axes: Names of the axes, such as "T mode", or their sizes, such as "3 V 2".
        sizes: Sizes of the axes named so far; new names are added to it.

    Returns:
        The array in float64.

    Raises:
        ArgumentError: No numbers, or another shape.
    """
    names = axes.split()
    wanted = tuple(int(name) if name.isdigit() else sizes.get(name, name) for name in names)
    expected = f"numbers of shape ({', '.join(map(str, wanted))}{',' * (len(names) == 1)})"
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentError(argument, expected, f"a {type(value).__name__}") from None
    fits = array.ndim == len(names) and all(
        isinstance(want, str) or want == have
        for want, have in zip(wanted, array.shape, strict=True)
    )
    if not fits or 0 in array.shape:
        raise ArgumentError(argument, expected, f"shape {array.shape}")
    for name, have in zip(names, array.shape, strict=True):
        if not name.isdigit():
            sizes[name] = have
    return array
