"""A symmetric matrix that embeddings are trained towards."""

import abc
import functools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError, DataError
from gradflow.targets._block_lanczos import Apply, Which
from gradflow.targets._leading_eigenpairs import LeadingEigenpairs
from gradflow.targets._tall_skinny import combined

# Rounding makes M[i, j] and M[j, i] differ by an ulp or two when a matrix was multiplied together.
SYMMETRY_TOLERANCE = 1e-12


class AbstractTarget(abc.ABC):
    """What a spectrum and a problem need to know of a target.

    `Target` holds the matrix itself; one that only multiplies (sparse plus low rank) can stand
    beside it, since nothing else asks for single entries.

    Example:
        >>> import gradflow as gf
        >>> target = gf.mstar(gf.load_statistics("wikipedia-2k").top(50))
        >>> isinstance(target, gf.targets.AbstractTarget), target.size
        (True, 50)
    """

    name: str
    words: tuple[str, ...] | None

    @property
    @abc.abstractmethod
    def size(self) -> int:
        """Number of rows of M: one for each row of the state that is trained towards it."""

    @property
    @abc.abstractmethod
    def vocab_size(self) -> int:
        """Number of words V."""

    @property
    @abc.abstractmethod
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight."""

    @abc.abstractmethod
    def todense(self) -> Float64[np.ndarray, "n n"]:
        """Return the matrix itself, read-only."""

    @abc.abstractmethod
    def product(self, vectors: Float[np.ndarray, "n b"]) -> Float[np.ndarray, "n b"]:
        """Return M X."""

    @abc.abstractmethod
    def scaled(self, factors: Float64[np.ndarray, " n"]) -> "AbstractTarget":
        """Return diag(f) M diag(f), a target of the same kind."""

    @abc.abstractmethod
    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "n k"]]:
        """Return the k eigenvalues of largest λ, or of largest |λ|, falling, and their vectors.

        Where they are iterated for, ‖Mu − λu‖/|λ| is at most the tolerance. Once `eigenbasis` is
        known, they are taken from it.
        """

    @functools.cached_property
    def eigenbasis(self) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, "n n"]]:
        """All eigenvalues, falling, and their eigenvectors as columns: computed once, and kept.

        Ask for it before anything else where all will be needed, as by an exact flow: eigenpairs
        that are asked for later are then taken from it.

        Example:
            >>> import gradflow as gf
            >>> values, vectors = gf.Target([[2.0, 1.0], [1.0, 2.0]]).eigenbasis
            >>> values
            array([3., 1.])
        """
        return self.top_eigenpairs(self.size)


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
        self,
        matrix: np.typing.ArrayLike,
        words: Sequence[str] | np.ndarray | None = None,
        name: str = "target",
    ) -> None:
        dense = _checked(matrix)
        self.name = name
        self.words = None if words is None else checked_words(words, len(dense))
        self._matrix = dense
        self._eigenpairs = LeadingEigenpairs(len(dense))

    def __repr__(self) -> str:
        return f"Target({self.name!r}, V={self.vocab_size})"

    @property
    def size(self) -> int:
        """Number of rows of M, V."""
        return len(self._matrix)

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return len(self._matrix)

    @functools.cached_property
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight."""
        return float(np.vdot(self._matrix, self._matrix))

    def todense(self) -> Float64[np.ndarray, "V V"]:
        """Return the matrix itself, read-only."""
        return self._matrix

    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """Return M X, in float64."""
        return combined(self._matrix, np.asarray(vectors))  # M is Mᵀ

    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "Target":
        """Return diag(f) M diag(f), for G = g gᵀ with f = √g.

        Raises:
            ArgumentError: f is not V finite numbers.
        """
        f = checked_scale(factors, self.vocab_size)
        return Target(np.outer(f, f) * self._matrix, self.words, self.name)

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """Return the k leading eigenvalues, falling, and their eigenvectors, read-only.

        By LAPACK, to rounding, unless a tolerance is given and V is large: then by block Lanczos.
        Those that were computed last are kept. LAPACK computes all V if more than a quarter is
        asked for: a subset costs as much.
        """
        apply = _products_with(self._matrix)
        return self._eigenpairs.top(k, which, tolerance or 0.0, self.todense, apply)


def _products_with(matrix: Float64[np.ndarray, "V V"]) -> Apply:
    """X ↦ M X in X's dtype, as a search for eigenpairs wants it; a copy in float32 is made once."""
    copies = {np.dtype(np.float64): matrix}

    def multiply(x: np.ndarray) -> np.ndarray:
        if x.dtype not in copies:
            copies[x.dtype] = matrix.astype(x.dtype)
        return copies[x.dtype] @ x

    return multiply


def _checked(matrix: np.typing.ArrayLike) -> Float64[np.ndarray, "V V"]:
    """Return a read-only symmetric float64 copy, or raise an error of one line."""
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


def checked_words(words: Sequence[str] | np.ndarray, size: int) -> tuple[str, ...]:
    """Return the words: as many strings as the matrix has rows."""
    if isinstance(words, str) or not isinstance(words, Sequence | np.ndarray):
        raise ArgumentError("words", "a sequence of strings", type(words).__name__)
    if len(words) != size:
        raise ArgumentError("words", f"{size} words, one a row of matrix", len(words))
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError("words", "a sequence of strings", f"{shown(word)} among them")
    return tuple(words)


def checked_scale(factors: np.typing.ArrayLike, size: int) -> Float64[np.ndarray, " V"]:
    """Return V finite numbers, or raise an error of one line."""
    f = real_array("factors", factors)
    if f.shape != (size,) or not np.isfinite(f).all():
        got = f"shape {f.shape}" if f.shape != (size,) else f"{f[~np.isfinite(f)][0]}"
        raise ArgumentError("factors", f"{size} finite numbers, one a word", got)
    return f
