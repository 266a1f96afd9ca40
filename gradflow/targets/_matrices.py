"""Target matrices from counts.

P_ij is the symmetrised joint probability of a pair, Π_ij = p_i p_j the product of the unigram
probabilities, k the number of negatives per positive. Smoothing by the power a replaces one p by
q ∝ p^a, symmetrised: Π_ij = (p_i q_j + q_i p_j) / 2.
"""

from typing import Literal

import numpy as np
from jaxtyping import Real

from gradflow._checks import finite_float, nonnegative_float, one_of, positive_float, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.targets._from_counts import log_ratios, shares
from gradflow.targets._sparse_plus_low_rank import SparsePlusLowRank
from gradflow.targets._target import Target

Layout = Literal["auto", "dense", "sparse"]
LAYOUTS: tuple[Layout, ...] = ("auto", "dense", "sparse")
_LARGEST_DENSE = 5000  # words, whose matrix takes 200 MB, and all its eigenpairs a minute


def mstar(
    stats: CooccurrenceStatistics,
    negatives: float | Real[np.ndarray, ""] = 1.0,
    *,
    smoothing: float = 1.0,
    pseudo_count: float = 0.0,
    layout: Layout = "auto",
) -> Target | SparsePlusLowRank:
    """Return M*_ij = 2 (P_ij − N_ij) / (P_ij + N_ij), N = kΠ + c/n, the target of the theory.

    n is the sum of all pair counts, so that c is a count of noise added to every pair. Without it
    M* = 2 tanh((PMI_ij − ln k) / 2). Entries lie in [−2, 2), and are −2 where a pair never occurs,
    whatever k, a and c are: M* = S − 2·11ᵀ with S = 4P/(P + N), zero where the count is zero.

    Args:
        stats: Co-occurrence counts.
        negatives: k, negatives per positive; positive, need not be whole.
        smoothing: a of q ∝ p^a, from 0 (uniform) to 1 (Π_ij = p_i p_j).
        pseudo_count: c, at least 0.
        layout: "dense" for a matrix (V, V), "sparse" for S − 2·11ᵀ, which takes 12 bytes for each
            pair that occurs; "auto" for dense up to V = 5,000.

    Returns:
        Target (V, V).

    Raises:
        ArgumentError: An argument has no usable value.

    Source: karkada2025, Setting 3.1; levy2015 for smoothing.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k")
        >>> gf.mstar(stats)
        Target('M*', V=2000)
        >>> gf.mstar(stats, layout="sparse")
        SparsePlusLowRank('M*', V=2000, stored=3251399, rank=1)
    """
    k = positive_float("negatives", negatives)
    extra = nonnegative_float("pseudo_count", pseudo_count)
    if _is_dense(stats, layout):
        joint, noise = _joint_and_noise(stats, k, smoothing)
        if extra:
            noise += extra / stats.total_pairs
        return Target(2 * (joint - noise) / (joint + noise), stats.words, "M*")
    parts = shares(stats.pair_counts, *_unigrams(stats, smoothing), k, extra)
    ones = np.ones((stats.vocab_size, 1))
    return SparsePlusLowRank.from_parts(*parts, ones, np.array([-2.0]), stats.words, "M*")


def pmi(
    stats: CooccurrenceStatistics,
    floor: float = 0.0,
    *,
    smoothing: float = 1.0,
    layout: Layout = "auto",
) -> Target | SparsePlusLowRank:
    """Return PMI_ij = ln(P_ij / Π_ij), the pointwise mutual information.

    Args:
        stats: Co-occurrence counts.
        floor: The entry where a pair never occurs, whose PMI is −∞.
        smoothing: a of q ∝ p^a, from 0 to 1.
        layout: As in `mstar`.

    Returns:
        Target (V, V).

    Raises:
        ArgumentError: An argument has no usable value.

    Source: church1990; levy2014 for its role in word2vec.

    Example:
        >>> import gradflow as gf
        >>> gf.pmi(gf.load_statistics("wikipedia-2k").top(100))
        Target('PMI', V=100)
    """
    lowest = finite_float("floor", floor)
    if _is_dense(stats, layout):
        return Target(_log_ratio(stats, 1.0, lowest, smoothing), stats.words, "PMI")
    parts = log_ratios(stats.pair_counts, *_unigrams(stats, smoothing), lowest, positive=False)
    ones = np.ones((stats.vocab_size, 1 if lowest else 0))
    weights = np.full(ones.shape[1], lowest)
    return SparsePlusLowRank.from_parts(*parts, ones, weights, stats.words, "PMI")


