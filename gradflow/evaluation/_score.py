"""Word vectors of any origin, scored on whole sets of questions and pairs."""

import dataclasses
from typing import Any

import jax.numpy as jnp
import numpy as np

from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import RESTRICT_VOCAB, AnalogySet
from gradflow.evaluation._analogy_accuracy import AnalogyMethod, analogy_accuracy
from gradflow.evaluation._similarities import SimilaritySet, similarity
from gradflow.evaluation._vocabulary import Unknown
from gradflow.vectors import WordVectors

# Google's syntactic sections are called gram1-… to gram9-…
_SYNTACTIC = "gram"


@dataclasses.dataclass(frozen=True)
class AnalogyResult:
    """How many questions were solved, in one section or in several.

    Attributes:
        section: Name of the section; "semantic", "syntactic" and "total" are sums.
        accuracy: Correct over counted; None where no question was counted.
        correct: Solved questions.
        counted: Questions that the accuracy is over: the covered ones, or all with
            unknown="zero".
        covered: Questions with all four words in the vocabulary.
        total: Questions.
    """

    section: str
    accuracy: float | None
    correct: int
    counted: int
    covered: int
    total: int


@dataclasses.dataclass(frozen=True)
class SimilarityResult:
    """Agreement of cosines with human judgements.

    Attributes:
        name: Of the set.
        spearman: Correlation of ranks; None where fewer than two pairs are covered, or all cosines
            are equal.
        pearson: Correlation of the values; None in the same cases.
        covered: Pairs with both words in the vocabulary.
        total: Pairs.
    """

    name: str
    spearman: float | None
    pearson: float | None
    covered: int
    total: int


def score_analogies(
    vecs: WordVectors,
    questions: AnalogySet,
    *,
    method: AnalogyMethod = "cosine_add",
    restrict_vocab: int | None = RESTRICT_VOCAB,
    case_insensitive: bool = True,
    unknown: Unknown = "skip",
) -> list[AnalogyResult]:
    """Analogies by section and in all, with the numbers of gensim's `evaluate_word_analogies`.

    Args:
        vecs: The vectors, most frequent word first if `restrict_vocab` is to mean anything.
        questions: From `load_analogies`; `.reexpanded()` asks them as the paper does.
        method: As for `analogy_accuracy`.
        restrict_vocab: As for `AnalogySet.indexed`; so are the following.
        case_insensitive: Fold words to upper case.
        unknown: What becomes of questions with a word outside the vocabulary.

    Returns:
        One result a section, then "semantic" and "syntactic" where the sections are Google's, then
        "total". Where no question is covered, accuracies are None, or 0 with unknown="zero".

    Raises:
        ArgumentError: An option has no usable value.
    """
    if not isinstance(questions, AnalogySet):
        raise ArgumentError("questions", "analogy questions", type(questions).__name__)
    _check_vectors(vecs)
    total = np.bincount(questions.section, minlength=len(questions.sections))
    correct = covered = np.zeros_like(total)
    try:
        indexed = questions.indexed(
            vecs.words,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            unknown=unknown,
        )
    except ArgumentError as error:
        if error.argument != "words":  # "words": none is covered, which is a result
            raise
    else:
        scores = analogy_accuracy(jnp.asarray(vecs.vectors), indexed, method)
        correct, covered = np.asarray(scores.correct), np.asarray(scores.covered)
    counted = covered if unknown == "skip" else total
    table = np.stack([correct, counted, covered, total], axis=1).astype(int)
    found = [_result(*row) for row in zip(questions.sections, table, strict=True)]
    syntactic = np.array([name.startswith(_SYNTACTIC) for name in questions.sections], bool)
    if syntactic.any() and not syntactic.all():
        found.append(_result("semantic", table[~syntactic].sum(axis=0)))
        found.append(_result("syntactic", table[syntactic].sum(axis=0)))
    return [*found, _result("total", table.sum(axis=0))]


def _result(section: str, numbers: np.ndarray) -> AnalogyResult:
    correct, counted, covered, total = numbers.tolist()
    return AnalogyResult(
        section, correct / counted if counted else None, correct, counted, covered, total
    )


def score_similarities(
    vecs: WordVectors,
    pairs: SimilaritySet,
    *,
    restrict_vocab: int | None = RESTRICT_VOCAB,
    case_insensitive: bool = True,
    unknown: Unknown = "skip",
) -> SimilarityResult:
    """Word similarities, with the numbers of gensim's `evaluate_word_pairs`.

    Args:
        vecs: The vectors.
        pairs: From `load_similarities`.
        restrict_vocab: As for `SimilaritySet.indexed`; so are the following.
        case_insensitive: Fold words to upper case.
        unknown: What becomes of pairs with a word outside the vocabulary.

    Returns:
        The correlations, and how many pairs are covered.

    Raises:
        ArgumentError: An option has no usable value.
    """
    if not isinstance(pairs, SimilaritySet):
        raise ArgumentError("pairs", "word pairs", type(pairs).__name__)
    _check_vectors(vecs)
    try:
        indexed = pairs.indexed(
            vecs.words,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            unknown=unknown,
        )
    except ArgumentError as error:
        if error.argument != "words":
            raise
        known = _known_pairs(vecs, pairs, restrict_vocab, case_insensitive)
        return SimilarityResult(pairs.name, None, None, known, len(pairs.pairs))
    found = similarity(jnp.asarray(vecs.vectors), indexed)
    return SimilarityResult(
        pairs.name,
        _finite(found.spearman),
        _finite(found.pearson),
        found.covered,
        found.total,
    )


def _known_pairs(
    vecs: WordVectors, pairs: SimilaritySet, restrict_vocab: int | None, case_insensitive: bool
) -> int:
    """None or one."""
    fold = str.upper if case_insensitive else str
    known = {fold(word) for word in vecs.words[:restrict_vocab]}
    return sum(fold(a) in known and fold(b) in known for a, b in pairs.pairs)


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _check_vectors(vecs: Any) -> None:
    if not isinstance(vecs, WordVectors):
        raise ArgumentError("vecs", "word vectors: load_vectors(path)", type(vecs).__name__)
