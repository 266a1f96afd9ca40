"""The leading eigenpairs of a symmetric matrix, computed when they are asked for, and kept."""

from collections.abc import Callable

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from gradflow.targets._block_lanczos import WHICH, Apply, Which
from gradflow.targets._partial_eigenpairs import partial_eigenpairs, worth_iterating

# Up to this many rows LAPACK takes a tenth of a second for all eigenpairs, so all are computed,
# whatever was asked for: an exact flow will ask for the others.
ALL_AT_ONCE = 500


class LeadingEigenpairs:
    """Eigenpairs of one matrix, by LAPACK or by block Lanczos; those computed last are kept.

    Args:
        size: Rows of the matrix.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        nothing = np.inf, np.empty(0), np.empty((size, 0))
        self._known = dict.fromkeys(WHICH, nothing)

    def top(
        self,
        k: int,
        which: Which,
        tolerance: float,
        dense: Callable[[], Float64[np.ndarray, "n n"]],
        apply: Apply,
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "n k"]]:
        """Return the k leading eigenvalues, falling, and their eigenvectors, read-only.

        Args:
            k: How many.
            which: "largest" for the largest λ, "magnitude" for the largest |λ|.
            tolerance: Largest ‖Mu − λu‖/|λ|; 0 for LAPACK, which computes all n if more than a
                quarter is asked for: a subset costs as much.
            dense: Returns the matrix. (Not held: a target that is held by its own parts would
                outlive its last user until the garbage collector runs.)
            apply: X ↦ M X, of X's dtype.
        """
        reached, values, vectors = self._known[which]
        if k > values.size or reached > tolerance:
            reached, values, vectors = self._computed(k, which, tolerance, dense, apply)
            self._known[which] = reached, values, vectors
        return values[:k], vectors[:, :k]

    def _computed(
        self, k: int, which: Which, tolerance: float, dense: Callable[[], np.ndarray], apply: Apply
    ) -> tuple[float, np.ndarray, np.ndarray]:
        reached, values, vectors = self._known["largest"]
        if which == "magnitude" and reached == 0 and values.size == self._size:
            return 0.0, *_by_magnitude(values, vectors)
        if tolerance == 0 or not worth_iterating(self._size, k):
            count = self._size if self._size <= ALL_AT_ONCE else k
            return 0.0, *dense_eigenpairs(dense(), count, which)
        eigenpairs = partial_eigenpairs(apply, self._size, k, which=which, tolerance=tolerance)
        return tolerance, *_with_fixed_signs(eigenpairs.values, eigenpairs.vectors)


def dense_eigenpairs(matrix: np.ndarray, k: int, which: Which) -> tuple[np.ndarray, np.ndarray]:
    """Return the k leading eigenpairs, or all if more than a quarter is asked for, by LAPACK."""
    size = len(matrix)
    if 4 * k > size:
        rising, vectors = scipy.linalg.eigh(matrix, check_finite=False, driver="evd")
    else:
        ends = [(size - k, size - 1)] if which == "largest" else [(0, k - 1), (size - k, size - 1)]
        pairs = [scipy.linalg.eigh(matrix, check_finite=False, subset_by_index=end) for end in ends]
        rising = np.concatenate([values for values, _ in pairs])
        vectors = pairs[0][1] if len(pairs) == 1 else np.hstack([vectors for _, vectors in pairs])
    if which == "largest":
        return _with_fixed_signs(rising[::-1].copy(), vectors[:, ::-1])
    values, vectors = _by_magnitude(rising, vectors)
    count = size if 4 * k > size else k
    return _with_fixed_signs(values[:count], vectors[:, :count])


def _by_magnitude(values: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(-np.abs(values), kind="stable")
    return _read_only(values[order], vectors[:, order])


def _with_fixed_signs(
    eigenvalues: np.ndarray, eigenvectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return both read-only, each eigenvector's largest entry positive, so that reruns agree."""
    largest = np.abs(eigenvectors).argmax(axis=0)
    signs = np.sign(eigenvectors[largest, np.arange(eigenvectors.shape[1])])
    return _read_only(eigenvalues, np.ascontiguousarray(eigenvectors * signs))


def _read_only(values: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values.flags.writeable = vectors.flags.writeable = False
    return values, vectors
