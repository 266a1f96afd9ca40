"""Which steps are apart from their neighbours, from eigenvalues and a scale alone."""

import dataclasses

import numpy as np
from jaxtyping import Float64

from gradflow.methods._logistic import LOG_81
from gradflow.theory import StepDistribution, Stepness, stepness
from gradflow.validity._verdict import Verdict, graded

# Steps whose midpoints are less than one rise time apart overlap.
_APART = 1.0
_SHARE_APART = 0.5


@dataclasses.dataclass(frozen=True)
class ExpectedStepness:
    """How stepwise a typical start of one scale is, and what that says of the theory.

    Attributes:
        scale: σ.
        modes: How many modes were looked at.
        rising: How many of them start below half of their plateau, s₀² < λ_k/2; others never step.
        typical: Their separations, every mode a step of its own, at its median over Gaussian
            starts; nan beside a mode that does not rise.
    """

    scale: float
    modes: int
    rising: int
    typical: Stepness

    @property
    def share_apart(self) -> float:
        """Share of neighbouring pairs that are more than a rise time apart; 1 for one mode."""
        separations = self.typical.separations
        return float(np.mean(separations > _APART)) if separations.size else 1.0

    @property
    def overlapping(self) -> tuple[tuple[int, int], ...]:
        """First and last mode, counted from 1, of each run of modes whose steps overlap."""
        together = np.concatenate([[False], ~(self.typical.separations > _APART), [False]])
        edges = np.flatnonzero(np.diff(together.astype(int)))
        return tuple((int(first) + 1, int(last) + 1) for first, last in edges.reshape(-1, 2))

    def verdict(self) -> Verdict:
        """Return "fine" where all modes start low and most of their steps are apart."""
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
        """Return what a report says of this scale, a sentence a line."""
        lengths = [last - first + 1 for first, last in self.overlapping]
        together = f"; the others overlap, up to {max(lengths)} in a row" if lengths else ""
        return [
            f"Scale {self.scale:g}: {self.rising} of {self.modes} modes start below half height; "
            f"{self.modes - sum(lengths)} of the steps stand apart from both neighbours{together}."
        ]


def expected_stepness(
    eigenvalues: Float64[np.ndarray, " m"], scale: float, dim: int
) -> ExpectedStepness:
    """Predict how stepwise a typical start of a scale is.

    Args:
        eigenvalues: Falling, at most d of them.
        scale: σ.
        dim: d.
    """
    steps = StepDistribution(eigenvalues, scale, dim).median
    rises = steps > 0  # zero where the median start is at half height at once, nan where λ ≤ 0
    durations = LOG_81 / np.where(rises, eigenvalues, np.nan)
    typical = stepness(np.where(rises, steps, np.nan), durations)
    return ExpectedStepness(scale, eigenvalues.size, int(rises.sum()), typical)
