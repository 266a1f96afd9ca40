"""Products of tall, thin matrices on all cores, in parts of fixed size.

BLAS with threads of its own waits, spinning, for cores that other processes have. Here each part is
a product of one thread, and what they add up to does not depend on how many threads there are.
"""

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import threadpoolctl

from gradflow._machine import compiled_threads
from gradflow.targets._products import pool

_PARTS = 16
_LEAST_ROWS = 512

Result = TypeVar("Result")


class _Limit:
    """The limit is the process's, so of several callers the first sets it and the last lifts it."""

    def __init__(self) -> None:
        self._lock, self._callers = threading.Lock(), 0
        self._limits: threadpoolctl.threadpool_limits | None = None

    def begin(self) -> None:
        with self._lock:
            if not self._callers:
                self._limits = threadpoolctl.threadpool_limits(1, user_api="blas")
            self._callers += 1

    def end(self) -> None:
        with self._lock:
            self._callers -= 1
            if not self._callers and self._limits is not None:
                self._limits.restore_original_limits()


_LIMIT = _Limit()


@contextlib.contextmanager
def one_thread_blas() -> Iterator[None]:
    """BLAS in the calling process with one thread, so that those below have the cores."""
    _LIMIT.begin()
    try:
        yield
    finally:
        _LIMIT.end()


def overlaps(rows: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return Q W (m, b) for Q (m, V) and W (V, b)."""
    return np.sum(_parts(len(w), lambda part: rows[:, part] @ w[part]), axis=0)


def subtract(rows: np.ndarray, coefficients: np.ndarray, w: np.ndarray) -> None:
    """Replace W (V, b) by W − QᵀC, for Q (m, V) and C (m, b)."""

    def work(part: slice) -> None:
        w[part] -= rows[:, part].T @ coefficients

    _parts(len(w), work)


def combined(rows: np.ndarray, coordinates: np.ndarray) -> np.ndarray:
    """Return QᵀC (V, n) for Q (m, V) and C (m, n)."""
    result = np.empty((rows.shape[1], coordinates.shape[1]), rows.dtype)

    def work(part: slice) -> None:
        np.matmul(rows[:, part].T, coordinates, out=result[part])

    _parts(len(result), work)
    return result


def _parts(size: int, work: Callable[[slice], Result]) -> list[Result]:
    """Of 0 … size − 1, as many as there is work for."""
    count = max(1, min(_PARTS, size // _LEAST_ROWS))
    cuts = np.linspace(0, size, count + 1).astype(int)
    slices = [slice(first, last) for first, last in itertools.pairwise(cuts)]
    threads = compiled_threads()
    if threads == 1 or count == 1:
        return [work(part) for part in slices]
    return list(pool(threads).map(work, slices))
