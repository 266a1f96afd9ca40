"""A symmetric matrix that embeddings are trained towards."""

import abc
import functools
from collections.abc import Sequence

import numpy as np
import scipy.linalg
from jaxtyping import Float, Float64

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError, DataError
from gradflow.targets._block_lanczos import WHICH, Which
from gradflow.targets._partial_eigenpairs import partial_eigenpairs, worth_iterating
from gradflow.targets._tall_skinny import combined

# Rounding makes M[i, j] and M[j, i] differ by an ulp or two when a matrix was multiplied together.
SYMMETRY_TOLERANCE = 1e-12


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
    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """M X."""

    @abc.abstractmethod
    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "AbstractTarget":
        """diag(f) M diag(f), a target of the same kind."""

    @abc.abstractmethod
    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """The k eigenvalues of largest λ, or of largest |λ|, falling, and their eigenvectors.

        Where they are iterated for, ‖Mu − λu‖/|λ| is at most the tolerance.
        """


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
        self.words = None if words is None else checked_words(words, len(dense))
        self._matrix = dense
        none = np.inf, np.empty(0), np.empty((len(dense), 0))
        self._found = dict.fromkeys(WHICH, none)

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

    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """M X, in float64."""
        return combined(self._matrix, np.asarray(vectors))  # M is Mᵀ

    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "Target":
        """diag(f) M diag(f), for G = g gᵀ with f = √g.

        Raises:
            ArgumentError: f is not V finite numbers.
        """
        f = checked_scale(factors, self.vocab_size)
        return Target(np.outer(f, f) * self._matrix, self.words, self.name)

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """The k leading eigenvalues, falling, and their eigenvectors, read-only.

        By LAPACK, to rounding, unless a tolerance is given and V is large: then by block Lanczos.
        Those that were computed last are kept. LAPACK computes all V if more than a quarter is
        asked for: a subset costs as much.
        """
        reached, eigenvalues, eigenvectors = self._found[which]
        if k > eigenvalues.size or reached > (tolerance or 0.0):
            if tolerance is None or not worth_iterating(self.vocab_size, k):
                found = 0.0, *dense_eigenpairs(self._matrix, k, which)
            else:
                found = tolerance, *self._iterated(k, which, tolerance)
            self._found[which] = _, eigenvalues, eigenvectors = found
        return eigenvalues[:k], eigenvectors[:, :k]

    def _iterated(self, k: int, which: Which, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
        copies = {np.dtype(np.float64): self._matrix}

        def multiply(x: np.ndarray) -> np.ndarray:
            if x.dtype not in copies:
                copies[x.dtype] = self._matrix.astype(x.dtype)
            return copies[x.dtype] @ x

        found = partial_eigenpairs(multiply, self.vocab_size, k, which=which, tolerance=tolerance)
        return with_fixed_signs(found.values, found.vectors)


def dense_eigenpairs(matrix: np.ndarray, k: int, which: Which) -> tuple[np.ndarray, np.ndarray]:
    """The k leading eigenpairs, or all V if more than a quarter is asked for, by LAPACK."""
    size = len(matrix)
    if 4 * k > size:
        rising, vectors = scipy.linalg.eigh(matrix, check_finite=False, driver="evd")
    else:
        ends = [(size - k, size - 1)] if which == "largest" else [(0, k - 1), (size - k, size - 1)]
        found = [scipy.linalg.eigh(matrix, check_finite=False, subset_by_index=end) for end in ends]
        rising = np.concatenate([values for values, _ in found])
        vectors = found[0][1] if len(found) == 1 else np.hstack([vectors for _, vectors in found])
    if which == "largest":
        return with_fixed_signs(rising[::-1].copy(), vectors[:, ::-1])
    order = np.argsort(-np.abs(rising), kind="stable")[: size if 4 * k > size else k]
    return with_fixed_signs(rising[order], vectors[:, order])


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
    if difference.max() > SYMMETRY_TOLERANCE * np.abs(dense).max():
        i, j = np.unravel_index(difference.argmax(), dense.shape)
        got = f"{dense[i, j]:.6g} at ({i}, {j}) and {dense[j, i]:.6g} at ({j}, {i})"
        raise DataError("matrix", "a symmetric matrix", got)
    dense = dense / 2 + dense.T / 2  # their sum may overflow
    dense.flags.writeable = False
    return dense


def checked_words(words: Sequence[str], size: int) -> tuple[str, ...]:
    """As many strings as the matrix has rows."""
    if isinstance(words, str) or not isinstance(words, Sequence | np.ndarray):
        raise ArgumentError("words", "a sequence of strings", type(words).__name__)
    if len(words) != size:
        raise ArgumentError("words", f"{size} words, one a row of matrix", len(words))
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError("words", "a sequence of strings", f"{shown(word)} among them")
    return tuple(words)


def checked_scale(factors: np.typing.ArrayLike, size: int) -> Float64[np.ndarray, " V"]:
    """V finite numbers, or an error of one line."""
    f = real_array("factors", factors)
    if f.shape != (size,) or not np.isfinite(f).all():
        got = f"shape {f.shape}" if f.shape != (size,) else f"{f[~np.isfinite(f)][0]}"
        raise ArgumentError("factors", f"{size} finite numbers, one a word", got)
    return f


def with_fixed_signs(
    eigenvalues: np.ndarray, eigenvectors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Read-only; each eigenvector's largest entry positive, so that reruns agree."""
    largest = np.abs(eigenvectors).argmax(axis=0)
    signs = np.sign(eigenvectors[largest, np.arange(eigenvectors.shape[1])])
    vectors = np.ascontiguousarray(eigenvectors * signs)
    eigenvalues.flags.writeable = vectors.flags.writeable = False
    return eigenvalues, vectors
