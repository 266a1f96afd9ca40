"""A sparse matrix times a block of vectors, on all cores.

Rows are shared out so that every thread has as many entries as the others. A row is summed by one
thread in a fixed order, so the result does not depend on the number of threads.
"""

import concurrent.futures
import functools
import itertools
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from gradflow._machine import compiled_threads

_PARTS_PER_THREAD = 4  # rows of rare words take longer an entry: their columns are in no cache
_WORTH_THREADS = 1 << 18  # multiply-adds
WIDTH = 32  # columns at a time: V × 32 numbers stay in the cache that the cores share


def csr_product(
    indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """Return S X for S (V, V) in CSR form and X (V, b), of X's dtype.

    Args:
        indptr: (V + 1,) int64, where each row begins.
        indices: (n,) int32, the column of each entry.
        data: (n,), the entries; X's dtype is the fastest.
        vectors: X.

    Returns:
        (V, b), in C order.
    """
    result = np.empty(vectors.shape, vectors.dtype)
    for first in range(0, vectors.shape[1], WIDTH):
        columns = slice(first, first + WIDTH)
        block = np.ascontiguousarray(vectors[:, columns])
        product = np.empty_like(block)
        _product(indptr, indices.view(np.uint32), data, block, product)
        result[:, columns] = product
    return result


def _product(
    indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, x: np.ndarray, y: np.ndarray
) -> None:
    # Imported here, so that dense targets do not wait half a second for Numba.
    from gradflow.targets._kernels import multiply_rows

    by_rows(multiply_rows, indptr, x.shape[1], indptr, indices, data, x, y)


def by_rows(kernel: Callable[..., None], indptr: np.ndarray, cost: int, *arguments: Any) -> None:
    """kernel(first, last, *arguments) for all rows, shared out over the threads.

    Args:
        kernel: Compiled, and without Python's global lock.
        indptr: (V + 1,), where the entries of each row begin.
        cost: Multiply-adds an entry takes.
        *arguments: Handed on.
    """
    threads, size = compiled_threads(), len(indptr) - 1
    if threads == 1 or indptr[-1] * cost < _WORTH_THREADS:
        kernel(0, size, *arguments)
        return
    wanted = np.linspace(0, indptr[-1], _PARTS_PER_THREAD * threads + 1)
    cuts = np.searchsorted(indptr, wanted)
    cuts[0], cuts[-1] = 0, size
    tasks = [
        pool(threads).submit(kernel, first, last, *arguments)
        for first, last in itertools.pairwise(cuts)
        if last > first
    ]
    for task in tasks:
        task.result()


@functools.cache
def pool(threads: int) -> concurrent.futures.ThreadPoolExecutor:
    """Threads for products, kept."""
    return concurrent.futures.ThreadPoolExecutor(threads, "gradflow-products")


if hasattr(os, "register_at_fork"):  # a child has the pool, but none of its threads
    os.register_at_fork(after_in_child=pool.cache_clear)
