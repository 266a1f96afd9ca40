"""A few eigenvalues that stand for the long tail of a spectrum.

Beyond the first d modes, an eigenvalue λ enters the exact flow only through e^{λt} and integrals of
it. On a bounded range of times these functions of λ span, to rounding, a space of a few dozen
dimensions, however many eigenvalues there are (more only as the logarithm of their span times the
last time grows): an interpolative decomposition (pivoted QR) picks that many of the eigenvalues as
nodes and writes every other as a combination of them. V columns then cost as much as those few.
"""

import dataclasses
import math

import numpy as np
import scipy.linalg
from jaxtyping import Float64, Int

_TIMES, _TIMES_A_DECADE = 256, 20


@dataclasses.dataclass(frozen=True)
class InterpolativeNodes:
    """e^{λ_k t} = Σ_m coefficients[m, k] e^{λ_{index[m]} t} for every time up to the last.

    Attributes:
        index: (p,), positions in the tail.
        coefficients: (p, n).
    """

    index: Int[np.ndarray, " p"]
    coefficients: Float64[np.ndarray, "p n"]


def interpolative_nodes(
    tail: Float64[np.ndarray, " n"], last_time: float, tolerance: float = 1e-15
) -> InterpolativeNodes:
    """Choose nodes for a tail of eigenvalues.

    Since the coefficients do not depend on time, what they do for e^{λt} they do for its integral
    (e^{λt} − 1)/λ; λ e^{λt} is sampled as well, because a derivative loses digits.

    Args:
        tail: Eigenvalues, falling.
        last_time: Largest time at which the flow will be asked for.
        tolerance: Error relative to e^{λt} of the largest eigenvalue of the tail.

    Returns:
        The nodes and their coefficients.

    Source: interpolative decomposition, cheng2005.
    """
    below = tail - tail[0]
    exponentials = np.exp(np.outer(_sample_times(float(-below[-1]), last_time), below))
    derivatives = exponentials * (tail / np.abs(tail).max() if tail.any() else tail)
    samples = np.concatenate([exponentials, derivatives])
    triangle, order = scipy.linalg.qr(samples, mode="r", pivoting=True, check_finite=False)
    diagonal = np.abs(np.diagonal(triangle))
    count = int(np.count_nonzero(diagonal > tolerance * diagonal[0]))
    rest = scipy.linalg.solve_triangular(triangle[:count, :count], triangle[:count, count:])
    coefficients = np.empty((count, tail.size))
    coefficients[:, order[:count]] = np.eye(count)
    coefficients[:, order[count:]] = rest
    return InterpolativeNodes(order[:count], coefficients)


def _sample_times(span: float, last_time: float) -> Float64[np.ndarray, " T"]:
    """Zero, and times from where no exponential has moved yet to the last."""
    first = 1e-3 / span if span * last_time > 1e-3 else last_time
    if first == 0:
        return np.zeros(1)
    count = max(_TIMES, math.ceil(_TIMES_A_DECADE * math.log10(last_time / first)))
    return np.concatenate([[0.0], np.geomspace(first, last_time, count)])
