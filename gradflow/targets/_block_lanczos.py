"""Leading eigenpairs of a symmetric operator that only multiplies blocks of vectors."""

import dataclasses
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import scipy.linalg

from gradflow.targets._tall_skinny import combined, overlaps, subtract

Which = Literal["largest", "magnitude"]
WHICH: tuple[Which, ...] = ("largest", "magnitude")
Apply = Callable[[np.ndarray], np.ndarray]
Progress = Callable[[int, float], None]


class Eigenpairs(NamedTuple):
    """What a solver found.

    Attributes:
        values: (k,), in the order asked for.
        vectors: (V, k), orthonormal columns.
        residuals: ‖Mu − λu‖ (k,).
        products: How many vectors M was multiplied with.
    """

    values: np.ndarray
    vectors: np.ndarray
    residuals: np.ndarray
    products: int


@dataclasses.dataclass(frozen=True)
class Limits:
    """How a search is run.

    Attributes:
        block: Vectors multiplied at a time.
        columns: Most basis vectors kept.
        products: Most products before the search is given up.
        dtype: Of basis and products; small matrices are float64 always.
    """

    block: int
    columns: int
    products: int
    dtype: type


def ordered(values: np.ndarray, which: Which) -> np.ndarray:
    """Indices that put eigenvalues in falling order, of λ or of |λ|."""
    return np.argsort(-(np.abs(values) if which == "magnitude" else values), kind="stable")