def ppmi(
    stats: CooccurrenceStatistics, *, smoothing: float = 1.0, layout: Layout = "auto"
) -> Target | SparsePlusLowRank:
    """Return max(PMI_ij, 0), zero where a pair never occurs.

    Args:
        stats: Co-occurrence counts.
        smoothing: a of q ∝ p^a, from 0 to 1.
        layout: As in `mstar`.

    Returns:
        Target (V, V).

    Raises:
        ArgumentError: An argument has no usable value.

    Source: levy2014.

    Example:
        >>> import gradflow as gf
        >>> gf.ppmi(gf.load_statistics("wikipedia-2k").top(100))
        Target('PPMI', V=100)
    """
    return _positive(stats, 1.0, smoothing, layout, "PPMI")


def shifted_ppmi(
    stats: CooccurrenceStatistics,
    negatives: float | Real[np.ndarray, ""] = 1.0,
    *,
    smoothing: float = 1.0,
    layout: Layout = "auto",
) -> Target | SparsePlusLowRank:
    """Return max(PMI_ij − ln k, 0), zero where a pair never occurs.

    Args:
        stats: Co-occurrence counts.
        negatives: k, negatives per positive.
        smoothing: a of q ∝ p^a, from 0 to 1.
        layout: As in `mstar`.

    Returns:
        Target (V, V).

    Raises:
        ArgumentError: An argument has no usable value.

    Source: levy2014, equation 11.

    Example:
        >>> import gradflow as gf
        >>> gf.shifted_ppmi(gf.load_statistics("wikipedia-2k").top(100), negatives=5)
        Target('shifted PPMI', V=100)
    """
    k = positive_float("negatives", negatives)
    return _positive(stats, k, smoothing, layout, "shifted PPMI")


def _positive(
    stats: CooccurrenceStatistics, k: float, smoothing: float, layout: Layout, name: str
) -> Target | SparsePlusLowRank:
    """Return max(PMI − ln k, 0)."""
    if _is_dense(stats, layout):
        shifted = _log_ratio(stats, k, 0.0, smoothing)
        return Target(np.maximum(shifted, 0.0), stats.words, name)
    p, q = _unigrams(stats, smoothing)
    parts = log_ratios(stats.pair_counts, p, q, float(np.log(k)), positive=True)
    none = np.zeros((stats.vocab_size, 0))
    return SparsePlusLowRank.from_parts(*parts, none, np.zeros(0), stats.words, name)


def _is_dense(stats: CooccurrenceStatistics, layout: Layout) -> bool:
    """Return whether the matrix is to be dense, after checks of both arguments."""
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    one_of("layout", layout, LAYOUTS)
    return layout == "dense" or (layout == "auto" and stats.vocab_size <= _LARGEST_DENSE)


def _unigrams(stats: CooccurrenceStatistics, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return p and q ∝ p^a."""
    power, p = nonnegative_float("smoothing", smoothing), stats.unigram_probabilities
    if power > 1:
        raise ArgumentError("smoothing", "a power from 0 to 1", shown(smoothing))
    if power == 1:
        return p, p
    q = p**power
    return p, q / q.sum()


def _joint_and_noise(
    stats: CooccurrenceStatistics, k: float, smoothing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return P and kΠ, dense."""
    p, q = _unigrams(stats, smoothing)
    noise = np.outer(p, p) if q is p else (np.outer(p, q) + np.outer(q, p)) / 2
    return stats.pair_probabilities, k * noise


def _log_ratio(
    stats: CooccurrenceStatistics, negatives: float, floor: float, smoothing: float
) -> np.ndarray:
    """Return ln(P/(kΠ)), dense, with a floor where P is zero."""
    joint, noise = _joint_and_noise(stats, negatives, smoothing)
    occurs = joint > 0
    return np.where(occurs, np.log(np.where(occurs, joint, 1.0) / noise), floor)
