"""How far the second-order loss is from the logarithms it approximates."""

import dataclasses

import numpy as np
from jaxtyping import Float64

from gradflow.targets import Spectrum
from gradflow.validity._verdict import Verdict, graded

# At |x| = 1 the slope of the logistic function is 0.79 of its value at the origin, which order 2
# takes for the whole line, and M* = 1 stands for PMI − ln k = ln 3 = 1.10; at |x| = 1.9 it is 0.45,
# and M* = 1.9 stands for 3.66.
_LARGE = 1.0
DOUBTFUL_SHARE = 0.05


@dataclasses.dataclass(frozen=True)
class Truncation:
    """Where order 2 ends, beside where the logarithms end.

    Order 2 in x is good while |x| is below about one. Its own end is the best approximation of
    M* of rank d; that of SGNS has PMI − ln k = 2 artanh(M*/2) in place of M*.

    Attributes:
        target_above_one: Share of pairs with |M*_ij| > 1: seen more than three times more often,
            or less, than k negatives are.
        end_above_one: Share of pairs with |x_ij| > 1 at the end, x = U_d Λ_d U_dᵀ, λ > 0.
        end_weighted: The same with pairs weighted by G.
        end_largest: Largest |x_ij| of different words at the end.
        end_typical: Root mean square of x_ij at the end.
    """

    target_above_one: float
    end_above_one: float
    end_weighted: float
    end_largest: float
    end_typical: float

    def verdict(self) -> Verdict:
        """Judge times and plateaus of order 2 as if they were those of SGNS."""
        level = graded(-self.end_weighted, -DOUBTFUL_SHARE, -np.inf)
        reason = (
            f"|x_ij| > 1 for {100 * self.end_weighted:.2g} % of the weight of pairs at the end "
            f"(order 2 is near SGNS while below {100 * DOUBTFUL_SHARE:g} %)"
        )
        return Verdict("order", level, reason)

    def lines(self) -> list[str]:
        """Return what a report says of the truncation, a sentence a line."""
        return [
            f"|M*_ij| > 1 for {100 * self.target_above_one:.2g} % of pairs: SGNS would go beyond "
            f"M* there, by a tenth at 1 and without limit at 2.",
            f"At the end of order 2, |x_ij| > 1 for {100 * self.end_above_one:.2g} % of pairs "
            f"({100 * self.end_weighted:.2g} % by weight), largest {self.end_largest:.3g}, typical "
            f"{self.end_typical:.2g}: early steps agree with SGNS better than late ones.",
        ]


def truncation(
    target: Float64[np.ndarray, "V V"],
    spec: Spectrum,
    dim: int,
    total: Float64[np.ndarray, "V V"] | None,
) -> Truncation:
    """Measure how large scores x_ij get by the end of order 2: one product of V²d.

    Args:
        target: M*.
        spec: Its first d eigenpairs or more.
        dim: d.
        total: G, or None where it is constant.
    """
    learned = spec.eigenvalues[:dim] > 0
    axes = spec.eigenvectors[:, :dim][:, learned] * np.sqrt(spec.eigenvalues[:dim][learned])
    end = np.abs(axes @ axes.T)
    large = end > _LARGE
    weighted = large.mean() if total is None else total[large].sum() / total.sum()
    typical = np.sqrt(np.mean(end**2))
    np.fill_diagonal(end, 0.0)
    return Truncation(
        target_above_one=float((np.abs(target) > _LARGE).mean()),
        end_above_one=float(large.mean()),
        end_weighted=float(weighted),
        end_largest=float(end.max()),
        end_typical=float(typical),
    )
