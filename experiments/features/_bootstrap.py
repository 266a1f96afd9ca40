"""How far scores would scatter with other questions: bootstrap draws, the same for all models."""

import numpy as np
import scipy.stats
from jaxtyping import Bool, Float64, Int

from gradflow.evaluation._analogies import IndexedAnalogies

LEVEL = 0.95
_AT_ONCE = 100  # draws


def question_draws(
    solved: Bool[np.ndarray, "M Q"], count: int, seed: int
) -> Float64[np.ndarray, "draws M"]:
    """Return accuracies with questions drawn anew, each as if independent of the others."""
    rng, size = np.random.default_rng(seed), solved.shape[1]
    accuracies = []
    for _ in range(count):
        weights = np.bincount(rng.integers(0, size, size), minlength=size)
        accuracies.append(solved @ weights / size)
    return np.array(accuracies)


def pair_draws(
    solved: Bool[np.ndarray, "M Q"],
    pairs: Int[np.ndarray, "Q 2"],
    section: Int[np.ndarray, " Q"],
    count: int,
    seed: int,
) -> Float64[np.ndarray, "draws M"]:
    """Return accuracies with word pairs drawn anew within each section.

    A question joins two pairs, so n pairs make n(n − 1) questions, which are not independent: a
    question counts as often as both of its pairs were drawn. Sections stay as they are.

    Args:
        solved: Whether each model solved each question.
        pairs: Both word pairs of each question, numbered through.
        section: Section of each question.
        count: How many draws.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    members = [np.unique(pairs[section == number]) for number in np.unique(section)]
    accuracies = []
    for _ in range(count):
        times = np.zeros(pairs.max() + 1)
        for numbers in members:
            times[numbers] = np.bincount(
                rng.integers(0, len(numbers), len(numbers)), minlength=len(numbers)
            )
        weights = times[pairs[:, 0]] * times[pairs[:, 1]]
        accuracies.append(solved @ weights / weights.sum())
    return np.array(accuracies)


def correlation_draws(
    cosines: Float64[np.ndarray, "M n"], judged: Float64[np.ndarray, " n"], count: int, seed: int
) -> Float64[np.ndarray, "draws M"]:
    """Return Spearman's correlation with judged word pairs drawn anew."""
    rng, size = np.random.default_rng(seed), len(judged)
    parts = []
    for first in range(0, count, _AT_ONCE):
        drawn = rng.integers(0, size, (min(_AT_ONCE, count - first), size))
        parts.append(_spearman(cosines[:, drawn], judged[drawn]).T)
    return np.concatenate(parts)


def interval(draws: Float64[np.ndarray, "draws M"]) -> Float64[np.ndarray, "M 2"]:
    """Return percentiles that hold 95 % of the draws."""
    beyond = (1 - LEVEL) / 2
    return np.quantile(draws, (beyond, 1 - beyond), axis=0).T


def numbered_pairs(questions: IndexedAnalogies) -> Int[np.ndarray, "Q 2"]:
    """Return the pairs (a, b), (c, d) of each question, numbered through by section."""
    a, b, c = np.asarray(questions.hidden).T
    section, d = np.asarray(questions.section), np.asarray(questions.answer)
    triples = np.stack([[section, a, b], [section, c, d]]).transpose(2, 0, 1)
    _, numbers = np.unique(triples.reshape(-1, 3), axis=0, return_inverse=True)
    return numbers.reshape(-1, 2)


def _spearman(
    x: Float64[np.ndarray, "M draws n"], y: Float64[np.ndarray, "draws n"]
) -> Float64[np.ndarray, "M draws"]:
    x, y = (scipy.stats.rankdata(values, axis=-1) for values in (x, y))
    x, y = (values - values.mean(axis=-1, keepdims=True) for values in (x, y))
    norms = np.linalg.norm(x, axis=-1) * np.linalg.norm(y, axis=-1)
    return (x * y).sum(axis=-1) / norms
