"""Target matrices from counts.

P_ij is the symmetrised joint probability of a pair, Π_ij = p_i p_j the product of the unigram
probabilities, k the number of negatives per positive.
"""

import numpy as np

from gradflow._checks import finite_float, positive_float
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.targets._target import Target


def mstar(stats: CooccurrenceStatistics, negatives: float = 1.0) -> Target:
    """M*_ij = 2 (P_ij − kΠ_ij) / (P_ij + kΠ_ij), the target of the quadratic theory.

    Equal to 2 tanh((PMI_ij − ln k) / 2). Entries lie in [−2, 2); −2 where a pair never occurs.

    Args:
        stats: Co-occurrence counts.
        negatives: k, negatives per positive; positive, need not be whole.

    Returns:
        Dense target (V, V).

    Raises:
        ArgumentError: negatives is not a positive number.

    Source: karkada2025, Setting 3.1.

    Example:
        >>> import gradflow as gf
        >>> gf.mstar(gf.load_statistics("wikipedia-2k"))
        Target('M*', V=2000)
    """
    joint, noise = _joint_and_noise(stats, negatives)
    return Target(2 * (joint - noise) / (joint + noise), stats.words, "M*")


def pmi(stats: CooccurrenceStatistics, floor: float = 0.0) -> Target:
    """PMI_ij = ln(P_ij / Π_ij), the pointwise mutual information.

    Args:
        stats: Co-occurrence counts.
        floor: What stands where a pair never occurs and PMI is −∞.

    Returns:
        Dense target (V, V).

    Raises:
        ArgumentError: floor is not a finite number.

    Source: church1990; levy2014 for its place in word2vec.
    """
    ratio = _log_ratio(stats, 1.0, finite_float("floor", floor))
    return Target(ratio, stats.words, "PMI")


def ppmi(stats: CooccurrenceStatistics) -> Target:
    """max(PMI_ij, 0), zero where a pair never occurs. Source: levy2014."""
    return Target(np.maximum(_log_ratio(stats, 1.0, 0.0), 0.0), stats.words, "PPMI")


def shifted_ppmi(stats: CooccurrenceStatistics, negatives: float = 1.0) -> Target:
    """max(PMI_ij − ln k, 0), zero where a pair never occurs.

    Args:
        stats: Co-occurrence counts.
        negatives: k, negatives per positive.

    Returns:
        Dense target (V, V).

    Raises:
        ArgumentError: negatives is not a positive number.

    Source: levy2014, equation 11.
    """
    shifted = _log_ratio(stats, negatives, 0.0)
    return Target(np.maximum(shifted, 0.0), stats.words, "shifted PPMI")


def _joint_and_noise(
    stats: CooccurrenceStatistics, negatives: float
) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    k = positive_float("negatives", negatives)
    p = stats.unigram_probabilities
    return stats.pair_probabilities, k * np.outer(p, p)


def _log_ratio(stats: CooccurrenceStatistics, negatives: float, floor: float) -> np.ndarray:
    joint, noise = _joint_and_noise(stats, negatives)
    seen = joint > 0
    return np.where(seen, np.log(np.where(seen, joint, 1.0) / noise), floor)
