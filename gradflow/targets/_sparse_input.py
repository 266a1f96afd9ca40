"""Checks of the arrays that a sparse target is made of."""

from typing import Any

import numpy as np
import scipy.sparse

from gradflow._checks import real_array
from gradflow._errors import DataError
from gradflow.targets._target import SYMMETRY_TOLERANCE


def checked_sparse(matrix: Any) -> scipy.sparse.csr_array:
    """Return a canonical, symmetric float64 copy of a sparse matrix.

    Raises:
        DataError: It is not sparse, square, finite and symmetric.
    """
    if not bool(scipy.sparse.issparse(matrix)):
        raise DataError("sparse", "a SciPy sparse matrix", type(matrix).__name__)
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
        raise DataError("sparse", "a square matrix (V, V)", f"shape {matrix.shape}")
    if matrix.dtype.kind not in "iuf":
        raise DataError("sparse", "real numbers", f"dtype {matrix.dtype}")
    csr = scipy.sparse.csr_array(matrix, dtype=np.float64, copy=True)
    csr.sum_duplicates()
    if not np.isfinite(csr.data).all():
        raise DataError("sparse", "finite entries", csr.data[~np.isfinite(csr.data)][0])
    difference = abs(csr - csr.T)
    if difference.nnz and difference.max() > SYMMETRY_TOLERANCE * abs(csr.data).max():
        raise DataError("sparse", "a symmetric matrix", f"a difference of {difference.max():.3g}")
    return scipy.sparse.csr_array(csr / 2 + csr.T / 2)


def checked_factors(
    factors: np.typing.ArrayLike | None, weights: np.typing.ArrayLike | None, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors (V, r) and weights (r,) of the low-rank part.

    Raises:
        DataError: They do not fit together, or are not finite.
    """
    if factors is None and weights is None:
        return np.zeros((size, 0)), np.zeros(0)
    columns = real_array("factors", [] if factors is None else factors)
    if columns.ndim != 2 or len(columns) != size:
        raise DataError("factors", f"shape ({size}, r)", f"shape {columns.shape}")
    c = real_array("weights", [] if weights is None else weights)
    if c.shape != columns.shape[1:]:
        wanted = f"{columns.shape[1]} numbers, one a column of factors"
        raise DataError("weights", wanted, f"shape {c.shape}")
    for name, array in (("factors", columns), ("weights", c)):
        if not np.isfinite(array).all():
            raise DataError(name, "finite numbers", array[~np.isfinite(array)][0])
    return columns, c
