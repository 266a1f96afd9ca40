"""A symmetric matrix that embeddings are trained towards."""

import abc
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg
from jaxtyping import Float64

from gradflow._checks import shown
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
        ArgumentError: The words are not strings, or their number is not V.

    Example:
        >>> import gradflow as gf
        >>> gf.Target([[2.0, 1.0], [1.0, 0.0]])
        Target('target', V=2)
    """

    def __init__(
        self, matrix: np.typing.ArrayLike, words: Sequence[str] | None = None, name: str = "target"
    ) -> None:
        dense = _checked(matrix)
        self.name = name
        self.words = None if words is None else _checked_words(words, len(dense))
        self._matrix = dense
        self._largest = np.empty(0), np.empty((len(dense), 0))

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

        The most that were ever computed are kept, read-only. All V are computed if more than a
        quarter is asked for: a subset costs as much.
        """
        eigenvalues, eigenvectors = self._largest
        if k > eigenvalues.size:
            eigenvalues, eigenvectors = self._largest = self._computed_eigenpairs(k)
        return eigenvalues[:k], eigenvectors[:, :k]

    def _computed_eigenpairs(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        size = self.vocab_size
        subset: dict[str, Any] = {"subset_by_index": (size - k, size - 1)}
        options = subset if 4 * k <= size else {"driver": "evd"}
        rising = scipy.linalg.eigh(self._matrix, check_finite=False, **options)
        return _falling_with_fixed_signs(*rising)


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
    with np.errstate(over="ignore"):  # an infinite difference is one
        difference = np.abs(dense - dense.T)
    if difference.max() > _SYMMETRY_TOLERANCE * np.abs(dense).max():
        i, j = np.unravel_index(difference.argmax(), dense.shape)
        got = f"{dense[i, j]:.6g} at ({i}, {j}) and {dense[j, i]:.6g} at ({j}, {i})"
        raise DataError("matrix", "a symmetric matrix", got)
    dense = dense / 2 + dense.T / 2  # their sum may overflow
    dense.flags.writeable = False
    return dense


def _checked_words(words: Sequence[str], size: int) -> tuple[str, ...]:
    """As many strings as the matrix has rows."""
    if isinstance(words, str) or not isinstance(words, Sequence | np.ndarray):
        raise ArgumentError("words", "a sequence of strings", type(words).__name__)
    if len(words) != size:
        raise ArgumentError("words", f"{size} words, one a row of matrix", len(words))
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError("words", "a sequence of strings", f"{shown(word)} among them")
    return tuple(words)


def _falling_with_fixed_signs(
    rising: np.ndarray, eigenvectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Falling order; each eigenvector's largest entry positive, so that reruns agree."""
    falling, vectors = rising[::-1].copy(), eigenvectors[:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    vectors = np.ascontiguousarray(vectors * signs)
    falling.flags.writeable = vectors.flags.writeable = False
    return falling, vectors
