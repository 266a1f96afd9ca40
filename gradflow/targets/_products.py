"""A sparse matrix times a block of vectors, on all cores.

Rows are shared out so that every thread has as many entries as the others. A row is summed by one
thread in a fixed order, so the result does not depend on the number of threads.
"""

import numpy as np

from gradflow._parallel import by_rows

WIDTH = 32  # columns at a time: V × 32 numbers stay in the cache that the cores share


def csr_product(
    indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, vectors: np.ndarray
) -> np.ndarray:
    """S X for S (V, V) in CSR form and X (V, b), of X's dtype.

    Args:
        indptr: (V + 1,) int64.
        indices: (n,) int32.
        data: (n,), best of X's dtype.
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
    # Imported here, as Numba takes half a second, which dense targets need not wait for.
    from gradflow.targets._kernels import multiply_rows

    by_rows(multiply_rows, indptr, x.shape[1], indptr, indices, data, x, y)
