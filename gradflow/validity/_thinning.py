"""Two corpora in place of one, from the counts alone."""

import dataclasses

import numpy as np
import scipy.sparse
from jaxtyping import Float64, Int

from gradflow._checks import positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics


@dataclasses.dataclass(frozen=True)
class PairWeight:
    """The upper triangle of the pair counts, diagonal included.

    Attributes:
        row: (n,).
        column: (n,), at least `row`.
        weight: (n,) X_ij; half of X_ii, which holds each of its pairs of positions twice.
    """

    row: Int[np.ndarray, " n"]
    column: Int[np.ndarray, " n"]
    weight: Float64[np.ndarray, " n"]


def pair_weight(stats: CooccurrenceStatistics) -> PairWeight:
    """Return the pairs that occur, each once."""
    pairs = stats.pair_counts.tocoo()
    row, column = pairs.coords
    upper = row <= column
    row, column = row[upper], column[upper]
    weight = pairs.data[upper] / np.where(row == column, 2.0, 1.0)
    return PairWeight(row, column, weight)


def thinning_unit(stats: CooccurrenceStatistics) -> float:
    """Return the variance of a pair's weight over its mean, for independent co-occurrences.

    A pair's weight is a sum of n window weights w, n Poisson: its mean is E[n] E[w], its variance
    E[n] E[w²]. So the unit is E[w²]/E[w], **not** the mean weight E[w]: (2L + 1)/3 where weights
    run from L to 1 and all distances are equally frequent; 1 where all weights are 1, and where
    they are not known.
    """
    return (2 * stats.window + 1) / 3 if stats.weighting == "linear" else 1.0


def thin(
    weight: Float64[np.ndarray, " n"], unit: float, random: np.random.Generator
) -> Float64[np.ndarray, " n"]:
    """Return the weight that falls into the first of two halves, when each unit falls at random.

    What is left beyond whole units falls as one piece, so that a pair lighter than a unit, most
    likely a single co-occurrence, is not divided.

    Args:
        weight: Of each pair.
        unit: As `thinning_unit` gives it.
        random: Where the randomness comes from.

    Returns:
        Numbers from 0 to `weight`.
    """
    units = np.floor(weight / unit)
    rest = weight - unit * units
    return unit * random.binomial(units.astype(np.int64), 0.5) + rest * random.integers(
        0, 2, weight.size
    )


def thinned_statistics(
    stats: CooccurrenceStatistics, halvings: int, seed: int = 0
) -> CooccurrenceStatistics:
    """Return counts as a corpus of 2^−halvings of the size would have them, in the same words.

    Each unit of a pair's weight stays or goes at random, as if co-occurrences were independent of
    each other. In a text they are not: words come in bursts, and a part of its documents has fewer
    different pairs than this.

    Args:
        stats: Counts, of a known window and weighting if they are weighted.
        halvings: How often the corpus is halved, at least 1.
        seed: Of what stays.

    Returns:
        Counts; unigram counts are divided and rounded, not thinned, and at least one.

    Raises:
        ArgumentError: Not counts, no such number, or so many halvings that nothing is left.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k")
        >>> half = gf.validity.thinned_statistics(stats, 1)
        >>> round(float(half.total_pairs / stats.total_pairs), 2)
        0.5
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", shown(stats))
    positive_int("halvings", halvings)
    positive_int("seed", seed, least=0)
    pairs, random = pair_weight(stats), np.random.default_rng(seed)
    weight, unit = pairs.weight, thinning_unit(stats)
    for _ in range(halvings):
        weight = thin(weight, unit, random)
    above = scipy.sparse.coo_array(
        (np.rint(weight).astype(np.int64), (pairs.row, pairs.column)), shape=stats.pair_counts.shape
    )
    thinned = (above + above.T).tocsr()
    thinned.eliminate_zeros()
    if not thinned.nnz:
        raise ArgumentError("halvings", "so few that some pairs are left", halvings)
    counts = np.rint(np.ldexp(stats.unigram_counts.astype(np.float64), -halvings))
    return CooccurrenceStatistics.from_counts(
        stats.words,
        np.maximum(counts, 1).astype(np.int64),
        thinned,
        window=stats.window,
        weighting=stats.weighting,
        provenance={**stats.provenance, "halvings": halvings, "thinning_seed": seed},
    )
