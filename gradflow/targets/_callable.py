"""A target that is known by what it does to vectors."""

import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from jaxtyping import Float, Float64

from gradflow._checks import positive_int, shown
from gradflow._errors import ArgumentError, DataError
from gradflow.targets._block_lanczos import Which
from gradflow.targets._leading_eigenpairs import LeadingEigenpairs
from gradflow.targets._target import AbstractTarget, checked_scale, checked_words

Products = Callable[[Float[np.ndarray, "V b"]], Float[np.ndarray, "V b"]]

# Columns of the identity that a function is given at once, where its matrix is written out.
_COLUMNS = 256
# A function may compute in single precision, and rounds another way from one block to the next.
_SYMMETRY = 1e-5


class CallableTarget(AbstractTarget):
    """A symmetric matrix M given as a function X ↦ M X.

    What needs all of M, as exact flows do, writes it out once, by products with the identity;
    `gradflow.spectrum` with a tolerance asks for products alone where V is large.

    Args:
        function: Takes an array (V, b) of float32 or float64, for any b, and returns M X (V, b):
            NumPy or JAX. It must be linear, and M symmetric.
        vocab_size: V.
        words: The V words, if there are any.
        name: What tables and figures call it.

    Raises:
        ArgumentError: No function, V is no positive integer, the words are not V strings.
        DataError: What the function returns has another shape, is not finite, or belongs to no
            symmetric matrix (which is asked of two vectors here, and of all where M is written
            out).

    Example:
        >>> import numpy as np, gradflow as gf
        >>> from gradflow.targets import CallableTarget
        >>> target = CallableTarget(lambda x: 3 * x - x.sum(axis=0), vocab_size=4)
        >>> gf.spectrum(target, k=4).eigenvalues.round(6)
        array([ 3.,  3.,  3., -1.])
    """

    def __init__(
        self,
        function: Products,
        vocab_size: int,
        words: Sequence[str] | np.ndarray | None = None,
        name: str = "target",
    ) -> None:
        if not callable(function):
            raise ArgumentError("function", "a function X ↦ M X", shown(function))
        self._function = function
        self._size = positive_int("vocab_size", vocab_size)
        self.words = None if words is None else checked_words(words, self._size)
        self.name = name
        self._eigenpairs = LeadingEigenpairs(self._size)
        pair = np.random.default_rng(0).normal(size=(self._size, 2))
        forms = pair.T @ self.product(pair)
        if abs(forms[0, 1] - forms[1, 0]) > _SYMMETRY * np.abs(pair.T).sum() * np.abs(forms).max():
            raise _not_symmetric(float(forms[0, 1]), float(forms[1, 0]))

    def __repr__(self) -> str:
        return f"CallableTarget({self.name!r}, V={self._size})"

    @property
    def size(self) -> int:
        """Number of rows of M, V."""
        return self._size

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return self._size

    @functools.cached_property
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight."""
        if "_dense" in vars(self):
            return float(np.vdot(self._dense, self._dense))
        return float(sum(np.vdot(block, block) for block in self._columns()))

    def todense(self) -> Float64[np.ndarray, "V V"]:
        """Return the matrix itself, read-only.

        Raises:
            DataError: It is not symmetric.
        """
        return self._dense

    @functools.cached_property
    def _dense(self) -> Float64[np.ndarray, "V V"]:
        dense = np.hstack(list(self._columns()))
        difference = np.abs(dense - dense.T)
        if difference.max() > _SYMMETRY * np.abs(dense).max():
            i, j = np.unravel_index(difference.argmax(), dense.shape)
            raise _not_symmetric(float(dense[i, j]), float(dense[j, i]))
        dense = dense / 2 + dense.T / 2
        dense.flags.writeable = False
        return dense

    def _columns(self) -> Iterator[Float64[np.ndarray, "V b"]]:
        for first in range(0, self._size, _COLUMNS):
            width = min(_COLUMNS, self._size - first)
            yield self.product(np.eye(self._size, width, -first))

    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """Return M X, of X's dtype.

        Raises:
            DataError: The function returned an array of another shape, or one that is not finite.
        """
        x = np.asarray(vectors)
        image = np.asarray(self._function(x))
        if image.shape != x.shape:
            raise DataError("function", f"an array of X's shape {x.shape}", f"{image.shape}")
        if image.dtype.kind not in "iuf" or not np.isfinite(image).all():
            raise DataError("function", "finite real numbers", f"others, of {image.dtype}")
        return image.astype(x.dtype, copy=False)

    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "CallableTarget":
        """Return diag(f) M diag(f), for G = g gᵀ with f = √g.

        Raises:
            ArgumentError: f is not V finite numbers.
        """
        f = checked_scale(factors, self._size)[:, None]
        inner = self.product
        return CallableTarget(lambda x: f * inner(f * x), self._size, self.words, self.name)

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """Return the k leading eigenvalues, in order, and their eigenvectors, read-only.

        By LAPACK on the dense matrix, to rounding, unless a tolerance is given and V is large: then
        by block Lanczos, from products alone.
        """
        return self._eigenpairs.top(k, which, tolerance or 0.0, self.todense, self.product)


def _not_symmetric(above: float, below: float) -> DataError:
    got = f"{above:.6g} at one place and {below:.6g} at its mirror image"
    return DataError("function", "products of a symmetric matrix", got)
