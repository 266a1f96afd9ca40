"""Word vectors of any origin, scored on whole sets of questions and pairs."""

from typing import Any, Unpack

import jax.numpy as jnp
import numpy as np

from gradflow._errors import ArgumentError
from gradflow._precision import default_dtype
from gradflow.evaluation._analogies import AnalogySet
from gradflow.evaluation._analogy_accuracy import AnalogyMethod, analogy_accuracy
from gradflow.evaluation._analogy_scores import AnalogyScores
from gradflow.evaluation._lookup import Lookup, LookupOptions
from gradflow.evaluation._similarities import (
    SimilarityScores,
    SimilaritySet,
    similarity_correlation,
)
from gradflow.vectors import WordVectors


def score_analogies(
    vecs: WordVectors,
    questions: AnalogySet,
    *,
    method: AnalogyMethod = "cosine_add",
    **lookup: Unpack[LookupOptions],
) -> AnalogyScores:
    """Return how many analogies word vectors solve, as gensim's `evaluate_word_analogies` counts.

    Args:
        vecs: The vectors, most frequent word first if `restrict_vocab` is to mean anything.
        questions: From `load_analogies`; `.reexpanded()` asks them as the paper does.
        method: As for `analogy_accuracy`.
        **lookup: `restrict_vocab`, `case_insensitive` and `unknown`, as in
            `gradflow.evaluation._lookup.Lookup`.

    Returns:
        The scores: `scores[-1].accuracy` is that of all questions, `scores["family"].accuracy`
        that of a section. Where no question is covered, accuracies are nan, or 0 with
        unknown="zero".

    Raises:
        ArgumentError: An option has no usable value.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import AnalogySet
        >>> vecs = gf.WordVectors(["king", "man", "queen", "woman"],
        ...                       [[1.0, 1.0, 0], [0, 1.0, 0], [1.0, -1.0, 0], [0, -1.0, 0]])
        >>> asked = AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> float(gf.score_analogies(vecs, asked)[-1].accuracy)
        1.0
    """
    if not isinstance(questions, AnalogySet):
        raise ArgumentError("questions", "analogy questions", type(questions).__name__)
    _check_vectors(vecs)
    # Word vectors are finite and may be of single precision; the ratio of counts need not be.
    factor = jnp.ones((), default_dtype())
    try:
        indexed = questions.indexed(vecs.words, **lookup)
    except ArgumentError as error:
        if error.argument != "words":  # "words" says that no question is covered: a result
            raise
        total = np.bincount(questions.section, minlength=len(questions.sections))
        none = np.zeros_like(total)
        counted = none if Lookup(**lookup).unknown == "skip" else total
        names = {"correct": none, "counted": counted, "covered": none, "total": total}
        counts = {name: jnp.asarray(count, jnp.int32) for name, count in names.items()}
        return AnalogyScores.from_counts(questions.sections, counts, jnp.zeros(0, bool), factor)
    scores = analogy_accuracy(jnp.asarray(vecs.vectors), indexed, method)
    counts = {name: getattr(scores, name) for name in ("correct", "counted", "covered", "total")}
    return AnalogyScores.from_counts(scores.sections, counts, scores.solved, factor)


def score_similarities(
    vecs: WordVectors, pairs: SimilaritySet, **lookup: Unpack[LookupOptions]
) -> SimilarityScores:
    """Return how well cosines agree with people, as gensim's `evaluate_word_pairs` counts.

    Args:
        vecs: The vectors.
        pairs: From `load_similarities`.
        **lookup: `restrict_vocab`, `case_insensitive` and `unknown`, as in
            `gradflow.evaluation._lookup.Lookup`.

    Returns:
        The correlations, nan where fewer than two pairs are covered; and how many are covered.

    Raises:
        ArgumentError: An option has no usable value.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import SimilaritySet
        >>> vecs = gf.WordVectors(["a", "b", "c"], [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
        >>> judged = SimilaritySet((("a", "b"), ("b", "c"), ("a", "c")), (5.0, 3.0, 1.0))
        >>> round(float(gf.score_similarities(vecs, judged).pearson), 3)
        0.866
    """
    if not isinstance(pairs, SimilaritySet):
        raise ArgumentError("pairs", "word pairs", type(pairs).__name__)
    _check_vectors(vecs)
    try:
        indexed = pairs.indexed(vecs.words, **lookup)
    except ArgumentError as error:
        if error.argument != "words":  # "words" says that too few pairs are covered: a result
            raise
        rows = Lookup(**lookup).vocabulary(vecs.words).rows(pairs.pairs)
        covered = sum(two_rows is not None for two_rows in rows)
        undefined = jnp.full((), jnp.nan, default_dtype())
        return SimilarityScores(undefined, undefined, covered, len(rows), pairs.name)
    return similarity_correlation(jnp.asarray(vecs.vectors), indexed)


def _check_vectors(vecs: Any) -> None:
    """Check that vectors come with their words."""
    if not isinstance(vecs, WordVectors):
        raise ArgumentError("vecs", "word vectors: load_vectors(path)", type(vecs).__name__)
