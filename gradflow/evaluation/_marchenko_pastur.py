"""The Marchenko–Pastur law: eigenvalues of the second moment of white noise."""

import dataclasses

import numpy as np
from jaxtyping import Float64
from numpy.typing import ArrayLike

from gradflow._checks import positive_float, real_array
from gradflow._errors import ArgumentError

# Bisection halves an interval of length π; after 52 halvings it is as long as a rounding error.
_HALVINGS = 52


@dataclasses.dataclass(frozen=True)
class MarchenkoPastur:
    """The limiting law of the non-zero eigenvalues of XᵀX/n, X with n × p independent entries.

    XXᵀ/n has the same ones. For p < n they are all eigenvalues of XᵀX/n, for p > n all of XXᵀ/n;
    the zeros of the larger matrix are left out, so the density integrates to one.

    Attributes:
        variance: σ², the variance of the entries.
        ratio: γ = p/n, dimensions over samples; p need not be an integer.

    Raises:
        ArgumentError: A parameter is not a finite number above 0.

    Source: marchenko1967.

    Example:
        >>> import gradflow as gf
        >>> gf.evaluation.MarchenkoPastur(variance=1.0, ratio=0.25).edges
        (0.25, 2.25)
    """

    variance: float
    ratio: float

    def __post_init__(self) -> None:
        for name in ("variance", "ratio"):
            object.__setattr__(self, name, positive_float(name, getattr(self, name)))

    @property
    def edges(self) -> tuple[float, float]:
        """The ends of the density: σ²(1 ∓ √γ)²."""
        root = self.ratio**0.5
        return self.variance * (1 - root) ** 2, self.variance * (1 + root) ** 2

    def density(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the density at any points, zero outside the edges."""
        points, (low, high) = real_array("x", x), self.edges
        inside = (points > low) & (points < high)
        # Points outside would divide by zero, so the middle stands in for them.
        safe = np.where(inside, points, (low + high) / 2)
        bulk = np.sqrt(np.maximum((high - safe) * (safe - low), 0)) / safe
        scale = 2 * np.pi * self.variance * min(self.ratio, 1.0)
        return np.where(inside, bulk / scale, 0.0)

    def cdf(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the share of the eigenvalues up to any points, in closed form."""
        cosine = (real_array("x", x) / self.variance - 1 - self.ratio) / (2 * self.ratio**0.5)
        return np.asarray(1 - self._above(np.asarray(np.arccos(np.clip(cosine, -1, 1)))))

    def quantile(self, share: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Return the points below which given shares of the eigenvalues lie.

        Raises:
            ArgumentError: A share is below 0 or above 1.
        """
        wanted = real_array("share", share)
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise ArgumentError("share", "numbers from 0 to 1", "others")
        low, high = np.zeros_like(wanted), np.full_like(wanted, np.pi)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            too_small = self._above(np.asarray(middle)) < 1 - wanted
            low, high = np.where(too_small, middle, low), np.where(too_small, high, middle)
        cosine = np.cos((low + high) / 2)
        return np.asarray(self.variance * (1 + self.ratio + 2 * self.ratio**0.5 * cosine))

    def _above(self, angle: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Return the share above σ²(1 + γ + 2√γ cos φ).

        In the angle φ the density is sin²φ/(1 + γ + 2√γ cos φ), smooth to both edges, and its
        integral is elementary.
        """
        total, swing, gap = 1 + self.ratio, 2 * self.ratio**0.5, abs(1 - self.ratio)
        # arctan(small · tan(φ/2)): the tangent overflows at φ = π, where arctan2 gives π/2.
        small = abs(1 - self.ratio**0.5) / (1 + self.ratio**0.5)
        arc = np.arctan2(small * np.sin(angle / 2), np.cos(angle / 2))
        integral = (total * angle - swing * np.sin(angle) - 2 * gap * arc) / swing**2
        return np.asarray(np.clip(2 / np.pi * integral / min(1.0, 1 / self.ratio), 0, 1))
