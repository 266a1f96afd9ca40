"""How unequally a weighting counts the pairs of words."""

import dataclasses

import numpy as np
from jaxtyping import Float64

from gradflow.validity._verdict import LEVELS, Level, Verdict, graded

DOUBTFUL_RATIO, LARGE_RATIO = 3.0, 30.0
# Of log-normal weights with these ratios. The ratio does not see a few pairs of huge weight.
DOUBTFUL_VARIATION, LARGE_VARIATION = 0.34, 1.4
# Residual of G, or of ln G about ln g_i + ln g_j: weights right to within a fifth.
_RANK_ONE = 0.2
_POWER_STEPS = 30


@dataclasses.dataclass(frozen=True)
class WeightSpread:
    """Spread of G = A + B, the weights of L = ⅛ Σ G_ij (x_ij − M*_ij)² + const.

    Where G is constant the problem is unweighted and the eigenvalues of M* set the times. Where
    G = g gᵀ, it is unweighted for √g_i w_i, hence solved by the eigenvalues of
    √(g_i g_j) M*_ij if the flow is preconditioned likewise. Else no closed form is known.

    Attributes:
        ratio: The 95 % quantile of G over its 5 % quantile; 1 where G is constant, or nearly
            everywhere; infinite where the lower one is zero.
        variation: Standard deviation of G over its mean; 0 where G is constant.
        rank_one_error: ‖G − g gᵀ‖_F/‖G‖_F of the best g; frequent words dominate it.
        rank_one_log_error: Root mean square of ln G_ij − ln g_i − ln g_j for the best g of that
            measure, every pair alike; infinite where an entry of G is zero.
    """

    ratio: float
    variation: float
    rank_one_error: float
    rank_one_log_error: float

    def verdict(self) -> Verdict:
        """Judge constant weights as fine, products g_i g_j as doubtful at best.

        The verdict is the worse of two levels: the ratio says how unequal most pairs are, the
        variation whether a few outweigh them. Each is excused where a product fits by the measure
        of its kind.
        """
        if self.variation == 0:
            return Verdict("weights", "fine", "all pairs weigh the same")
        levels = (
            _excused(graded(-self.ratio, -DOUBTFUL_RATIO, -LARGE_RATIO), self.rank_one_log_error),
            _excused(
                graded(-self.variation, -DOUBTFUL_VARIATION, -LARGE_VARIATION), self.rank_one_error
            ),
        )
        level = max(levels, key=LEVELS.index)
        reason = (
            f"the weights of pairs differ {self.ratio:.3g}-fold (5 to 95 %; doubtful from "
            f"{DOUBTFUL_RATIO:g}, too much from {LARGE_RATIO:g}), with a standard deviation of "
            f"{self.variation:.3g} means (doubtful from {DOUBTFUL_VARIATION:g}, too much from "
            f"{LARGE_VARIATION:g})"
        )
        unequal = self.ratio > LARGE_RATIO or self.variation > LARGE_VARIATION
        if unequal and level == "doubtful":
            reason += ", but nearly as products of weights of words"
        return Verdict("weights", level, reason)

    def lines(self) -> list[str]:
        """Return what a report says of the weights, a sentence a line."""
        if self.variation == 0:
            return ["G = A + B is the same for all pairs: the problem is unweighted least squares."]
        return [
            f"G = A + B differs {self.ratio:.3g}-fold between its 5 and 95 % quantiles (standard "
            f"deviation over mean {self.variation:.3g}): least squares is weighted.",
            f"A product g_i g_j fits G to {100 * self.rank_one_error:.2g} % of its norm, and to a "
            f"factor of {np.exp(min(self.rank_one_log_error, 700.0)):.3g} for a typical pair.",
        ]


def weight_spread(total: Float64[np.ndarray, "V V"]) -> WeightSpread:
    """Measure how unequal the weights of pairs are: O(V²).

    Args:
        total: G, symmetric and non-negative.
    """
    if np.ptp(total) == 0:
        return WeightSpread(1.0, 0.0, 0.0, 0.0)
    low, high = np.quantile(total, (0.05, 0.95)).tolist()
    return WeightSpread(
        ratio=high / low if low > 0 else np.inf,
        variation=float(total.std() / total.mean()),
        rank_one_error=_rank_one_error(total),
        rank_one_log_error=_rank_one_log_error(total) if total.min() > 0 else np.inf,
    )


def _excused(level: Level, error: float) -> Level:
    """Return at worst "doubtful" where a product of word weights fits to within this error."""
    return "doubtful" if level == "does not apply" and error < _RANK_ONE else level


def _rank_one_error(total: Float64[np.ndarray, "V V"]) -> float:
    """Return √(1 − λ₁²/‖G‖²), λ₁ by power iteration, as G has no negative entries."""
    vector = total.sum(axis=1)
    for _ in range(_POWER_STEPS):
        vector = vector / np.linalg.norm(vector)
        vector = total @ vector
    first = np.linalg.norm(vector)
    return float(np.sqrt(max(0.0, 1 - first**2 / np.vdot(total, total))))


def _rank_one_log_error(total: Float64[np.ndarray, "V V"]) -> float:
    """Fit ln g_i, the mean of row i of ln G less half of the mean of all, and return the error."""
    logs = np.log(total)
    means = logs.mean(axis=1)
    means -= means.mean() / 2
    logs -= means[:, None]
    logs -= means
    return float(np.sqrt(np.mean(logs**2)))
