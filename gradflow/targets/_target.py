"""A symmetric matrix that embeddings are trained towards."""

import abc
import functools
from collections.abc import Sequence

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from gradflow._errors import ArgumentError, DataError

# Rounding makes M[i, j] and M[j, i] differ by an ulp or two when a matrix was multiplied together.
_SYMMETRY_TOLERANCE = 1e-12


class AbstractTarget(abc.ABC):
    """What a spectrum and a problem need to know of a target.

    `Target` holds the matrix itself; one that only multiplies (sparse plus low rank) can stand
    beside it, since nothing else asks for single entries.
    """

    name: str
    words: tuple[str, ...] | None

    @property
    @abc.abstractmethod
    def vocab_size(self) -> int:
        """Number of words V."""

    @property
    @abc.abstractmethod
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight."""

    @abc.abstractmethod
    def todense(self) -> Float64[np.ndarray, "V V"]:
        """The matrix itself, read-only."""

    @abc.abstractmethod
    def top_eigenpairs(
        self, k: int
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """The k largest eigenvalues, falling, and their eigenvectors."""


class Target(AbstractTarget):
    """A dense target.

    Args:
        matrix: Real symmetric matrix (V, V), finite.
        words: The V words, if there are any.
        name: What tables and figures call it.

    Raises:
        DataError: The matrix is not square, not finite or not symmetric.
        ArgumentError: The number of words is not V.

    Example:
        >>> import gradflow as gf
        >>> gf.Target([[2.0, 1.0], [1.0, 0.0]])
        Target('target', V=2)
    """

    def __init__(
        self, matrix: np.typing.ArrayLike, words: Sequence[str] | None = None, name: str = "target"
    ) -> None:
        dense = _checked(matrix)
        if words is not None and len(words) != len(dense):
            raise ArgumentError("words", f"{len(dense)} words, one a row of matrix", len(words))
        self.name = name
        self.words = None if words is None else tuple(words)
        self._matrix = dense

    def __repr__(self) -> str:
        return f"Target({self.name!r}, V={self.vocab_size})"

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return len(self._matrix)

    @functools.cached_property
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight."""
        return float(np.vdot(self._matrix, self._matrix))

    def todense(self) -> Float64[np.ndarray, "V V"]:
        """The matrix itself, read-only."""
        return self._matrix

    def top_eigenpairs(
        self, k: int
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """The k largest eigenvalues, falling, and their eigenvectors, by LAPACK on the host.

        All V are computed and kept if more than a quarter is asked for: a subset costs as much.
        """
        if "_all_eigenpairs" not in self.__dict__ and 4 * k <= self.vocab_size:
            first = self.vocab_size - k
            rising = scipy.linalg.eigh(
                self._matrix, subset_by_index=(first, self.vocab_size - 1), check_finite=False
            )
            return _falling_with_fixed_signs(*rising)
        eigenvalues, eigenvectors = self._all_eigenpairs
        return eigenvalues[:k], eigenvectors[:, :k]

    @functools.cached_property
    def _all_eigenpairs(self) -> tuple[np.ndarray, np.ndarray]:
        return _falling_with_fixed_signs(
            *scipy.linalg.eigh(self._matrix, driver="evd", check_finite=False)
        )


def _checked(matrix: np.typing.ArrayLike) -> Float64[np.ndarray, "V V"]:
    """A read-only symmetric float64 copy, or an error of one line."""
    try:
        if np.iscomplexobj(matrix):
            raise TypeError("complex numbers")
        dense = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError("matrix", "an array of real numbers", type(matrix).__name__) from error
    if dense.ndim != 2 or dense.shape[0] != dense.shape[1] or len(dense) == 0:
        raise DataError("matrix", "a square matrix (V, V)", f"shape {dense.shape}")
    if not np.isfinite(dense).all():
        i, j = np.argwhere(~np.isfinite(dense))[0]
        raise DataError("matrix", "finite entries", f"{dense[i, j]} at ({i}, {j})")
    difference = np.abs(dense - dense.T)
    if difference.max() > _SYMMETRY_TOLERANCE * np.abs(dense).max():
        i, j = np.unravel_index(difference.argmax(), dense.shape)
        got = f"{dense[i, j]:.6g} at ({i}, {j}) and {dense[j, i]:.6g} at ({j}, {i})"
        raise DataError("matrix", "a symmetric matrix", got)
    dense = (dense + dense.T) / 2
    dense.flags.writeable = False
    return dense


def _falling_with_fixed_signs(
    rising: np.ndarray, eigenvectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Falling order; each eigenvector's largest entry positive, so that reruns agree."""
    falling, vectors = rising[::-1].copy(), eigenvectors[:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return falling, np.ascontiguousarray(vectors * signs)
