"""Paired bootstrap: scores of models, and of their differences, on the same redrawn data."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy.stats
from jaxtyping import Bool, Float64, Int
from numpy.typing import ArrayLike

from gradflow._checks import is_real, one_of, positive_int, shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import IndexedAnalogies
from gradflow.evaluation._analogy_accuracy import AnalogyMethod, analogy_accuracy
from gradflow.evaluation._similarities import (
    IndexedSimilarities,
    pair_cosines,
    similarity_correlation,
)

Resample = Literal["pairs", "questions"]
RESAMPLE: tuple[Resample, ...] = ("pairs", "questions")

# Redrawn correlations are made in batches, so that ranks take little memory.
_BATCH_DRAWS = 100


@dataclasses.dataclass(frozen=True, eq=False)
class PairedBootstrap:
    """Scores of M models, and the same scores on redrawn questions or pairs.

    All models are scored on the same draws, so that a difference of two models varies only as far
    as the models differ.

    Attributes:
        models: The M names.
        scores: (M,), accuracies or Spearman correlations on the data themselves.
        draws: (B, M), the same on B bootstrap draws; nan where a draw has no question.
        level: The share of the draws that an interval holds.
    """

    models: tuple[str, ...]
    scores: Float64[np.ndarray, " M"]
    draws: Float64[np.ndarray, "B M"]
    level: float

    def interval(self, model: str) -> tuple[float, float]:
        """Return the percentile interval of the score of a model.

        Raises:
            ArgumentError: There is no such model.
        """
        return self._percentiles(self.draws[:, self._index(model)])

    def difference(self, model: str, reference: str) -> tuple[float, float, float]:
        """Return how much higher a model scores than another, and the interval of that.

        Returns:
            The difference of both scores, and the lower and upper end of its interval.

        Raises:
            ArgumentError: There is no such model.
        """
        first, second = self._index(model), self._index(reference)
        low, high = self._percentiles(self.draws[:, first] - self.draws[:, second])
        return float(self.scores[first] - self.scores[second]), low, high

    def table(self, reference: str | None = None) -> pd.DataFrame:
        """Return one row a model: model, score, low, high; and its difference from a reference.

        Args:
            reference: The model that others are compared with, in columns difference,
                difference_low and difference_high; None for none.

        Raises:
            ArgumentError: There is no such model.
        """
        rows = []
        for model, score in zip(self.models, self.scores, strict=True):
            low, high = self.interval(model)
            row = {"model": model, "score": float(score), "low": low, "high": high}
            if reference is not None:
                names = ("difference", "difference_low", "difference_high")
                row |= dict(zip(names, self.difference(model, reference), strict=True))
            rows.append(row)
        return pd.DataFrame(rows)

    def _index(self, model: str) -> int:
        """Return the position of a model."""
        if model not in self.models:
            raise ArgumentError("model", f"one of {', '.join(self.models)}", shown(model))
        return self.models.index(model)

    def _percentiles(self, values: Float64[np.ndarray, " B"]) -> tuple[float, float]:
        """Return the ends of the middle share of the draws."""
        beyond = (1 - self.level) / 2
        low, high = np.nanquantile(values, (beyond, 1 - beyond))
        return float(low), float(high)


def paired_bootstrap(
    vectors: Mapping[str, ArrayLike],
    questions: IndexedAnalogies | IndexedSimilarities,
    *,
    resample: Resample = "pairs",
    method: AnalogyMethod = "cosine_add",
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> PairedBootstrap:
    """Return how far scores of models, and their differences, would vary with other questions.

    The score of analogies is accuracy over all covered questions, that of word pairs Spearman's
    correlation. An analogy question joins two word pairs, so n pairs of a section make up to
    n(n − 1) questions, which are not independent. With `resample="pairs"` word pairs are drawn with
    replacement within each section, and a question counts as often as the product of how often its
    two pairs were drawn. With "questions" each question is drawn as if it were independent, which
    makes intervals too narrow where questions share pairs. Judged word pairs are always drawn one
    by one.

    Args:
        vectors: W of each model, (V, d) with any d, in the order of the words that the questions
            were indexed with.
        questions: From `AnalogySet.indexed` or `SimilaritySet.indexed`, the former with
            unknown="skip".
        resample: What is drawn in analogies.
        method: As in `analogy_accuracy`.
        draws: B, the number of draws; 2,000 give the ends of a 95 % interval to a few percent.
        level: The share of the draws that an interval holds, between 0 and 1.
        seed: The seed of the draws.

    Returns:
        Scores and draws, with intervals of scores and differences.

    Raises:
        ArgumentError: An argument has no usable value.

    Source: efron1993 for percentile intervals; koehn2004 for paired draws.

    Example:
        >>> import gradflow as gf, numpy as np
        >>> words = [f"w{i}" for i in range(12)]
        >>> judged = gf.evaluation.SimilaritySet(tuple(zip(words, words[1:])), tuple(range(11)))
        >>> rng = np.random.default_rng(0)
        >>> models = {"one": rng.normal(size=(12, 3)), "other": rng.normal(size=(12, 3))}
        >>> scores = gf.evaluation.paired_bootstrap(models, judged.indexed(words), draws=100)
        >>> scores.difference("one", "one")
        (0.0, 0.0, 0.0)
    """
    one_of("resample", resample, RESAMPLE)
    count, seed = positive_int("draws", draws), positive_int("seed", seed, least=0)
    if not is_real(level) or not 0 < level < 1:
        raise ArgumentError("level", "a number between 0 and 1", shown(level))
    if not isinstance(vectors, Mapping) or not vectors:
        raise ArgumentError("vectors", "a mapping of names to vectors, not empty", shown(vectors))
    if isinstance(questions, IndexedAnalogies):
        scores, redrawn = _analogies(vectors, questions, resample, method, count, seed)
    elif isinstance(questions, IndexedSimilarities):
        scores, redrawn = _similarities(vectors, questions, count, seed)
    else:
        wanted = "indexed questions or pairs: load_analogies().indexed(words)"
        raise ArgumentError("questions", wanted, type(questions).__name__)
    return PairedBootstrap(tuple(map(str, vectors)), scores, redrawn, float(level))


def _analogies(
    vectors: Mapping[str, ArrayLike],
    questions: IndexedAnalogies,
    resample: Resample,
    method: AnalogyMethod,
    count: int,
    seed: int,
) -> tuple[Float64[np.ndarray, " M"], Float64[np.ndarray, "B M"]]:
    """Return accuracies of all models and their draws."""
    if int(questions.counted.sum()) != int(questions.covered.sum()):
        wanted = "questions indexed with unknown='skip': others have no word pairs to draw"
        raise ArgumentError("questions", wanted, "unknown='zero'")
    results = [analogy_accuracy(w, questions, method) for w in vectors.values()]
    _check_finite([result.accuracy for result in results])
    solved = np.array([result.solved for result in results])
    if resample == "questions":
        redrawn = question_draws(solved, count, seed)
    else:
        pairs, section = numbered_pairs(questions), np.asarray(questions.section)
        redrawn = pair_draws(solved, pairs, section, count, seed)
    return solved.mean(axis=1), redrawn


def _similarities(
    vectors: Mapping[str, ArrayLike],
    pairs: IndexedSimilarities,
    count: int,
    seed: int,
) -> tuple[Float64[np.ndarray, " M"], Float64[np.ndarray, "B M"]]:
    """Return correlations of all models and their draws."""
    values = [similarity_correlation(w, pairs).spearman for w in vectors.values()]
    cosines = [np.asarray(pair_cosines(w, pairs), np.float64) for w in vectors.values()]
    _check_finite(cosines)
    redrawn = correlation_draws(np.array(cosines), np.asarray(pairs.judged), count, seed)
    return np.array(values, np.float64), redrawn


def _check_finite(values: list[Any]) -> None:
    """Check what was made of the vectors of each model, which is nan if a vector is not finite."""
    if not np.isfinite(values).all():
        raise ArgumentError("vectors", "finite numbers", "others")


def question_draws(
    solved: Bool[np.ndarray, "M Q"], count: int, seed: int
) -> Float64[np.ndarray, "B M"]:
    """Return accuracies with questions drawn as if each were independent of the others."""
    rng, size = np.random.default_rng(seed), solved.shape[1]
    accuracies = []
    for _ in range(count):
        times_drawn = np.bincount(rng.integers(0, size, size), minlength=size)
        accuracies.append(solved @ times_drawn / size)
    return np.array(accuracies)


def pair_draws(
    solved: Bool[np.ndarray, "M Q"],
    pairs: Int[np.ndarray, "Q 2"],
    section: Int[np.ndarray, " Q"],
    count: int,
    seed: int,
) -> Float64[np.ndarray, "B M"]:
    """Return accuracies with word pairs drawn within each section.

    Sections keep their numbers of pairs. A draw in which no question has both its pairs is nan.

    Args:
        solved: Whether each model solved each question.
        pairs: Both word pairs of each question, as numbers from 0.
        section: The section of each question.
        count: The number of draws.
        seed: The seed of the draws.
    """
    rng = np.random.default_rng(seed)
    pairs_of = [np.unique(pairs[section == number]) for number in np.unique(section)]
    accuracies = []
    for _ in range(count):
        times_drawn = np.zeros(pairs.max() + 1)
        for members in pairs_of:
            size = len(members)
            times_drawn[members] = np.bincount(rng.integers(0, size, size), minlength=size)
        weights = times_drawn[pairs[:, 0]] * times_drawn[pairs[:, 1]]
        total = weights.sum()
        accuracies.append(solved @ weights / (total if total > 0 else np.nan))
    return np.array(accuracies)


def correlation_draws(
    cosines: Float64[np.ndarray, "M n"], judged: Float64[np.ndarray, " n"], count: int, seed: int
) -> Float64[np.ndarray, "B M"]:
    """Return Spearman correlations with judged word pairs drawn anew."""
    rng, size = np.random.default_rng(seed), len(judged)
    batches = []
    for first in range(0, count, _BATCH_DRAWS):
        drawn = rng.integers(0, size, (min(_BATCH_DRAWS, count - first), size))
        batches.append(_spearman(cosines[:, drawn], judged[drawn]).T)
    return np.concatenate(batches)


def numbered_pairs(questions: IndexedAnalogies) -> Int[np.ndarray, "Q 2"]:
    """Return the pairs (a, b) and (c, d) of each question as numbers; sections share no pair."""
    a, b, c = np.asarray(questions.hidden).T
    section, d = np.asarray(questions.section), np.asarray(questions.answer)
    of_both = np.stack([[section, a, b], [section, c, d]]).transpose(2, 0, 1)
    _, numbers = np.unique(of_both.reshape(-1, 3), axis=0, return_inverse=True)
    return numbers.reshape(-1, 2)


def _spearman(
    x: Float64[np.ndarray, "M B n"], y: Float64[np.ndarray, "B n"]
) -> Float64[np.ndarray, "M B"]:
    """Return the correlation of ranks along the last axis, equal values sharing their mean rank.

    Pairs drawn twice are ties on both sides, so that ranks are made anew in every draw.
    """
    x, y = (scipy.stats.rankdata(values, axis=-1) for values in (x, y))
    x, y = (values - values.mean(axis=-1, keepdims=True) for values in (x, y))
    norms = np.linalg.norm(x, axis=-1) * np.linalg.norm(y, axis=-1)
    return (x * y).sum(axis=-1) / np.where(norms > 0, norms, np.nan)
