"""Eigenvalues of the second moment of noise whose directions differ in variance."""

import dataclasses
import functools

import numpy as np
from jaxtyping import Complex, Float64
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from gradflow._checks import real_array
from gradflow._errors import ArgumentError

# So many of the largest variances stay as they are, the rest are merged into as many groups.
_ATOMS = 32
# Points of the grid in the angle φ that maps to the support.
_GRID = 160
# The imaginary part of z is halved until it is this share of the upper edge.
_LEAST_IMAGINARY, _NEWTON_STEPS = 1e-7, 3


@dataclasses.dataclass(frozen=True, eq=False)
class ColouredNoise:
    """Limiting law of the non-zero eigenvalues of XXᵀ/n, X = Z Σ^½ with Z (n, p) white.

    Its Stieltjes transform m solves z = −1/m + (1/n) Σ_k v_k/(1 + v_k m), v_k the eigenvalues of
    Σ. With equal ones it is the Marchenko–Pastur law. Taken to be without gaps, which it is unless
    the variances fall apart into groups.

    Attributes:
        variances: (p,), v_k, none negative.
        samples: n; need not be an integer.
        weights: (p,), how often each is there; by default once.

    Raises:
        ArgumentError: Something else.

    Source: silverstein1995.

    Example:
        >>> import gradflow as gf
        >>> low, high = gf.ColouredNoise([1.0] * 25, 100).edges
        >>> round(low, 12), round(high, 12)
        (0.25, 2.25)
    """

    variances: Float64[np.ndarray, " p"]
    samples: float
    weights: Float64[np.ndarray, " p"] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        variances = real_array("variances", self.variances)
        weights = np.ones(variances.shape) if self.weights is None else self.weights
        weights = real_array("weights", weights)
        if variances.ndim != 1 or not (np.isfinite(variances) & (variances >= 0)).all():
            raise ArgumentError("variances", "shape (p,), none negative", variances.shape)
        if weights.shape != variances.shape or not (weights >= 0).all() or not variances.any():
            raise ArgumentError("variances", "one above 0, with a weight for each", "others")
        if not self.samples > 0:
            raise ArgumentError("samples", "a number above 0", self.samples)
        kept = variances > 0
        for name, value in (("variances", variances[kept]), ("weights", weights[kept])):
            object.__setattr__(self, name, value)

    @property
    def edges(self) -> tuple[float, float]:
        """Where the density begins and ends."""
        return self._ends[0], self.upper[0]

    @functools.cached_property
    def upper(self) -> tuple[float, float]:
        """The upper edge, and the width on which the largest eigenvalue of n samples fluctuates.

        Source: elkaroui2007, theorem 1.
        """
        n, v = self.samples, self.variances
        largest, total = v.max(), self.weights.sum()
        # c v₁/(1 − c v₁) is between 1/√w₁ and √(Σw) times √n.
        count = self.weights[v == largest].sum()
        low, high = (np.sqrt(n / w) for w in (total * 1.0001, count * 0.9999))
        log = brentq(lambda s: self._power(-np.exp(s) / (1 + np.exp(s)) / largest, 2) - 1,
                     np.log(low), np.log(high), xtol=1e-14)  # fmt: skip
        c = np.exp(log) / (1 + np.exp(log)) / largest
        ratio = c * v / (1 - c * v)
        edge = (1 + (self.weights * ratio).sum() / n) / c
        width = (1 + (self.weights * ratio**3).sum() / n) ** (1 / 3) / c * n ** (-2 / 3)
        return float(edge), float(width)

    @functools.cached_property
    def _ends(self) -> tuple[float, float]:
        n, v = self.samples, self.variances
        total = self.weights.sum()
        if abs(total / n - 1) < 1e-9:
            return 0.0, self.upper[0]
        if total > n:
            sign, low, high = 1.0, 1e-12 / v.max(), 1e12 / v.min()
        else:
            sign, low, high = -1.0, (1 + 1e-12) / v.min(), 1e12 / v.min()
        log = brentq(lambda s: self._power(sign * np.exp(s), 2) - 1, np.log(low), np.log(high))
        m = sign * np.exp(log)
        return float(-1 / m + (self.weights * v / (1 + v * m)).sum() / n), self.upper[0]

    def _power(self, m: float, power: int) -> float:
        ratio = self.variances * m / (1 + self.variances * m)
        return float((self.weights * ratio**power).sum()) / self.samples

    def density(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """At any points, zero outside of the edges."""
        at, (low, high) = real_array("x", x), self.edges
        inside = (at > low) & (at < high)
        m = self._transform(np.where(inside, at, (low + high) / 2).ravel()).reshape(at.shape)
        share = min(1.0, self.weights.sum() / self.samples)
        return np.where(inside, m.imag / np.pi / share, 0.0)

    def cdf(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Share of the eigenvalues up to any points, to about 1e-4."""
        low, high = self.edges
        cosine = (2 * real_array("x", x) - low - high) / (high - low)
        angles, above = self._table
        return 1 - np.interp(np.arccos(np.clip(cosine, -1, 1)), angles, above)

    def quantile(self, share: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Below which that share of the eigenvalues lies, to the same accuracy."""
        wanted = real_array("share", share)
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise ArgumentError("share", "numbers from 0 to 1", "others")
        (low, high), (angles, above) = self.edges, self._table
        return (low + high + (high - low) * np.cos(np.interp(1 - wanted, above, angles))) / 2

    @functools.cached_property
    def _table(self) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
        """Angles φ, and the share above mean + half the width times cos φ."""
        low, high = self.edges
        angles = np.linspace(0, np.pi, _GRID + 1)
        middles = (angles[1:] + angles[:-1]) / 2
        x = (low + high + (high - low) * np.cos(middles)) / 2
        steps = self._transform(x).imag * np.sin(middles)
        return angles, np.append(0, np.cumsum(steps)) / steps.sum()

    def _transform(self, x: Float64[np.ndarray, " m"]) -> Complex[np.ndarray, " m"]:
        """m just above the real axis, by Newton's method from far above."""
        v, weights = self._merged
        weights = weights / self.samples
        imaginary = 10 * self.upper[0]
        m = -1 / (x + 1j * imaginary)
        while imaginary > _LEAST_IMAGINARY * self.upper[0]:
            imaginary /= 2
            z = x + 1j * imaginary
            for _ in range(_NEWTON_STEPS):
                inverse = v / (1 + v * m[:, None])
                # Sums, not products of matrices, whose threads cost more than they do.
                error = (inverse * weights).sum(axis=1) - 1 / m - z
                step = error / (1 / m**2 - (inverse**2 * weights).sum(axis=1))
                # Half a step, or less, keeps m in the upper half-plane.
                m = m - step * np.minimum(1, 0.5 * m.imag / np.maximum(step.imag, 1e-300))
        return m

    @functools.cached_property
    def _merged(self) -> tuple[Float64[np.ndarray, " a"], Float64[np.ndarray, " a"]]:
        order = np.argsort(-self.variances)
        # The largest stay apart: the upper edge is made by them.
        alone, rest = order[:_ATOMS], order[_ATOMS:]
        groups = [*alone[:, None], *np.array_split(rest, min(_ATOMS, len(rest)) or 1)]
        groups = [group for group in groups if len(group)]
        weights = np.array([self.weights[group].sum() for group in groups])
        sums = [(self.weights[group] * self.variances[group]).sum() for group in groups]
        kept = weights > 0
        return np.array(sums)[kept] / weights[kept], weights[kept]
