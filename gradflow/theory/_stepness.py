"""Whether learning goes in steps: separations of neighbours in units of their rise times."""

import dataclasses

import numpy as np
from jaxtyping import Float, Int

from gradflow._checks import positive_float, positive_int, real_array, shown
from gradflow._errors import ArgumentError
from gradflow.methods._logistic import LOG_81
from gradflow.targets import Spectrum
from gradflow.theory._step_distribution import step_distribution

# Scales between which the loss of stepness is looked for, as powers of ten.
_LEAST_POWER, _MOST_POWER = -150.0, 1.0
_HALVINGS = 60


@dataclasses.dataclass(frozen=True)
class Stepness:
    """Steps of one run, eigenvalues that can hardly be told apart taken together.

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
    """

    groups: tuple[tuple[int, ...], ...]
    times: Float[np.ndarray, " g"]
    rises: Float[np.ndarray, " g"]
    separations: Float[np.ndarray, " h"]
    resolved: int
    index: float


def stepness(
    times: Float[np.ndarray, " m"],
    rises: Float[np.ndarray, " m"],
    eigenvalues: Float[np.ndarray, " m"] | None = None,
    gap: float = 0.01,
) -> Stepness:
    """How stepwise a run is, from step times and rise times, measured or predicted.

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
        >>> found = gf.stepness([5.0, 10.0, 11.0], [2.0, 2.0, 2.0])
        >>> found.separations, found.resolved
        (array([2.5, 0.5]), 1)
    """
    late, long = real_array("times", times), real_array("rises", rises)
    if late.ndim != 1 or late.size == 0:
        raise ArgumentError("times", "shape (m,) with m ≥ 1", f"shape {late.shape}")
    if long.shape != late.shape:
        raise ArgumentError("rises", f"shape {late.shape}", f"shape {long.shape}")
    if (long <= 0).any():
        raise ArgumentError("rises", "numbers above 0", f"{long[long <= 0][0]:g}")
    labels = np.arange(late.size)
    if eigenvalues is not None:
        labels = degenerate_groups(eigenvalues, gap)
        if labels.shape != late.shape:
            raise ArgumentError("eigenvalues", f"shape {late.shape}", f"shape {labels.shape}")
    members = [np.flatnonzero(labels == label) for label in range(labels[-1] + 1)]
    return _of_groups(
        tuple(tuple((group + 1).tolist()) for group in members),
        np.array([_middle(late[group]) for group in members]),
        np.array([_longest(long[group]) for group in members]),
    )


def _middle(times: Float[np.ndarray, " n"]) -> float:
    """The median, modes without a step being infinitely late."""
    middle = np.median(np.where(np.isnan(times), np.inf, times))
    return float(middle) if np.isfinite(middle) else float("nan")


def _longest(rises: Float[np.ndarray, " n"]) -> float:
    """Of those that are known."""
    known = rises[np.isfinite(rises)]
    return float(known.max()) if known.size else float("nan")


def _of_groups(
    groups: tuple[tuple[int, ...], ...],
    times: Float[np.ndarray, " g"],
    rises: Float[np.ndarray, " g"],
) -> Stepness:
    separations = np.diff(times) / ((rises[1:] + rises[:-1]) / 2)
    apart = separations > 1
    happened = int(np.isfinite(times[0]))
    resolved = happened * (len(groups) if apart.all() else int(np.argmin(apart)))
    known = separations[np.isfinite(separations)]
    index = float(np.median(known)) if known.size else float("nan")
    return Stepness(groups, times, rises, separations, resolved, index)


def degenerate_groups(
    eigenvalues: Float[np.ndarray, " m"], gap: float = 0.01
) -> Int[np.ndarray, " m"]:
    """Labels 0, 1, … of runs of neighbours that are closer than a share of themselves.

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


def predict_stepness(
    spec: Spectrum,
    scale: float,
    dim: int,
    modes: int = 10,
    *,
    tied: bool = True,
    gap: float = 0.01,
) -> Stepness:
    """Stepness of a typical start of a scale, before any run: medians over all starts.

    Args:
        spec: As for `step_distribution`.
        scale: σ.
        dim: d.
        modes: How many modes, at most.
        tied: As for `step_distribution`.
        gap: As for `stepness`.

    Returns:
        Stepness of the first modes with eigenvalues above zero.

    Raises:
        ArgumentError: As for `step_distribution`; or there is no such mode.
    """
    late = step_distribution(spec, scale, dim, tied=tied)
    count = min(positive_int("modes", modes), int((late.eigenvalues > 0).sum()))
    if count == 0:
        raise ArgumentError("spec", "an eigenvalue above zero", f"{spec.eigenvalues[:1]}")
    values = late.eigenvalues[:count]
    return stepness(late.median[:count], LOG_81 / values, values, gap)


def largest_stepwise_scale(
    spec: Spectrum, dim: int, modes: int = 10, *, tied: bool = True, gap: float = 0.01
) -> float:
    """The initialisation scale above which learning stops being stepwise.

    There the median separation of the first modes, which grows with ln(1/σ), is one rise time.

    Args:
        spec: As for `step_distribution`.
        dim: d.
        modes: As for `predict_stepness`.
        tied: As for `step_distribution`.
        gap: As for `stepness`.

    Returns:
        σ; nan where no scale from 1e-150 to 10 is at that point.

    Raises:
        ArgumentError: As for `predict_stepness`.
    """

    def is_stepwise(power: float) -> bool:
        found = predict_stepness(spec, 10.0**power, dim, modes, tied=tied, gap=gap)
        return found.index > 1

    low, high = _LEAST_POWER, _MOST_POWER
    if not is_stepwise(low) or is_stepwise(high):
        return float("nan")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_stepwise(middle) else (low, middle)
    return 10.0**low