def small_against(values: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Residuals relative to |λ|, and to 1e-4 of the largest |λ| where |λ| is smaller."""
    size = np.abs(values)
    scale = np.maximum(size, 1e-4 * size.max())
    return np.where(residuals > 0, residuals / np.where(scale > 0, scale, 1.0), 0.0)


class BlockLanczos:
    """Block Lanczos with full reorthogonalisation and thick restarts.

    The basis Q spans a Krylov space of M, begun at random with a fixed seed. QᵀMQ = T is banded
    but for the arrow that a restart leaves, and the residual of a Ritz pair is a product of small
    matrices. Eigenvalues that converge first, such as M*'s huge negative one, stay in the basis
    and cost nothing more. Of an eigenvalue repeated more often than a block has vectors, copies
    may be missed.

    Args:
        apply: X (V, b) ↦ M X.
        size: V.
        limits: How the search is run.

    Source: golub1977 for blocks, wu2000 for thick restarts.
    """

    def __init__(self, apply: Apply, size: int, limits: Limits) -> None:
        self._apply, self.limits = apply, limits
        self._random = np.random.default_rng(0)
        block, columns = limits.block, limits.columns
        self._basis: np.ndarray = np.empty((columns + block, size), limits.dtype)  # vectors as rows
        self._small = np.zeros((columns + block, columns + block))
        self._used, self._kept, self.products = 0, 0, 0
        self._largest = 0.0  # norm of a product
        first: np.ndarray = self._random.normal(size=(size, block)).astype(limits.dtype)
        unit = first / np.linalg.norm(first, axis=0)
        self._basis[:block] = self._orthonormal(unit, 0, 0.0)[0].T

    @property
    def full(self) -> bool:
        """Whether the basis takes no other block."""
        return self._used + self.limits.block > self.limits.columns

    def extend(self, blocks: int) -> None:
        """So many more blocks, or as many as the basis takes."""
        while blocks > 0 and not self.full:
            self._step()
            blocks -= 1

    def _step(self) -> None:
        """One more block of the Krylov space."""
        used, block = self._used, self.limits.block
        total = used + block
        fresh = slice(used, total)
        w = self._apply(np.ascontiguousarray(self._basis[fresh].T))
        self.products += block
        norms = np.linalg.norm(w, axis=0).max()
        # M q lies in the span of the last two blocks and the next one; after a restart, of all.
        first = 0 if used == self._kept else max(used - block, self._kept)
        coefficients = overlaps(self._basis[first:total], w)
        subtract(self._basis[first:total], coefficients, w)
        diagonal = coefficients[-block:].astype(np.float64)
        self._small[fresh, fresh] = (diagonal + diagonal.T) / 2
        subtract(self._basis[:total], overlaps(self._basis[:total], w), w)
        unit, below = self._orthonormal(w, total, norms)
        self._basis[total : total + block] = unit.T
        self._small[total : total + block, fresh] = below
        self._small[fresh, total : total + block] = below.T
        self._used = total

    def ritz(self, which: Which) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ritz values in order, their coordinates (m, m) in the basis, and estimated residuals."""
        used = self._used
        values, coordinates = scipy.linalg.eigh(
            self._small[:used, :used], driver="evd", check_finite=False
        )
        order = ordered(values, which)
        values, coordinates = values[order], coordinates[:, order]
        below = self._small[used : used + self.limits.block, :used]
        return values, coordinates, np.linalg.norm(below @ coordinates, axis=0)

    def vectors(self, coordinates: np.ndarray) -> np.ndarray:
        """(V, n) from their coordinates (m, n)."""
        return combined(self._basis[: self._used], coordinates.astype(self.limits.dtype))

    def restart(self, values: np.ndarray, coordinates: np.ndarray) -> None:
        """Keep some Ritz pairs, and the block that comes next."""
        used, block, kept = self._used, self.limits.block, len(values)
        below = self._small[used : used + block, :used] @ coordinates
        vectors, fresh = self.vectors(coordinates), self._basis[used : used + block].copy()
        self._basis[:kept], self._basis[kept : kept + block] = vectors.T, fresh
        self._small[:] = 0
        self._small[range(kept), range(kept)] = values
        self._small[kept : kept + block, :kept] = below
        self._small[:kept, kept : kept + block] = below.T
        self._used = self._kept = kept

    def _orthonormal(self, w: np.ndarray, used: int, norm: float) -> tuple[np.ndarray, np.ndarray]:
        """W = Q R with Q orthonormal and, like W, orthogonal to the basis, whatever W's rank."""
        self._largest = max(self._largest, norm)
        floor = np.finfo(w.dtype).eps * max(100 * norm, 0.1 * self._largest)
        gram = _gram(w)
        squares = np.linalg.eigvalsh(gram)
        if squares[0] > max(floor**2, 1e-8 * squares[-1]):
            triangle = np.linalg.cholesky(gram).T
            unit = w @ np.linalg.inv(triangle).astype(w.dtype)
            again = np.linalg.cholesky(_gram(unit)).T
            return unit @ np.linalg.inv(again).astype(w.dtype), again @ triangle
        unit, pivoted, order = scipy.linalg.qr(w, mode="economic", pivoting=True)
        below = np.zeros(pivoted.shape)
        below[:, order] = pivoted
        rank = int((np.abs(np.diagonal(pivoted)) > floor).sum())
        below[rank:] = 0
        known = unit[:, :rank] - self._basis[:used].T @ (self._basis[:used] @ unit[:, :rank])
        unit[:, :rank], again = scipy.linalg.qr(known, mode="economic")
        below[:rank] = again @ below[:rank]
        self._fill(unit, rank, used)
        return unit, below

    def _fill(self, unit: np.ndarray, rank: int, used: int) -> None:
        """Random columns from the rank-th on: an invariant space is complete, there are others."""
        basis, known = self._basis[:used], unit[:, :rank]
        fresh = self._random.normal(size=(len(unit), unit.shape[1] - rank)).astype(unit.dtype)
        for _ in range(2):
            fresh -= basis.T @ (basis @ fresh)
            fresh -= known @ (known.T @ fresh)
            fresh = scipy.linalg.qr(fresh, mode="economic")[0]
        unit[:, rank:] = fresh


def _gram(w: np.ndarray) -> np.ndarray:
    double = w.astype(np.float64, copy=False)
    return double.T @ double


def kept_at_restart(values: np.ndarray, k: int, which: Which, most: int) -> np.ndarray:
    """Indices of the Ritz pairs to keep, out of values in order.

    The wanted ones and those next in line; for the largest, also what is larger in magnitude at
    the other end: it would come back, out of rounding errors.
    """
    if which == "magnitude":
        return np.arange(most)
    ahead = np.arange(most)
    other = np.flatnonzero(values < -abs(values[most - 1]))
    other = other[other >= most][-(most - k) // 2 :]
    return np.concatenate([ahead[: most - len(other)], other])
