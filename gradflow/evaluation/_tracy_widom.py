"""The Tracy–Widom law of the largest eigenvalue of real noise."""

import functools

import numpy as np
from jaxtyping import Float64
from numpy.polynomial import Chebyshev
from scipy.special import airy

# Outside of these the distribution function is 0 or 1 to 1e-12.
_LOW, _HIGH = -10.0, 9.0
_NODES, _DEGREE = 60, 100
# Where Ai has fallen to 1e-19.
_VANISHED = 16.0


def tracy_widom(
    x: Float64[np.ndarray, " m"] | float,
) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
    """Distribution function F₁ and its second derivative.

    F₁(s) = det(1 − B_s) with B_s(u, v) = Ai(u + v + s) on the half-line, by Gauss–Legendre
    quadrature; between the nodes of a Chebyshev interpolant.

    Args:
        x: (m,), where.

    Returns:
        F₁ (m,), right to 1e-11, and F₁'' (m,), right to 1e-8.

    Source: tracy1996; ferrari2005 for the determinant, bornemann2010 for its quadrature.
    """
    values = np.asarray(x, np.float64)
    inside = np.clip(values, _LOW, _HIGH)
    function, curvature = _interpolant()
    between = (values > _LOW) & (values < _HIGH)
    cdf = np.where(between, function(inside), (values >= _HIGH).astype(float))
    return np.clip(cdf, 0, 1), np.where(between, curvature(inside), 0.0)


@functools.cache
def _interpolant() -> tuple[Chebyshev, Chebyshev]:
    function = Chebyshev.interpolate(
        lambda points: np.array([_determinant(point) for point in points]),
        _DEGREE,
        domain=[_LOW, _HIGH],
    )
    return function, function.deriv(2)


def _determinant(s: float) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    length = max(_VANISHED - s, 1.0)
    u, root = length * (nodes + 1) / 2, np.sqrt(length * weights / 2)
    kernel = airy(u[:, None] + u + s)[0]
    return float(np.linalg.det(np.eye(_NODES) - root[:, None] * kernel * root))
