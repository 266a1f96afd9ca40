"""Leading eigenpairs of a target: what is learned, and how fast."""

import dataclasses

import numpy as np
from jaxtyping import Float64

from gradflow._checks import positive_int
from gradflow._errors import ArgumentError
from gradflow.targets._target import AbstractTarget


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """The k largest eigenvalues of a target and their eigenvectors.

    Attributes:
        eigenvalues: (k,), falling. Their unit is one over time (DESIGN: mode k is logistic at
            rate λ_k).
        eigenvectors: (V, k), orthonormal columns, the largest entry of each positive.
        squared_norm: Σ_ij M_ij² of the whole target: eight times the loss at the origin.
        words: The V words, or None.
        name: Name of the target.
    """

    eigenvalues: Float64[np.ndarray, " k"]
    eigenvectors: Float64[np.ndarray, "V k"]
    squared_norm: float
    words: tuple[str, ...] | None = None
    name: str = "target"

    def __repr__(self) -> str:
        size, k = self.eigenvectors.shape
        first = ", ".join(f"{value:.4g}" for value in self.eigenvalues[:3])
        return f"Spectrum({self.name!r}, V={size}, k={k}, eigenvalues=[{first}, ...])"

    def top_words(self, mode: int, count: int = 5) -> tuple[list[str], list[str]]:
        """The words at the two ends of one eigenvector, most extreme first.

        Args:
            mode: Index of the eigenvector, from 0.
            count: Words at each end.

        Returns:
            Words with the largest positive and with the largest negative entries. An end where the
            eigenvector has fewer entries of that sign has fewer words.

        Raises:
            ArgumentError: There is no such mode, or the target has no words.
        """
        if self.words is None:
            raise ArgumentError("words", "a target with words", "one without")
        if not 0 <= mode < self.eigenvalues.size:
            raise ArgumentError("mode", f"0 to {self.eigenvalues.size - 1}", mode)
        entries = self.eigenvectors[:, mode]
        order = np.argsort(entries, kind="stable")
        high = [self.words[i] for i in order[::-1][:count] if entries[i] > 0]
        low = [self.words[i] for i in order[:count] if entries[i] < 0]
        return high, low


def spectrum(target: AbstractTarget, k: int) -> Spectrum:
    """Top k eigenpairs of a target, computed by LAPACK on the host in float64.

    Args:
        target: Any target.
        k: How many, at most V.

    Returns:
        Eigenvalues (k,), falling, and eigenvectors (V, k).

    Raises:
        ArgumentError: target is none, or k is not an integer from 1 to V.

    Example:
        >>> import gradflow as gf
        >>> gf.spectrum(gf.Target([[2.0, 1.0], [1.0, 2.0]]), k=2).eigenvalues
        array([3., 1.])
    """
    if not isinstance(target, AbstractTarget):
        raise ArgumentError("target", "a gradflow target", type(target).__name__)
    k = positive_int("k", k)
    if k > target.vocab_size:
        raise ArgumentError("k", f"at most the vocabulary size {target.vocab_size}", k)
    eigenvalues, eigenvectors = target.top_eigenpairs(k)
    return Spectrum(eigenvalues, eigenvectors, target.squared_norm, target.words, target.name)
