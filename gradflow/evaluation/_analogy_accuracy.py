"""How many analogies given vectors solve, in compiled blocks of questions × words."""

import math
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Bool, Float, Int

from gradflow._checks import one_of
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import IndexedAnalogies
from gradflow.evaluation._normalise_rows import unit_rows

AnalogyMethod = Literal["cosine_add", "cosine_mul"]
ANALOGY_METHODS: tuple[AnalogyMethod, ...] = ("cosine_add", "cosine_mul")

# What is added to the denominator of 3CosMul; gensim's.
_EPSILON = 1e-6
# Words looked at together: their cosines with the words of all Google's questions take 30 MB.
_WORDS_AT_ONCE = 4096


class AnalogyScores(eqx.Module):
    """How many questions were solved.

    Attributes:
        accuracy: (), correct over counted, all sections together; nan where a vector is not
            finite.
        by_section: (S,), the same in each; nan also where no question was counted.
        solved: (Q,), whether each covered question was solved, in the order of the index;
            meaningless where `accuracy` is nan.
        correct: (S,), solved questions.
        covered: (S,), questions with all four words in the vocabulary.
        total: (S,), questions.
        sections: The S names.
    """

    accuracy: Float[Array, ""]
    by_section: Float[Array, " S"]
    solved: Bool[Array, " Q"]
    correct: Int[Array, " S"]
    covered: Int[Array, " S"]
    total: Int[Array, " S"]
    sections: tuple[str, ...] = eqx.field(static=True)

    @property
    def coverage(self) -> Float[Array, ""]:
        """Share of the questions that has all four words in the vocabulary."""
        return self.covered.sum() / self.total.sum()

    def table(self) -> pd.DataFrame:
        """One row a section: section, correct, covered, total, accuracy."""
        columns = {name: getattr(self, name) for name in ("correct", "covered", "total")}
        arrays = {name: np.asarray(column) for name, column in columns.items()}
        return pd.DataFrame(
            {"section": self.sections, **arrays, "accuracy": np.asarray(self.by_section)}
        )


def analogy_accuracy(
    vectors: Float[Array, "V d"],
    questions: IndexedAnalogies,
    method: AnalogyMethod = "cosine_add",
) -> AnalogyScores:
    """Share of the questions a : b = c : d for which d scores highest of all words.

    With unit vectors, the score of a word x is

    * "cosine_add": cos(x, b) − cos(x, a) + cos(x, c), the vector nearest to b − a + c;
    * "cosine_mul": s(x, b) s(x, c) / (s(x, a) + 1e-6) with s = (1 + cos)/2.

    a, b and c themselves are no answers. Of words with the same score the first one, the more
    frequent, is the answer. Rotating all vectors, or scaling any of them, changes nothing. The
    numbers are those of gensim's `KeyedVectors.evaluate_word_analogies` for "cosine_add", and of
    `most_similar_cosmul` for "cosine_mul".

    May be called inside `jax.jit`, `jax.vmap` and the functions of `Snapshots`. Memory beside the
    vectors: 4,096 numbers for each different word in the questions.

    Args:
        vectors: One row a word, in the order of the words that the questions were indexed with.
            float32 or float64, which is also the dtype of the computation. A row of zeros has
            cosine 0 with all.
        questions: From `AnalogySet.indexed`.
        method: How words are scored.

    Returns:
        Accuracy over all and by section, with coverage.

    Raises:
        ArgumentError: Vectors of another vocabulary or of no real numbers, questions not indexed,
            or unknown method.

    Source: mikolov2013efficient; "cosine_mul": levy2014linguistic.

    Example:
        >>> import gradflow as gf
        >>> words = ["king", "man", "queen", "woman", "tree"]
        >>> question = gf.AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> W = [[1.0, 1.0, 0], [0, 1.0, 0], [1.0, -1.0, 0], [0, -1.0, 0], [0, 0, 1.0]]
        >>> gf.analogy_accuracy(W, question.indexed(words)).accuracy
        Array(1., dtype=float64)
    """
    if not isinstance(questions, IndexedAnalogies):
        wanted = "indexed questions: load_analogies().indexed(words)"
        raise ArgumentError("questions", wanted, type(questions).__name__)
    one_of("method", method, ANALOGY_METHODS)
    return _accuracy(unit_rows(vectors, questions.size), questions, method)


