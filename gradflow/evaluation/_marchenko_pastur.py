"""The Marchenko–Pastur law: eigenvalues of the second moment of white noise."""

import dataclasses

import numpy as np
from jaxtyping import Float64
from numpy.typing import ArrayLike

from gradflow._checks import positive_float, real_array
from gradflow._errors import ArgumentError

# Bisection halves an interval of length π: at the end it is a rounding error.
_HALVINGS = 52


@dataclasses.dataclass(frozen=True)
class MarchenkoPastur:
    """Limiting law of the non-zero eigenvalues of XᵀX/n, X of n × p independent entries.

    XXᵀ/n has the same ones. Where p < n all eigenvalues of XᵀX/n are meant, where p > n all of
    XXᵀ/n; the zeros of the larger matrix are left out, so the density integrates to one.

    Attributes:
        variance: σ², of the entries.
        ratio: γ = p/n, of dimensions to samples; p need not be an integer.

    Raises:
        ArgumentError: One of them is not a finite number above 0.

    Source: marchenko1967.

    Example:
        >>> import gradflow as gf
        >>> gf.MarchenkoPastur(variance=1.0, ratio=0.25).edges
        (0.25, 2.25)
    """

    variance: float
    ratio: float

    def __post_init__(self) -> None:
        for name in ("variance", "ratio"):
            object.__setattr__(self, name, positive_float(name, getattr(self, name)))

    @property
    def edges(self) -> tuple[float, float]:
        """Where the density begins and ends: σ²(1 ∓ √γ)²."""
        root = self.ratio**0.5
        return self.variance * (1 - root) ** 2, self.variance * (1 + root) ** 2

    def density(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """At any points, zero outside of the edges."""
        at, (low, high) = real_array("x", x), self.edges
        inside = (at > low) & (at < high)
        safe = np.where(inside, at, (low + high) / 2)
        bulk = np.sqrt(np.maximum((high - safe) * (safe - low), 0)) / safe
        scale = 2 * np.pi * self.variance * min(self.ratio, 1.0)
        return np.where(inside, bulk / scale, 0.0)

    def cdf(self, x: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Share of the eigenvalues up to any points, in closed form."""
        cosine = (real_array("x", x) / self.variance - 1 - self.ratio) / (2 * self.ratio**0.5)
        return 1 - self._above(np.arccos(np.clip(cosine, -1, 1)))

    def quantile(self, share: ArrayLike) -> Float64[np.ndarray, "..."]:
        """Below which that share of the eigenvalues lies.

        Raises:
            ArgumentError: A share below 0 or above 1.
        """
        wanted = real_array("share", share)
        if not ((wanted >= 0) & (wanted <= 1)).all():
            raise ArgumentError("share", "numbers from 0 to 1", "others")
        low, high = np.zeros_like(wanted), np.full_like(wanted, np.pi)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            few = self._above(middle) < 1 - wanted
            low, high = np.where(few, middle, low), np.where(few, high, middle)
        cosine = np.cos((low + high) / 2)
        return self.variance * (1 + self.ratio + 2 * self.ratio**0.5 * cosine)

    def _above(self, angle: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
        """Share above σ²(1 + γ + 2√γ cos φ): the integral of sin²φ/(1 + γ + 2√γ cos φ)."""
        total, swing, gap = 1 + self.ratio, 2 * self.ratio**0.5, abs(1 - self.ratio)
        # tan(φ/2) overflows at φ = π, where the arc is π/2; arctan2 knows.
        small = abs(1 - self.ratio**0.5) / (1 + self.ratio**0.5)
        arc = np.arctan2(small * np.sin(angle / 2), np.cos(angle / 2))
        integral = (total * angle - swing * np.sin(angle) - 2 * gap * arc) / swing**2
        return np.clip(2 / np.pi * integral / min(1.0, 1 / self.ratio), 0, 1)
