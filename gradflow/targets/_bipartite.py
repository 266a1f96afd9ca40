"""The symmetric matrix that two sets of embeddings are trained towards together."""

import functools

import numpy as np
import scipy.linalg
from jaxtyping import Float, Float64

from gradflow.targets._block_lanczos import Which
from gradflow.targets._leading_eigenpairs import ALL_AT_ONCE
from gradflow.targets._target import AbstractTarget, checked_scale


class BipartiteTarget(AbstractTarget):
    """[[0, M], [Mᵀ, 0]], seen by W above C, (2V, d): eigenvalues ±σ_k of M.

    Its largest eigenvalues are the largest singular values of M, so the large |λ_k| of a symmetric
    M, negative ones included.

    Args:
        matrix: M (V, V), finite.
        words: The V words, or None.
        name: What tables and figures call it.
    """

    def __init__(
        self, matrix: Float64[np.ndarray, "V V"], words: tuple[str, ...] | None, name: str
    ) -> None:
        self.matrix = matrix
        self.words = None if words is None else (*words, *(f"{word} (context)" for word in words))
        self.name = name

    def __repr__(self) -> str:
        return f"BipartiteTarget({self.name!r}, V={len(self.matrix)})"

    @property
    def size(self) -> int:
        """Number of rows, 2V: one for each word as itself and one for each as context."""
        return 2 * len(self.matrix)

    @property
    def vocab_size(self) -> int:
        """Number of words V."""
        return len(self.matrix)

    @property
    def squared_norm(self) -> float:
        """2‖M‖²."""
        return 2 * float(np.vdot(self.matrix, self.matrix))

    def todense(self) -> Float64[np.ndarray, "R R"]:
        """Return the matrix itself, of 2V rows."""
        nothing = np.zeros_like(self.matrix)
        return np.block([[nothing, self.matrix], [self.matrix.T, nothing]])

    def product(self, vectors: Float[np.ndarray, "R b"]) -> Float[np.ndarray, "R b"]:
        """Return [M Y; Mᵀ X] for [X; Y]."""
        size = self.vocab_size
        return np.vstack([self.matrix @ vectors[size:], self.matrix.T @ vectors[:size]])

    def scaled(self, factors: Float64[np.ndarray, " R"]) -> "BipartiteTarget":
        """Return diag(f) [[0, M], [Mᵀ, 0]] diag(f), f (2V,)."""
        size = self.vocab_size
        f = checked_scale(factors, self.size)
        words = None if self.words is None else self.words[:size]
        return BipartiteTarget(np.outer(f[:size], f[size:]) * self.matrix, words, self.name)

    @functools.cached_property
    def _symmetric(self) -> bool:
        return np.array_equal(self.matrix, self.matrix.T)

    def _top_by_magnitude(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the k largest σ and [u; v]/√2, from both ends of the spectrum of a symmetric M."""
        size = self.vocab_size
        ends = [
            scipy.linalg.eigh(self.matrix, subset_by_index=end, check_finite=False)
            for end in ((0, k - 1), (size - k, size - 1))
        ]
        values = np.concatenate([end[0] for end in ends])
        vectors = np.hstack([end[1] for end in ends])
        order = np.argsort(-np.abs(values), kind="stable")[:k]
        values, vectors = values[order], vectors[:, order]
        below = vectors * np.where(values < 0, -1.0, 1.0)
        return np.abs(values), np.vstack([vectors, below]) / np.sqrt(2)

    @functools.cached_property
    def singular_triplets(
        self,
    ) -> tuple[Float64[np.ndarray, "V V"], Float64[np.ndarray, " V"], Float64[np.ndarray, "V V"]]:
        """Left vectors, singular values falling, right vectors, all as columns."""
        if not self._symmetric:
            left, values, right = scipy.linalg.svd(self.matrix, check_finite=False)
            return left, values, right.T
        values, vectors = scipy.linalg.eigh(self.matrix, check_finite=False, driver="evd")
        order = np.argsort(-np.abs(values), kind="stable")
        values, vectors = values[order], vectors[:, order]
        return vectors, np.abs(values), vectors * np.where(values < 0, -1.0, 1.0)

    def top_eigenpairs(
        self, k: int, *, which: Which = "largest", tolerance: float | None = None
    ) -> tuple[Float64[np.ndarray, " k"], Float64[np.ndarray, "R k"]]:
        """Return the k largest eigenvalues, falling, and their vectors [u; v]/√2, then [u; −v]/√2.

        By LAPACK, whatever the tolerance. By magnitude every σ comes twice, as σ and −σ.
        """
        if which == "magnitude":
            return self._both_signs(k)
        size = self.vocab_size
        few = size > ALL_AT_ONCE and 4 * k <= size
        if few and "singular_triplets" not in vars(self) and self._symmetric:
            return self._top_by_magnitude(k)
        left, values, right = self.singular_triplets
        if k <= size:
            return values[:k], np.vstack([left[:, :k], right[:, :k]]) / np.sqrt(2)
        rising = slice(None, None, -1)
        eigenvalues = np.concatenate([values, -values[rising]])[:k]
        above = np.hstack([left, left[:, rising]])[:, :k]
        below = np.hstack([right, -right[:, rising]])[:, :k]
        return eigenvalues, np.vstack([above, below]) / np.sqrt(2)

    def _both_signs(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        size, half = self.vocab_size, -(-k // 2)
        values, above = self.top_eigenpairs(half)
        below = np.vstack([above[:size], -above[size:]])
        signed = np.stack([values, -values], axis=1).ravel()[:k]
        return signed, np.stack([above, below], axis=2).reshape(2 * size, -1)[:, :k]
