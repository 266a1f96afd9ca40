"""Whether learning goes in steps: separations of neighbours in units of their rise times."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Float, Int, Real

from gradflow._checks import positive_float, real_array, shown
from gradflow._errors import ArgumentError


@dataclasses.dataclass(frozen=True, eq=False)
class Stepness:
    """The steps of one run, eigenvalues that can hardly be told apart taken together.

    Attributes:
        groups: The modes of each step, from 1.
        times: (g,), when half of a group's modes are at half height; nan where they never are.
        rises: (g,), how long each step takes: the longest rise of its modes.
        separations: (g − 1,), time between neighbouring steps over the mean of their rises. Above
            one, a step is over before the next begins; below zero, they came in the other order;
            nan where one of both did not happen.
        resolved: How many steps come before the first that is not separated from the next by one
            rise; the last one counts if all do.
        index: The median of the separations: above one, learning goes in steps. nan for one step.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0])), k=2)
        >>> stepness = gf.predict(spec, np.diag([1e-3, 1e-4])).stepness()
        >>> stepness.groups, stepness.resolved, round(stepness.index, 2)
        (((1,), (2,)), 2, 2.5)
    """

    groups: tuple[tuple[int, ...], ...]
    times: Float[np.ndarray, " g"]
    rises: Float[np.ndarray, " g"]
    separations: Float[np.ndarray, " h"]
    resolved: int
    index: float

    def __eq__(self, other: object) -> bool:
        """Compare numbers, nan being equal to nan."""
        if not isinstance(other, Stepness):
            return NotImplemented
        return self.groups == other.groups and all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
            for name in ("times", "rises", "separations")
        )

    def __hash__(self) -> int:
        return hash(self.groups)


def stepness(
    times: Real[ArrayLike, " m"] | Sequence[float],
    rises: Real[ArrayLike, " m"] | Sequence[float],
    eigenvalues: Real[ArrayLike, " m"] | Sequence[float] | None = None,
    gap: float = 0.01,
) -> Stepness:
    """Judge how stepwise a run is, from step times and rise times, measured or predicted.

    Args:
        times: Half-height times of the first m modes; nan where there was none.
        rises: Rise times, from a tenth to nine tenths.
        eigenvalues: λ, falling; neighbours whose gap is less than a share of them are one step of
            higher rank. Without them every mode is a step of its own.
        gap: That share.

    Returns:
        Separations, and what follows from them.

    Raises:
        ArgumentError: Arrays of different lengths, or a gap that is not a positive number.

    Example:
        >>> import gradflow as gf
        >>> run = gf.theory.stepness([5.0, 10.0, 11.0], [2.0, 2.0, 2.0])
        >>> run.separations, run.resolved
        (array([2.5, 0.5]), 1)
    """
    steps, durations = real_array("times", times), real_array("rises", rises)
    if steps.ndim != 1 or steps.size == 0:
        raise ArgumentError("times", "shape (m,) with m ≥ 1", f"shape {steps.shape}")
    if durations.shape != steps.shape:
        raise ArgumentError("rises", f"shape {steps.shape}", f"shape {durations.shape}")
    if (durations <= 0).any():
        raise ArgumentError("rises", "numbers above 0", f"{durations[durations <= 0][0]:g}")
    labels = np.arange(steps.size)
    if eigenvalues is not None:
        labels = degenerate_groups(eigenvalues, gap)
        if labels.shape != steps.shape:
            raise ArgumentError("eigenvalues", f"shape {steps.shape}", f"shape {labels.shape}")
    members = [np.flatnonzero(labels == label) for label in range(labels[-1] + 1)]
    return _of_groups(
        tuple(tuple((group + 1).tolist()) for group in members),
        np.array([_median_step(steps[group]) for group in members]),
        np.array([_longest(durations[group]) for group in members]),
    )


def _median_step(times: Float[np.ndarray, " n"]) -> float:
    """Return the median, modes without a step being infinitely late; nan where that is infinite."""
    middle = np.median(np.where(np.isnan(times), np.inf, times))
    return float(middle) if np.isfinite(middle) else float("nan")


def _longest(rises: Float[np.ndarray, " n"]) -> float:
    """Return the longest rise time of a group, or nan where none of its modes has one."""
    finite = rises[np.isfinite(rises)]
    return float(finite.max()) if finite.size else float("nan")


def _of_groups(
    groups: tuple[tuple[int, ...], ...],
    times: Float[np.ndarray, " g"],
    rises: Float[np.ndarray, " g"],
) -> Stepness:
    separations = np.diff(times) / ((rises[1:] + rises[:-1]) / 2)
    apart = separations > 1
    happened = int(np.isfinite(times[0]))
    resolved = happened * (len(groups) if apart.all() else int(np.argmin(apart)))
    finite = separations[np.isfinite(separations)]
    index = float(np.median(finite)) if finite.size else float("nan")
    return Stepness(groups, times, rises, separations, resolved, index)


def degenerate_groups(
    eigenvalues: Real[ArrayLike, " m"] | Sequence[float], gap: float = 0.01
) -> Int[np.ndarray, " m"]:
    """Return labels 0, 1, … of runs of neighbours that are closer than a share of themselves.

    Args:
        eigenvalues: λ, falling.
        gap: Share (λ_k − λ_{k+1})/|λ_k| below which two are one group.

    Returns:
        (m,), rising.

    Raises:
        ArgumentError: Eigenvalues that rise, or a gap that is not a positive number.
    """
    values = real_array("eigenvalues", eigenvalues)
    if values.ndim != 1 or values.size == 0:
        raise ArgumentError("eigenvalues", "shape (m,) with m ≥ 1", f"shape {values.shape}")
    falls = -np.diff(values)
    if not np.isfinite(values).all() or (falls < 0).any():
        raise ArgumentError("eigenvalues", "finite numbers that fall", shown(values.tolist()))
    apart = falls >= positive_float("gap", gap) * abs(values[:-1])
    return np.concatenate([[0], np.cumsum(apart)])
