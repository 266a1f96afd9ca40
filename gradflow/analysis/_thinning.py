"""Two corpora in place of one, from the counts alone."""

import dataclasses

import numpy as np
from jaxtyping import Float64, Int

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
    """The pairs that occur, each once."""
    pairs = stats.pair_counts.tocoo()
    row, column = pairs.coords
    upper = row <= column
    row, column = row[upper], column[upper]
    weight = pairs.data[upper] / np.where(row == column, 2.0, 1.0)
    return PairWeight(row, column, weight)


def thinning_unit(stats: CooccurrenceStatistics) -> float:
    """Variance of a pair's weight over its mean, for independent co-occurrences.

    A pair's weight is a sum of n window weights w, n Poisson: its mean is E[n] E[w], its variance
    E[n] E[w²]. So the unit is E[w²]/E[w], **not** the mean weight E[w]: (2L + 1)/3 where weights
    run from L to 1 and all distances are equally frequent; 1 where all weights are 1, and where
    they are not known.
    """
    return (2 * stats.window + 1) / 3 if stats.weighting == "linear" else 1.0


def thin(
    weight: Float64[np.ndarray, " n"], unit: float, random: np.random.Generator
) -> Float64[np.ndarray, " n"]:
    """The weight that falls into the first of two halves, when each unit falls at random.

    What is left beyond whole units falls as one piece, so that a pair lighter than a unit, most
    likely a single co-occurrence, is not divided.

    Args:
        weight: Of each pair.
        unit: As `thinning_unit` gives it.
        random: Where the randomness comes from.

    Returns:
        Numbers from 0 to `weight`.
    """
    whole = np.floor(weight / unit)
    rest = weight - unit * whole
    return unit * random.binomial(whole.astype(np.int64), 0.5) + rest * random.integers(
        0, 2, weight.size
    )
