"""Weightings: how much each pair of words counts in a contrastive loss, occurring and as noise."""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from gradflow._checks import nonnegative_float, one_of, positive_float, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.corpus._subsample import survival
from gradflow.targets._weightings import WEIGHTINGS, WeightingName


@dataclasses.dataclass(frozen=True)
class Word2vecWeighting:
    """The weights that word2vec.c's subsampling and noise distribution have in expectation.

    A pair occurs in proportion to κ_i κ_j P_ij, with κ_i = min(1, √(s/p_i) + s/p_i) the
    probability that word i survives subsampling; noise words come with probability q_j ∝ p_j^a.

    Args:
        subsample: s, above zero; None or infinity keeps all.
        power: a, zero or above.

    Raises:
        ArgumentError: A number is out of its range.

    Source: mikolov2013distributed, and word2vec.c for κ.

    Example:
        >>> import gradflow as gf
        >>> gf.targets.Word2vecWeighting(subsample=None)
        Word2vecWeighting(subsample=None, power=0.75)
    """

    subsample: float | None = 1e-3
    power: float = 0.75

    def __post_init__(self) -> None:
        if self.subsample is not None and self.subsample != np.inf:
            positive_float("subsample", self.subsample)
        nonnegative_float("power", self.power)

    def survival(self, p: Float64[np.ndarray, " V"]) -> Float64[np.ndarray, " V"]:
        """Return κ (V,), the probability that an occurrence of each word is kept."""
        return survival(p, np.inf if self.subsample is None else self.subsample)

    def noise(self, p: Float64[np.ndarray, " V"]) -> Float64[np.ndarray, " V"]:
        """Return q (V,), the distribution of noise words, with sum 1."""
        powers = p**self.power
        return powers / powers.sum()


