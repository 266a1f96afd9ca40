"""Products of tall, thin matrices on all cores, in parts of fixed size.

BLAS with threads of its own waits, spinning, for cores that other processes have. Here each part is
a product of one thread, and what they add up to does not depend on how many threads there are.
"""

import itertools
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from gradflow._machine import compiled_threads
from gradflow._parallel import share_out

_PARTS = 16
_LEAST_ROWS = 512

Result = TypeVar("Result")


def overlaps(rows: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Q W (m, b) for Q (m, V) and W (V, b)."""
    return np.sum(_parts(len(w), lambda part: rows[:, part] @ w[part]), axis=0)


def subtract(rows: np.ndarray, coefficients: np.ndarray, w: np.ndarray) -> None:
    """W − QᵀC in place of W (V, b), for Q (m, V) and C (m, b)."""

    def work(part: slice) -> None:
        w[part] -= rows[:, part].T @ coefficients

    _parts(len(w), work)


def combined(rows: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """QᵀC (V, n) for Q (m, V) and C (m, n)."""
    result = np.empty((rows.shape[1], coordinates.shape[1]), rows.dtype)

    def work(part: slice) -> None:
        np.matmul(rows[:, part].T, coordinates, out=result[part])

    _parts(len(result), work)
    return result


def _parts(size: int, work: Callable[[slice], Result]) -> list[Result]:
    """Return work(part) for parts of 0 … size − 1, as many as there is work for."""
    count = max(1, min(_PARTS, size // _LEAST_ROWS))
    cuts = np.linspace(0, size, count + 1).astype(int)
    slices = [slice(first, last) for first, last in itertools.pairwise(cuts)]
    return share_out(work, slices, compiled_threads())