@eqx.filter_jit
def _accuracy(
    units: Float[Array, "V d"], questions: IndexedAnalogies, method: AnalogyMethod
) -> AnalogyScores:
    solved = questions.groups[_answers(units, questions, method)] == questions.answer
    solved &= ~jnp.any(questions.hidden == questions.answer[:, None], axis=1)
    finite = jnp.where(jnp.isfinite(units).all(), 1.0, jnp.nan).astype(units.dtype)
    count = len(questions.sections)
    correct = jnp.zeros(count, jnp.int32).at[questions.section].add(solved)
    counted = questions.counted.astype(units.dtype)
    return AnalogyScores(
        accuracy=finite * correct.sum() / counted.sum(),
        by_section=finite * jnp.where(counted > 0, correct / jnp.maximum(counted, 1), jnp.nan),
        solved=solved,
        correct=correct,
        covered=questions.covered,
        total=questions.total,
        sections=questions.sections,
    )


def _answers(
    units: Float[Array, "V d"], questions: IndexedAnalogies, method: AnalogyMethod
) -> Int[Array, " Q"]:
    """The row with the highest score, for every question.

    Cosines of a block of words with every word of a question are a matrix product. The scores of
    one question are then sums, or products, of three of its rows: a loop over questions reads
    them where they lie, which on CPU is several times faster than gathering rows for many
    questions at once.
    """
    asked = units[questions.asked]
    block = min(_WORDS_AT_ONCE, len(questions.groups))
    words = _blocks(units[: len(questions.groups)], block, 0)
    groups = _blocks(questions.groups, block, -1)

    def look(best: tuple[Array, Array], part: tuple[Array, Array, Array]) -> tuple[Any, None]:
        first, some_words, some_groups = part
        terms = _terms(asked @ some_words.T, method)

        def top(question: tuple[Array, Array]) -> tuple[Array, Array]:
            scores = _scores(terms, question[0], method)
            return _first_highest(jnp.where(_excluded(some_groups, question[1]), -jnp.inf, scores))

        score, row = jax.lax.map(top, (questions.given, questions.hidden))
        higher = score > best[0]
        return (jnp.where(higher, score, best[0]), jnp.where(higher, first + row, best[1])), None

    count = len(questions.answer)
    nothing = jnp.full(count, -jnp.inf, units.dtype), jnp.zeros(count, jnp.int32)
    starts = jnp.arange(len(words), dtype=jnp.int32) * block
    (_, rows), _ = jax.lax.scan(look, nothing, (starts, words, groups))
    return rows


def _terms(cosines: Float[Array, "U n"], method: AnalogyMethod) -> Float[Array, "U n"]:
    return cosines if method == "cosine_add" else (1 + cosines) / 2


def _scores(
    terms: Float[Array, "U n"], given: Int[Array, " 3"], method: AnalogyMethod
) -> Float[Array, " n"]:
    a, b, c = (jax.lax.dynamic_index_in_dim(terms, word, keepdims=False) for word in given)
    return b + c - a if method == "cosine_add" else b * c / (a + _EPSILON)


def _excluded(groups: Int[Array, " n"], hidden: Int[Array, " 3"]) -> Bool[Array, " n"]:
    """Words of the question, in any case, and the padding."""
    a, b, c = (groups == group for group in hidden)
    return a | b | c | (groups < 0)


def _first_highest(scores: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
    """The highest score and where it is first, by two reductions that use vector units."""
    highest = scores.max()
    positions = jnp.arange(scores.size, dtype=jnp.int32)
    return highest, jnp.min(jnp.where(scores == highest, positions, scores.size - 1))


def _blocks(array: Array, block: int, fill: int) -> Array:
    """Rows in blocks of one length, the last one filled up."""
    count = math.ceil(len(array) / block)
    widths = [(0, count * block - len(array))] + [(0, 0)] * (array.ndim - 1)
    padded = jnp.pad(array, widths, constant_values=fill)
    return padded.reshape(count, block, *array.shape[1:])
