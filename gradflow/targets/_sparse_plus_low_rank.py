"""A target that is a sparse matrix plus a few outer products, and only multiplies."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse
from jaxtyping import Float, Float64

from gradflow._errors import ArgumentError
from gradflow._machine import total_memory
from gradflow.targets._block_lanczos import Which
from gradflow.targets._leading_eigenpairs import LeadingEigenpairs
from gradflow.targets._products import csr_product
from gradflow.targets._sparse_input import checked_factors, checked_sparse
from gradflow.targets._target import AbstractTarget, checked_scale, checked_words

if TYPE_CHECKING:
    from gradflow._device_products import DeviceMatrix

# Of a spectrum: eigenvalues to its square. Float32 reaches it, so half that would cost twice.
TOLERANCE = 1e-4
_DIGITS = 1e-10


class SparsePlusLowRank(AbstractTarget):
    """S + Σ_r c_r u_r u_rᵀ, S sparse: the target of a vocabulary that no dense matrix holds.

    M* is S − 2·11ᵀ, with S zero wherever a pair never occurs. Products with b vectors take
    2(n + 2Vr)b operations, n being the stored entries of S, on all cores.

    Args:
        sparse: S (V, V), any SciPy sparse matrix; finite and symmetric.
        factors: u_r as columns (V, r), or None for none.
        weights: c (r,), or None for none.
        words: The V words, if there are any.
        name: What tables and figures call it.

    Raises:
        DataError: The matrix is not sparse, square, finite and symmetric, or the factors do not
            fit to it.
        ArgumentError: The words are not strings, or their number is not V.

    Example:
        >>> import numpy as np, scipy.sparse
        >>> from gradflow.targets import SparsePlusLowRank
        >>> target = SparsePlusLowRank(scipy.sparse.eye_array(3), np.ones((3, 1)), [-2.0])
        >>> target
        SparsePlusLowRank('target', V=3, stored=3, rank=1)
        >>> target.product(np.array([[1.0], [0.0], [0.0]])).ravel()
        array([-1., -2., -2.])
    """

    def __init__(
        self,
        sparse: scipy.sparse.sparray | scipy.sparse.spmatrix,
        factors: np.typing.ArrayLike | None = None,
        weights: np.typing.ArrayLike | None = None,
        words: Sequence[str] | None = None,
        name: str = "target",
    ) -> None:
        checked = checked_sparse(sparse)
        size = checked.shape[0]
        self.name = name
        self.words = None if words is None else checked_words(words, size)
        self._set(
            checked.indptr.astype(np.int64, copy=False),
            checked.indices.astype(np.int32, copy=False),
            checked.data,
            *checked_factors(factors, weights, size),
        )

    @classmethod
    def from_parts(
        cls,
        indptr: np.ndarray,
        indices: np.ndarray,
        data: np.ndarray,
        factors: np.ndarray,
        weights: np.ndarray,
        words: tuple[str, ...] | None,
        name: str,
    ) -> "SparsePlusLowRank":
        """Arrays that are known to be right, kept as they are, not copied."""
        target = cls.__new__(cls)
        target.words, target.name = words, name
        target._set(indptr, indices, data, factors, weights)
        return target

    def _set(
        self,
        indptr: np.ndarray,
        indices: np.ndarray,
        data: np.ndarray,
        factors: np.ndarray,
        weights: np.ndarray,
    ) -> None:
        self._indptr, self._indices, self._data = (_kept(one) for one in (indptr, indices, data))
        factors, weights = _kept(factors), _kept(weights)
        self._factors, self._weights = factors, weights
        self._eigenpairs = LeadingEigenpairs(self.size)
        self._copies: dict[str, np.ndarray] = {}
        self._devices: dict[str, DeviceMatrix] = {}

    def __repr__(self) -> str:
        return (
            f"SparsePlusLowRank({self.name!r}, V={self.vocab_size}, stored={len(self._data)}, "
            f"rank={len(self._weights)})"
        )

    @property
    def size(self) -> int:
        """Number of rows of M, V."""
        return len(self._indptr) - 1

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return len(self._indptr) - 1

    @property
    def sparse(self) -> scipy.sparse.csr_array:
        """S, of float64."""
        parts = (self._data, self._indices, self._indptr)
        return scipy.sparse.csr_array(parts, shape=(self.vocab_size, self.vocab_size))

    @property
    def factors(self) -> Float64[np.ndarray, "V r"]:
        """u_r as columns."""
        return self._factors

    @property
    def weights(self) -> Float64[np.ndarray, " r"]:
        """c."""
        return self._weights

    @functools.cached_property
    def squared_norm(self) -> float:
        """Σ_ij M_ij², the loss of the origin times eight.

        The sum of (S + L)² over the stored entries, and ‖L‖² less the part of L² that these
        replace, L being the low-rank part: nothing is subtracted that is larger than ‖L‖².
        """
        from gradflow.targets._kernels import squares_beyond

        size = self.vocab_size
        stored, replaced = np.empty(size), np.empty(size)
        squares_beyond(
            self._indptr, self._indices, self._data, self._factors, self._weights, stored, replaced
        )
        gram = self._factors.T @ self._factors
        everywhere = self._weights @ gram**2 @ self._weights
        return float(stored.sum() + max(everywhere - replaced.sum(), 0.0))

    def todense(self) -> Float64[np.ndarray, "V V"]:
        """The matrix itself, read-only.

        Raises:
            ArgumentError: It would take more than half of the machine's memory.
        """
        return self._dense

    @functools.cached_property
    def _dense(self) -> np.ndarray:
        size = self.vocab_size
        if not self.fits:
            wanted = "a target whose dense matrix fits into half of the memory"
            raise ArgumentError("target", wanted, f"{self!r}, {8e-9 * size**2:.0f} GB")
        dense = (self._factors * self._weights) @ self._factors.T
        dense = dense / 2 + dense.T / 2  # to the last bit
        rows = np.repeat(np.arange(size), np.diff(self._indptr))
        dense[rows, self._indices] += self._data
        dense.flags.writeable = False
        return dense

    @property
    def fits(self) -> bool:
        """Whether the dense matrix takes less than half of the machine's memory."""
        return 16 * self.vocab_size**2 <= total_memory()

    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """M X, in float32 if X is, else in float64.

        Raises:
            ArgumentError: X has not V rows and two axes; the compiled loop looks at no bounds.
        """
        x = np.asarray(vectors)
        if x.ndim != 2 or len(x) != self.vocab_size:
            raise ArgumentError("vectors", f"shape ({self.vocab_size}, b)", f"shape {x.shape}")
        if x.dtype != np.float32:
            x = x.astype(np.float64, copy=False)
        # Here, since nothing else in this package needs JAX.
        from gradflow._device_products import uses_device

        if uses_device(x.dtype):
            result = self._on_device(x.dtype.name).product(x).copy()
        else:
            result = csr_product(self._indptr, self._indices, self._data_of(x.dtype.name), x)
        if self._weights.size:
            factors = self._factors.astype(x.dtype, copy=False)
            result += factors @ (self._weights.astype(x.dtype)[:, None] * (factors.T @ x))
        return result

    def _data_of(self, dtype: str) -> np.ndarray:
        if dtype not in self._copies:
            self._copies[dtype] = self._data.astype(dtype, copy=False)
        return self._copies[dtype]

    def _on_device(self, dtype: str) -> "DeviceMatrix":
        from gradflow._device_products import DeviceMatrix

        if dtype not in self._devices:
            data = self._data_of(dtype)
            self._devices[dtype] = DeviceMatrix(self._indptr, self._indices, data)
        return self._devices[dtype]

    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "SparsePlusLowRank":
        """diag(f) M diag(f), for G = g gᵀ with f = √g.

        Raises:
            ArgumentError: f is not V finite numbers.
        """
        f = checked_scale(factors, self.vocab_size)
        rows = np.repeat(np.arange(self.vocab_size, dtype=np.int32), np.diff(self._indptr))
        data = f[rows]
        data *= f[self._indices]  # first, so that it is symmetric to the bit
        data *= self._data
        return SparsePlusLowRank.from_parts(
            self._indptr, self._indices, data, f[:, None] * self._factors, self._weights,
            self.words, self.name,
        )  # fmt: skip

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """The k leading eigenvalues, in order, and their eigenvectors, read-only.

        By LAPACK on the dense matrix where V is small or k more than a twentieth of it, else by
        block Lanczos. Those that were computed last are kept.

        Args:
            k: How many.
            which: "largest" for the largest λ, "magnitude" for the largest |λ|.
            tolerance: Largest ‖Mu − λu‖/|λ|; 1e-10 where it is None, what flows are made of.

        Raises:
            ArgumentError: The tolerance cannot be met, or k takes a dense matrix that is too large.
        """
        tolerance = _DIGITS if tolerance is None else tolerance
        return self._eigenpairs.top(k, which, tolerance, self.todense, self.product)


def _kept(array: np.ndarray) -> np.ndarray:
    """Read-only, since other forms of the matrix are kept beside it."""
    view = array.view()
    view.flags.writeable = False
    return view
