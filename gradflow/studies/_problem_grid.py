"""Problems of one corpus: every combination of loss, weighting, negatives and side."""

import functools
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from gradflow._checks import one_of, positive_float, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.corpus import CooccurrenceStatistics
from gradflow.problems import NCE, AbstractProblem, Contrastive, Taylor
from gradflow.targets._weightings import WEIGHTINGS, WeightingName

LOSSES = ("sgns", "nce", "taylor")


class ProblemLabel(NamedTuple):
    """One combination of a grid of problems; its fields become the axes of a sweep.

    Attributes:
        loss_function: "sgns", "nce" or "taylor n".
        weighting: Weighting of the pairs.
        negatives: k.
        side: "tied" or "untied".
    """

    loss_function: str
    weighting: WeightingName
    negatives: float
    side: str


def problem_grid(
    stats: CooccurrenceStatistics,
    *,
    loss: str | Sequence[str] = "sgns",
    order: int | Sequence[int] = 2,
    weighting: WeightingName | Sequence[WeightingName] = "uniform",
    negatives: float | Sequence[float] = 1.0,
    tied: bool | Sequence[bool] = True,
) -> dict[ProblemLabel, AbstractProblem]:
    """Return every combination of loss, weighting, k and side, labelled as `sweep` takes them.

    Each argument is one value or a sequence of them.

    Args:
        stats: Co-occurrence counts.
        loss: "sgns" (`Contrastive`), "nce" (`NCE`, with ln Z = ln V) and "taylor" (`Taylor`).
        order: Orders of "taylor": 1, 2, 4, 6, ...; each is a loss of its own.
        weighting: Of the pairs, by name: "uniform", "none", "unigram", "word2vec".
        negatives: Negatives per positive, k.
        tied: Whether words and contexts share their embeddings.

    Returns:
        Problems by `ProblemLabel`.

    Raises:
        ArgumentError: An unknown name, or a value that a loss cannot have.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k").top(30)
        >>> problems = gf.studies.problem_grid(stats, loss=("sgns", "taylor"), negatives=(1, 5))
        >>> [label.loss_function for label in problems]
        ['sgns', 'sgns', 'taylor 2', 'taylor 2']
    """
    if not isinstance(stats, CooccurrenceStatistics):
        raise ArgumentError("stats", "co-occurrence statistics", type(stats).__name__)
    orders = [positive_int("order", value) for value in _values("order", order)]
    weightings = [one_of("weighting", x, WEIGHTINGS) for x in _values("weighting", weighting)]
    counts = [positive_float("negatives", value) for value in _values("negatives", negatives)]
    sides = ["tied" if value else "untied" for value in _values("tied", tied)]
    makers: dict[str, Any] = {}
    for name in _values("loss", loss):
        if one_of("loss", name, LOSSES) == "taylor":
            makers |= {f"taylor {n}": functools.partial(Taylor, order=n) for n in orders}
        elif name == "nce":
            log_partition = float(np.log(stats.vocab_size))
            makers[name] = functools.partial(NCE, log_partition=log_partition)
        else:
            makers[name] = Contrastive
    combinations = itertools.product(makers, weightings, counts, sides)
    labels = (ProblemLabel(*combination) for combination in combinations)
    return {
        label: makers[label.loss_function](
            stats,
            weighting=label.weighting,
            negatives=label.negatives,
            tied=label.side == "tied",
        )
        for label in labels
    }


def _values(argument: str, value: Any) -> list[Any]:
    """One value or several, as a list of different ones."""
    several = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
    values = list(value) if several else [value]
    if not values:
        raise ArgumentError(argument, "at least one value", shown(value))
    if len(set(values)) < len(values):
        raise ArgumentError(argument, "different values", shown(value))
    return values
