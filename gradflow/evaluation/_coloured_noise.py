"""Eigenvalues of the second moment of noise whose directions differ in variance."""

import dataclasses
import functools

import numpy as np
from jaxtyping import Complex, Float64
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from gradflow._checks import real_array
from gradflow._errors import ArgumentError

# So many of the largest variances stay as they are; the rest are merged into as many groups.
_ATOMS = 32
# The number of intervals of the grid in the angle φ that maps to the support.
_GRID = 160
# The imaginary part of z is halved until it is this share of the upper edge. Three updates of
# Newton's method follow each halving.
_LEAST_IMAGINARY, _NEWTON_UPDATES = 1e-7, 3


@dataclasses.dataclass(frozen=True, eq=False)
class ColouredNoise:
    """The limiting law of the non-zero eigenvalues of XXᵀ/n, X = Z Σ^½ with Z (n, p) white.

    Its Stieltjes transform m solves z = −1/m + (1/n) Σ_k v_k/(1 + v_k m), with v_k the eigenvalues
    of Σ. With equal v_k it is the Marchenko–Pastur law. The support is taken to be one interval,
    which it is unless the variances form groups far from each other.

    Attributes:
        variances: (p,), the eigenvalues v_k, none negative.
        samples: n; need not be an integer.
        weights: (p,), the multiplicity of each variance; None for one each.

    Raises:
        ArgumentError: The variances are not (p,) finite numbers of at least 0 with one above 0, the
            weights are negative or of another shape, or `samples` is not above 0.

    Source: silverstein1995.

    Example:
        >>> import gradflow as gf
        >>> low, high = ColouredNoise([1.0] * 25, 100).edges
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
        positive = variances > 0  # others give eigenvalue zero, which the law leaves out
        for name, value in (("variances", variances[positive]), ("weights", weights[positive])):
            object.__setattr__(self, name, value)

    @property
    def edges(self) -> tuple[float, float]:
        """The ends of the density."""
        return self._ends[0], self.upper[0]

    @functools.cached_property
    def upper(self) -> tuple[float, float]:
        """The upper edge, and the width of the largest eigenvalue's fluctuations with n samples.

        The edge is z(m) at the m = −c in (−1/v₁, 0) where z' = 0, which reads
        Σ_k w_k (c v_k/(1 − c v_k))² = n. The fluctuations follow from the third power of the same
        terms.

        Source: elkaroui2007, theorem 1.
        """
        n, v = self.samples, self.variances
        largest, total = v.max(), self.weights.sum()
        # Solved for s = log(c v₁/(1 − c v₁)), which is unbounded, so c never reaches a pole. The
        # largest variance alone bounds exp(s) by √(n/w₁), all as large as it by √(n/Σw).
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
        """The lower and the upper edge.

        The lower edge is z(m) at the other root of z' = 0: above 0 with more dimensions than
        samples, below the pole −1/v_min with fewer. With as many it is zero.
        """
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
        """Return Σ_k w_k (m v_k/(1 + m v_k))^power / n."""
        ratio = self.variances * m / (1 + self.variances * m)
        return float((self.weights * ratio**power).sum()) / self.samples

    def density(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the density at any points, zero outside the edges."""
        points, (low, high) = real_array("x", x), self.edges
        inside = (points > low) & (points < high)
        safe = np.where(inside, points, (low + high) / 2)
        m = self._transform(safe.ravel()).reshape(points.shape)
        share = min(1.0, self.weights.sum() / self.samples)
        return np.where(inside, m.imag / np.pi / share, 0.0)

    def cdf(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the share of the eigenvalues up to any points, to about 1e-4."""
        low, high = self.edges
        cosine = (2 * real_array("x", x) - low - high) / (high - low)
        angles, above = self._table
        return 1 - np.interp(np.arccos(np.clip(cosine, -1, 1)), angles, above)

    def quantile(self, share: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the points below which given shares of the eigenvalues lie, to about 1e-4."""
        wanted = real_array("share", share)
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise ArgumentError("share", "numbers from 0 to 1", "others")
        (low, high), (angles, above) = self.edges, self._table
        return (low + high + (high - low) * np.cos(np.interp(1 - wanted, above, angles))) / 2

    @functools.cached_property
    def _table(self) -> tuple[Float64[np.ndarray, " m"], Float64[np.ndarray, " m"]]:
        """Angles φ, and the share of the eigenvalues above mean + half the width times cos φ.

        The density falls like a square root at both edges; in φ it is smooth, so the midpoint
        rule needs few points.
        """
        low, high = self.edges
        angles = np.linspace(0, np.pi, _GRID + 1)
        middles = (angles[1:] + angles[:-1]) / 2
        x = (low + high + (high - low) * np.cos(middles)) / 2
        shares = self._transform(x).imag * np.sin(middles)
        return angles, np.append(0, np.cumsum(shares)) / shares.sum()

    def _transform(self, x: Float64[np.ndarray, " m"]) -> Complex[np.ndarray, " m"]:
        """Return m just above the real axis, by Newton's method from far above it.

        Far above, m is −1/z to first order. Each halving of the imaginary part starts from the
        last solution, which keeps Newton's method on the branch with Im m > 0.
        """
        v, weights = self._merged
        weights = weights / self.samples
        imaginary = 10 * self.upper[0]
        m = -1 / (x + 1j * imaginary)
        while imaginary > _LEAST_IMAGINARY * self.upper[0]:
            imaginary /= 2
            z = x + 1j * imaginary
            for _ in range(_NEWTON_UPDATES):
                inverse = v / (1 + v * m[:, None])
                # Sums, not products of matrices, whose threads cost more than they do.
                error = (inverse * weights).sum(axis=1) - 1 / m - z
                update = error / (1 / m**2 - (inverse**2 * weights).sum(axis=1))
                # Im m falls to half of itself at most, so m stays in the upper half-plane.
                m = m - update * np.minimum(1, 0.5 * m.imag / np.maximum(update.imag, 1e-300))
        return m

    @functools.cached_property
    def _merged(self) -> tuple[Float64[np.ndarray, " a"], Float64[np.ndarray, " a"]]:
        """At most 64 variances and their weights, which have nearly the same law."""
        order = np.argsort(-self.variances)
        # The largest are not merged, since they determine the upper edge.
        alone, rest = order[:_ATOMS], order[_ATOMS:]
        groups = [*alone[:, None], *np.array_split(rest, min(_ATOMS, len(rest)) or 1)]
        groups = [group for group in groups if len(group)]
        weights = np.array([self.weights[group].sum() for group in groups])
        sums = [(self.weights[group] * self.variances[group]).sum() for group in groups]
        positive = weights > 0
        return np.array(sums)[positive] / weights[positive], weights[positive]
