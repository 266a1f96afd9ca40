"""The Tracy–Widom law of the largest eigenvalue of real noise."""

import functools

import numpy as np
from jaxtyping import Float64
from numpy.polynomial import Chebyshev
from scipy.special import airy

# Outside this interval the distribution function is 0 or 1 to 1e-12.
_LOW, _HIGH = -10.0, 9.0
# 60 nodes give the determinant to rounding; 100 degrees interpolate it to 1e-11.
_NODES, _DEGREE = 60, 100
# Beyond this argument Ai is below 1e-19.
_VANISHED = 16.0


def tracy_widom(
    x: Float64[np.ndarray, "..."] | float,
) -> tuple[Float64[np.ndarray, "..."], Float64[np.ndarray, "..."]]:
    """Return the distribution function F₁ and its second derivative.

    F₁(s) = det(1 − B_s) with B_s(u, v) = Ai(u + v + s) on the half-line, by Gauss–Legendre
    quadrature at the nodes of a Chebyshev interpolant, which is evaluated in between.

    Args:
        x: The points, of any shape, in units of the fluctuation of the largest eigenvalue.

    Returns:
        F₁ to 1e-11 and F₁'' to 1e-8, in the shape of the points.

    Source: tracy1996; ferrari2005 for the determinant, bornemann2010 for its quadrature.
    """
    values = np.asarray(x, np.float64)
    inside = np.clip(values, _LOW, _HIGH)
    function, curvature = _interpolant()
    between = (values > _LOW) & (values < _HIGH)
    cdf = np.where(between, function(inside), (values >= _HIGH).astype(float))
    return np.asarray(np.clip(cdf, 0, 1)), np.where(between, curvature(inside), 0.0)


@functools.cache
def _interpolant() -> tuple[Chebyshev, Chebyshev]:
    """Return F₁ and its second derivative as polynomials, made on first use."""
    function = Chebyshev.interpolate(
        lambda points: np.array([_determinant(point) for point in points]),
        _DEGREE,
        domain=[_LOW, _HIGH],
    )
    return function, function.deriv(2)


def _determinant(s: float) -> float:
    """Return det(1 − B_s), F₁ at one point.

    The half-line is cut where Ai(u + s) vanishes. With weights w the determinant of the operator
    is that of the matrix 1 − √w B √w, to exponential accuracy since the kernel is analytic.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    length = max(_VANISHED - s, 1.0)
    u, root = length * (nodes + 1) / 2, np.sqrt(length * weights / 2)
    kernel = airy(u[:, None] + u + s)[0]
    return float(np.linalg.det(np.eye(_NODES) - root[:, None] * kernel * root))
