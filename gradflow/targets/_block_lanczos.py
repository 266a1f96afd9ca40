"""Block Lanczos for a symmetric operator that can only be multiplied with blocks of vectors."""

import dataclasses
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import scipy.linalg

from gradflow.targets._tall_skinny import combined, overlaps, subtract

Which = Literal["largest", "magnitude"]
WHICH: tuple[Which, ...] = ("largest", "magnitude")
Apply = Callable[[np.ndarray], np.ndarray]
SearchProgress = Callable[[int, float], None]  # products, largest relative residual


class Eigenpairs(NamedTuple):
    """The result of an eigensolver.

    Attributes:
        values: (k,), the eigenvalues in the order asked for.
        vectors: (V, k), orthonormal columns.
        residuals: (k,), ‖Mu − λu‖.
        products: The number of vectors that M was multiplied with.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    products: int


@dataclasses.dataclass(frozen=True)
class Limits:
    """The sizes and the precision of a search.

    Attributes:
        block: The number of vectors multiplied at a time.
        columns: The largest number of basis vectors.
        products: The number of products after which the search stops without success.
        dtype: The type of basis and products; matrices of the basis' size are float64 always.
    """

    block: int
    columns: int
    products: int
    dtype: type


def ordered(values: np.ndarray, which: Which) -> np.ndarray:
    """Return the indices that put eigenvalues in falling order, of λ or of |λ|."""
    return np.argsort(-(np.abs(values) if which == "magnitude" else values), kind="stable")


def small_against(values: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Return residuals over |λ|, or over 1e-4 of the largest |λ| where |λ| is smaller."""
    size = np.abs(values)
    scale = np.maximum(size, 1e-4 * size.max())
    return np.where(residuals > 0, residuals / np.where(scale > 0, scale, 1.0), 0.0)


