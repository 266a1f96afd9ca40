"""A target that is a sparse matrix plus a few outer products, known by its products alone."""

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

# The default tolerance of a spectrum, whose eigenvalues are then right to its square. Float32 can
# meet it; half as much would cost twice the time.
TOLERANCE = 1e-4
# The default tolerance of eigenpairs that flows are made of.
_FLOW_TOLERANCE = 1e-10


class SparsePlusLowRank(AbstractTarget):
    """S + Σ_r c_r u_r u_rᵀ with S sparse: the target of a vocabulary too large for a dense matrix.

    M* is S − 2·11ᵀ, with S zero wherever a pair never occurs. Products with b vectors take
    2(n + 2Vr)b operations, with n the number of stored entries of S, on all cores.

    Args:
        sparse: S (V, V), any SciPy sparse matrix; finite and symmetric.
        factors: The u_r as columns (V, r), or None for none.
        weights: c (r,), or None for none.
        words: The V words, if there are any.
        name: The name of the target in tables and figures.

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
        words: Sequence[str] | np.ndarray | None = None,
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
        """Return a target of arrays that are known to be valid, without copies."""
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
        """Set the arrays, and empty caches of eigenpairs and copies."""
        self._indptr, self._indices, self._data = map(_read_only, (indptr, indices, data))
        self._factors, self._weights = _read_only(factors), _read_only(weights)
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
        """The number of words V."""
        return len(self._indptr) - 1

    @property
    def sparse(self) -> scipy.sparse.csr_array:
        """The sparse part S, float64."""
        parts = (self._data, self._indices, self._indptr)
        return scipy.sparse.csr_array(parts, shape=(self.vocab_size, self.vocab_size))

    @property
    def factors(self) -> Float64[np.ndarray, "V r"]:
        """The factors u_r as columns."""
        return self._factors

    @property
    def weights(self) -> Float64[np.ndarray, " r"]:
        """The weights c of the factors."""
        return self._weights

    @functools.cached_property
    def squared_norm(self) -> float:
        """Σ_ij M_ij², which is eight times the loss of the origin.

        With L the low-rank part, it is the sum of (S + L)² over the stored entries, plus ‖L‖² less
        the L² of these entries. No number larger than ‖L‖² is subtracted, unlike in
        ‖S‖² + 2⟨S, L⟩ + ‖L‖².
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
        """Return the dense matrix, read-only.

        Raises:
            ArgumentError: It would take more than half of the machine's memory.
        """
        return self._dense

    @functools.cached_property
    def _dense(self) -> np.ndarray:
        """The dense matrix, made on first use."""
        size = self.vocab_size
        if not self.fits:
            wanted = "a target whose dense matrix fits into half of the memory"
            raise ArgumentError("target", wanted, f"{self!r}, {8e-9 * size**2:.0f} GB")
        dense = (self._factors * self._weights) @ self._factors.T
        dense = dense / 2 + dense.T / 2  # symmetric to the last bit
        rows = np.repeat(np.arange(size), np.diff(self._indptr))
        dense[rows, self._indices] += self._data
        dense.flags.writeable = False
        return dense

    @property
    def fits(self) -> bool:
        """Whether the dense matrix takes less than half of the machine's memory."""
        return 16 * self.vocab_size**2 <= total_memory()

    def product(self, vectors: Float[np.ndarray, "V b"]) -> Float[np.ndarray, "V b"]:
        """Return M X, in float32 if X is float32, and otherwise in float64.

        Raises:
            ArgumentError: X does not have V rows and two axes.
        """
        x = np.asarray(vectors)
        # The compiled loop checks no bounds.
        if x.ndim != 2 or len(x) != self.vocab_size:
            raise ArgumentError("vectors", f"shape ({self.vocab_size}, b)", f"shape {x.shape}")
        if x.dtype != np.float32:
            x = x.astype(np.float64, copy=False)
        # Imported here, since nothing else in this package needs JAX.
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
        """Return the entries of S in a precision, copied once."""
        if dtype not in self._copies:
            self._copies[dtype] = self._data.astype(dtype, copy=False)
        return self._copies[dtype]

    def _on_device(self, dtype: str) -> "DeviceMatrix":
        """Return S on the device, copied once."""
        from gradflow._device_products import DeviceMatrix

        if dtype not in self._devices:
            data = self._data_of(dtype)
            self._devices[dtype] = DeviceMatrix(self._indptr, self._indices, data)
        return self._devices[dtype]

    def scaled(self, factors: Float64[np.ndarray, " V"]) -> "SparsePlusLowRank":
        """Return diag(f) M diag(f), the target whose errors are weighted by G = g gᵀ, with f = √g.

        Raises:
            ArgumentError: f does not have V finite numbers.
        """
        f = checked_scale(factors, self.vocab_size)
        rows = np.repeat(np.arange(self.vocab_size, dtype=np.int32), np.diff(self._indptr))
        data = f[rows]
        data *= f[self._indices]  # before the entries, so that the result is symmetric to the bit
        data *= self._data
        return SparsePlusLowRank.from_parts(
            self._indptr, self._indices, data, f[:, None] * self._factors, self._weights,
            self.words, self.name,
        )  # fmt: skip

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "V k"]]:
        """Return the k leading eigenvalues, in order, and their eigenvectors, read-only.

        LAPACK computes them from the dense matrix where V is small or k more than a twentieth of
        it, and otherwise block Lanczos does. The last result is cached.

        Args:
            k: The number of eigenpairs.
            which: "largest" for the largest λ, "magnitude" for the largest |λ|.
            tolerance: The largest ‖Mu − λu‖/|λ|; None for 1e-10, which flows need.

        Raises:
            ArgumentError: The tolerance cannot be met, or k takes a dense matrix that is too large.
        """
        tolerance = _FLOW_TOLERANCE if tolerance is None else tolerance
        return self._eigenpairs.top(k, which, tolerance, self.todense, self.product)


def _read_only(array: np.ndarray) -> np.ndarray:
    """Return a read-only view, since copies in other forms must stay equal to it."""
    view = array.view()
    view.flags.writeable = False
    return view
