"""Leading eigenpairs of a target: what is learned, and how fast."""

import dataclasses
from typing import cast

import numpy as np
from jaxtyping import Float64

from gradflow._checks import one_of, positive_float, positive_int
from gradflow._errors import ArgumentError
from gradflow.targets._as_target import as_target
from gradflow.targets._block_lanczos import WHICH, Which
from gradflow.targets._sparse_plus_low_rank import TOLERANCE, SparsePlusLowRank
from gradflow.targets._target import AbstractTarget


@dataclasses.dataclass(frozen=True, eq=False)
class Spectrum:
    """The k leading eigenvalues of a target, and their eigenvectors.

    Attributes:
        eigenvalues: (k,), falling, by magnitude where that was asked for. Their unit is one over
            time (mode k is logistic at rate λ_k).
        eigenvectors: (V, k), orthonormal columns, the largest entry of each positive.
        squared_norm: Σ_ij M_ij² of the whole target: eight times the loss at the origin.
        words: The V words, or None.
        name: Name of the target.
        residuals: ‖Mu − λu‖/|λ| (k,), from a product with each eigenvector; None where they were
            not measured.

    Example:
        >>> import gradflow as gf
        >>> gf.spectrum(gf.Target([[2.0, 1.0], [1.0, 2.0]]), k=2)
        Spectrum('target', V=2, k=2, eigenvalues=[3, 1, ...])
    """

    eigenvalues: Float64[np.ndarray, " k"]
    eigenvectors: Float64[np.ndarray, "V k"]
    squared_norm: float
    words: tuple[str, ...] | None = None
    name: str = "target"
    residuals: Float64[np.ndarray, " k"] | None = None

    def __repr__(self) -> str:
        size, k = self.eigenvectors.shape
        first = ", ".join(f"{value:.4g}" for value in self.eigenvalues[:3])
        return f"Spectrum({self.name!r}, V={size}, k={k}, eigenvalues=[{first}, ...])"

    @property
    def loss_staircase(self) -> Float64[np.ndarray, " losses"]:
        """Loss (k + 1,) of tied least squares before the first step and after each one.

        Mode k takes λ_k²/8 of ⅛‖M‖² away, as the loss is ⅛‖WWᵀ − M‖² and WWᵀ becomes the sum of
        the first k modes of M. Eigenvalues at or below zero take nothing.

        Example:
            >>> import numpy as np, gradflow as gf
            >>> gf.spectrum(gf.Target(np.diag([4.0, 2.0])), k=2).loss_staircase
            array([2.5, 0.5, 0. ])
        """
        drops = np.maximum(self.eigenvalues, 0.0) ** 2 / 8
        return self.squared_norm / 8 - np.concatenate([[0.0], np.cumsum(drops)])

    def top_words(self, mode: int, count: int = 5) -> tuple[list[str], list[str]]:
        """Return the words at the two ends of one eigenvector, most extreme first.

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


def spectrum(
    target: AbstractTarget | np.typing.ArrayLike,
    k: int,
    *,
    which: Which = "largest",
    tolerance: float | None = None,
) -> Spectrum:
    """Return the leading k eigenpairs of a target, in float64, computed on the host.

    Of a dense target by LAPACK, to rounding, unless a tolerance is given. Of a sparse one by block
    Lanczos, to the tolerance: eigenvalues are then right to about its square, as M is symmetric.

    Args:
        target: Any target, or a real symmetric array (V, V).
        k: How many, at most V.
        which: "largest" for the largest λ, what tied embeddings learn; "magnitude" for the largest
            |λ|, signs kept, what untied ones learn.
        tolerance: Largest ‖Mu − λu‖/|λ|; None for 1e-4 of a sparse target, rounding of a dense
            one. Relative to 1e-4 of the largest |λ| where |λ| is smaller than that, as no
            eigenvalue near zero has digits. From 5e-5 on products are made in float32, below that
            in float64.

    Returns:
        Eigenvalues (k,), falling, eigenvectors (V, k) and their residuals.

    Raises:
        DataError: An array that is not square, finite and symmetric.
        ArgumentError: target is none, k is not an integer from 1 to V, which is not one of the
            two, or the tolerance is not a positive number or cannot be met.

    Example:
        >>> import gradflow as gf
        >>> target = gf.Target([[2.0, 1.0], [1.0, 2.0]])
        >>> gf.spectrum(target, k=2).eigenvalues
        array([3., 1.])
    """
    target = as_target(target)
    k = positive_int("k", k)
    if k > target.size:
        raise ArgumentError("k", f"at most the number of rows {target.size}", k)
    which = cast("Which", one_of("which", which, WHICH))
    if tolerance is not None:
        tolerance = positive_float("tolerance", tolerance)
    elif isinstance(target, SparsePlusLowRank):
        tolerance = TOLERANCE
    values, vectors = target.top_eigenpairs(k, which=which, tolerance=tolerance)
    errors = np.linalg.norm(target.product(vectors) - vectors * values, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        residuals = np.where(errors > 0, errors / np.abs(values), 0.0)
    return Spectrum(values, vectors, target.squared_norm, target.words, target.name, residuals)