class BlockLanczos:
    """Block Lanczos with full reorthogonalisation and thick restarts.

    The basis Q spans a Krylov space of M, from a random block of a fixed seed. QᵀMQ = T is banded,
    apart from the arrow that a restart leaves, and the residual of a Ritz pair is a product of
    small matrices. Eigenvalues that converge first, such as M*'s large negative one, stay in the
    basis and cost nothing more. Copies of an eigenvalue whose multiplicity is above the block size
    may be missed.

    Args:
        apply: The operator, X (V, b) ↦ M X.
        size: V.
        limits: The sizes of the search.

    Source: golub1977 for blocks, wu2000 for thick restarts.
    """

    def __init__(self, apply: Apply, size: int, limits: Limits) -> None:
        self._apply, self.limits = apply, limits
        self._random = np.random.default_rng(0)
        block, columns = limits.block, limits.columns
        self._basis: np.ndarray = np.empty((columns + block, size), limits.dtype)  # vectors as rows
        self._small = np.zeros((columns + block, columns + block))
        # Basis vectors in use, those of them kept by the last restart, and products so far.
        self._used, self._restarted, self.products = 0, 0, 0
        self._largest = 0.0  # the largest norm of a product so far, an estimate of ‖M‖
        first: np.ndarray = self._random.normal(size=(size, block)).astype(limits.dtype)
        unit = first / np.linalg.norm(first, axis=0)
        self._basis[:block] = self._orthonormal(unit, 0, 0.0)[0].T

    @property
    def full(self) -> bool:
        """Whether the basis has no room for another block."""
        return self._used + self.limits.block > self.limits.columns

    def extend(self, blocks: int) -> None:
        """Extend the Krylov space by so many blocks, or until the basis is full."""
        while blocks > 0 and not self.full:
            self._extend_by_block()
            blocks -= 1

    def _extend_by_block(self) -> None:
        """Multiply the last block by M and append what is new in the product to the basis."""
        used, block = self._used, self.limits.block
        total = used + block
        fresh = slice(used, total)
        w = self._apply(np.ascontiguousarray(self._basis[fresh].T))
        self.products += block
        norms = np.linalg.norm(w, axis=0).max()
        # In exact arithmetic M q lies in the span of the last two blocks and the next one, or, just
        # after a restart, of all vectors kept and the next block: these coefficients enter T.
        first = 0 if used == self._restarted else max(used - block, self._restarted)
        coefficients = overlaps(self._basis[first:total], w)
        subtract(self._basis[first:total], coefficients, w)
        diagonal = coefficients[-block:].astype(np.float64)
        self._small[fresh, fresh] = (diagonal + diagonal.T) / 2
        # Rounding brings back directions of the basis, chiefly those that have converged, so W is
        # made orthogonal to all of it a second time.
        subtract(self._basis[:total], overlaps(self._basis[:total], w), w)
        unit, below = self._orthonormal(w, total, norms)
        self._basis[total : total + block] = unit.T
        self._small[total : total + block, fresh] = below
        self._small[fresh, total : total + block] = below.T
        self._used = total

    def ritz(self, which: Which) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return Ritz values in order, their coordinates (m, m) in the basis, estimated residuals.

        With M Q = Q T + Q₊ B, the residual of the Ritz pair with coordinates s is ‖B s‖: no product
        with M is needed.
        """
        used = self._used
        values, coordinates = scipy.linalg.eigh(
            self._small[:used, :used], driver="evd", check_finite=False
        )
        order = ordered(values, which)
        values, coordinates = values[order], coordinates[:, order]
        below = self._small[used : used + self.limits.block, :used]
        return values, coordinates, np.linalg.norm(below @ coordinates, axis=0)

    def vectors(self, coordinates: np.ndarray) -> np.ndarray:
        """Return vectors (V, n) of given coordinates (m, n) in the basis."""
        return combined(self._basis[: self._used], coordinates.astype(self.limits.dtype))

    def restart(self, values: np.ndarray, coordinates: np.ndarray) -> None:
        """Replace the basis by some Ritz vectors, followed by the block that comes next.

        In the new basis T is diagonal for the Ritz vectors, and their coupling to the next block is
        B times their coordinates: the arrow.
        """
        used, block, count = self._used, self.limits.block, len(values)
        below = self._small[used : used + block, :used] @ coordinates
        vectors, fresh = self.vectors(coordinates), self._basis[used : used + block].copy()
        self._basis[:count], self._basis[count : count + block] = vectors.T, fresh
        self._small[:] = 0
        self._small[range(count), range(count)] = values
        self._small[count : count + block, :count] = below
        self._small[:count, count : count + block] = below.T
        self._used = self._restarted = count

    def _orthonormal(self, w: np.ndarray, used: int, norm: float) -> tuple[np.ndarray, np.ndarray]:
        """Return W = Q R, Q orthonormal and orthogonal to the basis, whatever the rank of W."""
        self._largest = max(self._largest, norm)
        # Columns of W below this length are rounding errors of the product.
        floor = np.finfo(w.dtype).eps * max(100 * norm, 0.1 * self._largest)
        # Cholesky of WᵀW, twice, is as exact as Householder's QR while the condition of W is below
        # 1e4, and all its work on long vectors is products.
        gram = _gram(w)
        squares = np.linalg.eigvalsh(gram)
        if squares[0] > max(floor**2, 1e-8 * squares[-1]):
            triangle = np.linalg.cholesky(gram).T
            unit = w @ np.linalg.inv(triangle).astype(w.dtype)
            again = np.linalg.cholesky(_gram(unit)).T
            return unit @ np.linalg.inv(again).astype(w.dtype), again @ triangle
        # Otherwise pivoting tells the rank. The columns within it have lost their orthogonality to
        # the basis in proportion to their smallness, and the others are replaced.
        unit, pivoted, order = scipy.linalg.qr(w, mode="economic", pivoting=True)
        below = np.zeros(pivoted.shape)
        below[:, order] = pivoted
        rank = int((np.abs(np.diagonal(pivoted)) > floor).sum())
        below[rank:] = 0
        independent = unit[:, :rank] - self._basis[:used].T @ (self._basis[:used] @ unit[:, :rank])
        unit[:, :rank], again = scipy.linalg.qr(independent, mode="economic")
        below[:rank] = again @ below[:rank]
        self._fill(unit, rank, used)
        return unit, below

    def _fill(self, unit: np.ndarray, rank: int, used: int) -> None:
        """Replace the columns from the rank-th on by random ones, orthogonal to all before.

        An invariant space of M is then complete, and the search goes on outside it.
        """
        basis, independent = self._basis[:used], unit[:, :rank]
        fresh = self._random.normal(size=(len(unit), unit.shape[1] - rank)).astype(unit.dtype)
        for _ in range(2):  # the second pass removes what rounding of the first has left
            fresh -= basis.T @ (basis @ fresh)
            fresh -= independent @ (independent.T @ fresh)
            fresh = scipy.linalg.qr(fresh, mode="economic")[0]
        unit[:, rank:] = fresh


def _gram(w: np.ndarray) -> np.ndarray:
    """Return WᵀW in float64."""
    double = w.astype(np.float64, copy=False)
    return double.T @ double


def kept_at_restart(values: np.ndarray, k: int, which: Which, most: int) -> np.ndarray:
    """Return the indices of the Ritz pairs that a restart keeps, out of values in order.

    They are the wanted ones and those next in order. For the largest eigenvalues they include
    those of larger magnitude at the other end, which would otherwise grow again from rounding
    errors and converge once more.
    """
    if which == "magnitude":
        return np.arange(most)
    leading = np.arange(most)
    other_end = np.flatnonzero(values < -abs(values[most - 1]))
    other_end = other_end[other_end >= most][-(most - k) // 2 :]
    return np.concatenate([leading[: most - len(other_end)], other_end])
