"""Which steps are apart from their neighbours, from eigenvalues and a scale alone."""

import dataclasses

import numpy as np
from jaxtyping import Float64

from gradflow.methods._logistic import LOG_81
from gradflow.theory._step_distribution import StepDistribution
from gradflow.theory._stepness import stepness
from gradflow.validity._verdict import Verdict, graded

# Steps whose midpoints are less than one rise time apart overlap.
_APART = 1.0
_SHARE_APART = 0.5


@dataclasses.dataclass(frozen=True)
class Separation:
    """What steps to expect at one scale, each at its median over Gaussian starts.

    Attributes:
        scale: σ.
        modes: How many modes were looked at.
        rising: How many of them start below half of their plateau, s₀² < λ_k/2; others never step.
        apart: (modes − 1,) predicted time between neighbouring steps over the mean of their rise
            times; 0 where one of them does not rise.
        leading: How many steps from the first on are more than a rise time from the next.
        groups: First and last mode, counted from 1, of each run of modes whose steps overlap: one
            step of higher rank each.
    """

    scale: float
    modes: int
    rising: int
    apart: tuple[float, ...]
    leading: int
    groups: tuple[tuple[int, int], ...]

    @property
    def share_apart(self) -> float:
        """Share of neighbouring pairs that are more than a rise time apart; 1 for one mode."""
        return float(np.mean(np.array(self.apart) > _APART)) if self.apart else 1.0

    def verdict(self) -> Verdict:
        """A step has to start low; most of them have to be apart."""
        where = f"at scale {self.scale:g}"
        if not self.rising:
            return Verdict("steps", "does not apply", f"{where} no mode starts below half height")
        level = graded(self.share_apart, _SHARE_APART, -1.0)
        if self.rising < self.modes:
            level = "doubtful"
        reason = (
            f"{where} {self.rising} of {self.modes} modes start below half height, and "
            f"{100 * self.share_apart:.0f} % of neighbouring steps are more than a rise time apart "
            f"(fine from {100 * _SHARE_APART:.0f} %)"
        )
        return Verdict("steps", level, reason)

    def lines(self) -> list[str]:
        """In words."""
        largest = max((last - first + 1 for first, last in self.groups), default=1)
        alone = self.modes - sum(last - first + 1 for first, last in self.groups)
        together = f"; the others overlap, up to {largest} in a row" if self.groups else ""
        return [
            f"Scale {self.scale:g}: {self.rising} of {self.modes} modes start below half height; "
            f"{alone} of the steps stand apart from both neighbours{together}."
        ]


def separation(eigenvalues: Float64[np.ndarray, " m"], scale: float, dim: int) -> Separation:
    """Predict it.

    Args:
        eigenvalues: Falling, at most d of them.
        scale: σ.
        dim: d.
    """
    apart, rising = step_distances(eigenvalues, scale, dim)
    together = np.concatenate([[False], apart <= _APART, [False]])
    edges = np.flatnonzero(np.diff(together.astype(int)))
    groups = tuple((int(a) + 1, int(b) + 1) for a, b in edges.reshape(-1, 2))
    return Separation(
        scale=scale,
        modes=eigenvalues.size,
        rising=rising,
        apart=tuple(apart.tolist()),
        leading=groups[0][0] - 1 if groups else eigenvalues.size,
        groups=groups,
    )


def step_distances(
    eigenvalues: Float64[np.ndarray, " m"], scale: float, dim: int
) -> tuple[Float64[np.ndarray, " m-1"], int]:
    """Time between neighbouring steps over the mean of their rise times, and how many rise.

    Of a typical start: each step at its median over Gaussian starts.
    """
    freedom = dim - np.arange(eigenvalues.size, dtype=float)
    times = StepDistribution(eigenvalues, 2 * np.log(scale) - np.log(dim), freedom).median
    rises = times > 0
    widths = LOG_81 / np.where(rises, eigenvalues, 1.0)
    apart = np.abs(stepness(np.where(rises, times, 0.0), widths).separations)
    return np.where(rises[1:] & rises[:-1], apart, 0.0), int(rises.sum())