# A name, word2vec's weighting with other constants, or the arrays Ψ⁺ and Ψ⁻.
Weighting = WeightingName | Word2vecWeighting | Sequence[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class PairWeights:
    """A and B of L = Σ_ij [A_ij φ(−x_ij) + B_ij φ(x_ij)], in as few V × V matrices as possible.

    Attributes:
        positive: A (V, V).
        share: α of A + B = αA + Σ_r left_r right_rᵀ.
        left: (V, r), the left factors of the sum.
        right: (V, r), the right factors.
        total: A + B (V, V) where it does not have that form, or None.
        noise: q (V,), the distribution that negatives are drawn from.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> weights = gf.targets.pair_weights(gf.load_statistics("wikipedia-2k").top(50), "none")
        >>> np.allclose(weights.positive + weights.negative(), weights.summed())
        True
    """

    positive: Float64[np.ndarray, "V V"]
    share: float
    left: Float64[np.ndarray, "V r"]
    right: Float64[np.ndarray, "V r"]
    total: Float64[np.ndarray, "V V"] | None
    noise: Float64[np.ndarray, " V"]

    def summed(self) -> Float64[np.ndarray, "V V"]:
        """Return A + B, dense."""
        if self.total is not None:
            return self.total
        return self.share * self.positive + self.left @ self.right.T

    def negative(self) -> Float64[np.ndarray, "V V"]:
        """Return B, dense."""
        return self.summed() - self.positive

    def symmetrised(self) -> "PairWeights":
        """Return (A + Aᵀ)/2 and (B + Bᵀ)/2, which give the same loss wherever x is symmetric."""
        same = self.left is self.right or np.array_equal(self.left, self.right)
        left = self.left if same else np.hstack([self.left, self.right]) / 2
        right = self.right if same else np.hstack([self.right, self.left])
        total = None if self.total is None else _symmetric(self.total)
        return PairWeights(_symmetric(self.positive), self.share, left, right, total, self.noise)


def pair_weights(
    stats: CooccurrenceStatistics, weighting: Weighting = "uniform", negatives: float = 1.0
) -> PairWeights:
    """Return A = Ψ⁺P and B = kΨ⁻Π of the contrastive loss Σ A φ(−x) + B φ(x).

    Args:
        stats: Co-occurrence counts.
        weighting: The weighting of pairs:

            * "uniform": Ψ± = 1/(P + kΠ), so A + B = 1 (karkada2025, Setting 3.1);
            * "none": Ψ± = 1;
            * "unigram": Ψ± = 1/((1 + k)Π), so that A + B is about one where P is about Π;
            * "word2vec", or a `Word2vecWeighting`: subsampling and noise ∝ p^0.75, normalised to
              ΣA = 1, B_ij = k q_j Σ_l A_il. Not symmetric;
            * a pair (Ψ⁺, Ψ⁻) of non-negative arrays that broadcast to (V, V).
        negatives: k, negatives per positive; positive, need not be whole.

    Returns:
        The weights.

    Raises:
        ArgumentError: The weighting is unknown or its arrays do not fit, or `negatives` is not
            positive.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.targets import pair_weights
        >>> weights = pair_weights(gf.load_statistics("wikipedia-2k"), "none")
        >>> round(float(weights.positive.sum()), 12), round(float(weights.negative().sum()), 12)
        (1.0, 1.0)
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    k = positive_float("negatives", negatives)
    return _maker(weighting)(stats.pair_probabilities, stats.unigram_probabilities, k)


Maker = Callable[[np.ndarray, np.ndarray, float], PairWeights]


def _maker(weighting: Weighting) -> Maker:
    """Return the function of P, p and k that makes the weights."""
    if isinstance(weighting, Word2vecWeighting):
        return functools.partial(_word2vec, weighting)
    if isinstance(weighting, str) or not isinstance(weighting, Sequence) or len(weighting) != 2:
        return _NAMED[one_of("weighting", weighting, WEIGHTINGS)]
    return functools.partial(_given, weighting[0], weighting[1])


def _uniform(joint: np.ndarray, p: np.ndarray, k: float) -> PairWeights:
    """Return A = P/(P + kΠ), with A + B = 1."""
    ones = np.ones((len(p), 1))
    return PairWeights(joint / (joint + k * np.outer(p, p)), 0.0, ones, ones, None, p)


def _none(joint: np.ndarray, p: np.ndarray, k: float) -> PairWeights:
    """Return A = P and B = kΠ."""
    factor = np.sqrt(k) * p[:, None]
    return PairWeights(joint, 1.0, factor, factor, None, p)


def _unigram(joint: np.ndarray, p: np.ndarray, k: float) -> PairWeights:
    """Return A = P/((1 + k)Π) and B = k/(1 + k)."""
    factor = np.full((len(p), 1), np.sqrt(k / (1 + k)))
    return PairWeights(joint / ((1 + k) * np.outer(p, p)), 1.0, factor, factor, None, p)


def _word2vec(
    weighting: Word2vecWeighting, joint: np.ndarray, p: np.ndarray, k: float
) -> PairWeights:
    """Return A ∝ κ_i κ_j P_ij and B_ij = k q_j Σ_l A_il, as word2vec.c samples them."""
    survival, noise = weighting.survival(p), weighting.noise(p)
    positive = joint * np.outer(survival, survival)  # symmetric to the last bit
    positive /= positive.sum()
    marginal = positive.sum(axis=1, keepdims=True)
    return PairWeights(positive, 1.0, k * marginal, noise[:, None], None, noise)


def _given(
    psi_positive: Any, psi_negative: Any, joint: np.ndarray, p: np.ndarray, k: float
) -> PairWeights:
    """Return A = Ψ⁺P and B = kΨ⁻Π for given arrays."""
    positive = _psi("weighting[0]", psi_positive, len(p)) * joint
    negative = k * _psi("weighting[1]", psi_negative, len(p)) * np.outer(p, p)
    none = np.empty((len(p), 0))
    return PairWeights(positive, 0.0, none, none, positive + negative, p)


_NAMED: dict[str, Maker] = {
    "uniform": _uniform, "none": _none, "unigram": _unigram,
    "word2vec": functools.partial(_word2vec, Word2vecWeighting()),
}  # fmt: skip


def _psi(argument: str, value: Any, size: int) -> np.ndarray:
    """Return one array of weights, broadcast to (V, V)."""
    array = real_array(argument, value)
    wanted = f"finite numbers of at least 0 that broadcast to ({size}, {size})"
    try:
        array = np.broadcast_to(array, (size, size))
    except ValueError as error:
        raise ArgumentError(argument, wanted, f"shape {array.shape}") from error
    if not np.isfinite(array).all() or array.min() < 0:
        wrong = array[~np.isfinite(array) | (array < 0)][0]
        raise ArgumentError(argument, wanted, shown(float(wrong)))
    return array


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    """Return the symmetric part of a matrix."""
    return (matrix + matrix.T) / 2
