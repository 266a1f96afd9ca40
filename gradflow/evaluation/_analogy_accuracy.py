"""How many analogies given vectors solve, in compiled blocks of questions × words."""

import math
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int
from numpy.typing import ArrayLike

from gradflow._checks import one_of
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import IndexedAnalogies
from gradflow.evaluation._analogy_scores import AnalogyScores
from gradflow.evaluation._normalise_rows import unit_rows

AnalogyMethod = Literal["cosine_add", "cosine_mul"]
ANALOGY_METHODS: tuple[AnalogyMethod, ...] = ("cosine_add", "cosine_mul")

# Added to the denominator of 3CosMul; gensim's value.
_EPSILON = 1e-6
# Words in one block: their cosines with the words of all Google's questions take 30 MB.
_BLOCK_WORDS = 4096


def analogy_accuracy(
    vectors: ArrayLike,
    questions: IndexedAnalogies,
    method: AnalogyMethod = "cosine_add",
) -> AnalogyScores:
    """Return the share of the questions a : b = c : d for which d scores highest of all words.

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
        vectors: (V, d), one row a word, in the order of the words that the questions are about.
            float32 or float64, which is also the dtype of the computation. A row of zeros has
            cosine 0 with all.
        questions: From `AnalogySet.indexed`.
        method: How words are scored.

    Returns:
        Accuracy over all and by section, with coverage.

    Raises:
        ArgumentError: The vectors are of another vocabulary or hold no real numbers, the questions
            are not indexed, or the method is unknown.

    Source: mikolov2013efficient; "cosine_mul": levy2014linguistic.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import AnalogySet, analogy_accuracy
        >>> words = ["king", "man", "queen", "woman", "tree"]
        >>> question = AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> W = [[1.0, 1.0, 0], [0, 1.0, 0], [1.0, -1.0, 0], [0, -1.0, 0], [0, 0, 1.0]]
        >>> analogy_accuracy(W, question.indexed(words)).accuracy
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
    """Return the scores of vectors of unit length."""
    solved = questions.groups[_answers(units, questions, method)] == questions.answer
    # Where the right word is one of the question's own, no answer can be right.
    solved &= ~jnp.any(questions.hidden == questions.answer[:, None], axis=1)
    finite = jnp.where(jnp.isfinite(units).all(), 1.0, jnp.nan).astype(units.dtype)
    correct = jnp.zeros(len(questions.sections), jnp.int32).at[questions.section].add(solved)
    counts = {name: getattr(questions, name) for name in ("counted", "covered", "total")}
    return AnalogyScores.from_counts(
        questions.sections, {"correct": correct, **counts}, solved, finite
    )


def _answers(
    units: Float[Array, "V d"], questions: IndexedAnalogies, method: AnalogyMethod
) -> Int[Array, " Q"]:
    """Return the row with the highest score, for every question.

    Cosines of a block of words with every word of a question are a matrix product. The scores of
    one question are then sums, or products, of three of its rows: a loop over questions reads
    them where they lie, which on CPU is several times faster than gathering rows for many
    questions at once.
    """
    asked = units[questions.asked]
    block = min(_BLOCK_WORDS, len(questions.groups))
    words = _blocks(units[: len(questions.groups)], block, 0)
    groups = _blocks(questions.groups, block, -1)

    def improve(
        best: tuple[Array, Array], of_block: tuple[Array, Array, Array]
    ) -> tuple[tuple[Array, Array], None]:
        """Replace the best score and row of each question where this block has a better one."""
        first_row, block_units, block_groups = of_block
        terms = _terms(asked @ block_units.T, method)

        def best_in_block(question: tuple[Array, Array]) -> tuple[Array, Array]:
            """Return the best score of one question in this block, and its row there."""
            scores = _scores(terms, question[0], method)
            excluded = _excluded(block_groups, question[1])
            return _first_highest(jnp.where(excluded, -jnp.inf, scores))

        score, row = jax.lax.map(best_in_block, (questions.given, questions.hidden))
        # Strictly higher: of equal scores, the first word (the most frequent) is the answer.
        higher = score > best[0]
        improved = jnp.where(higher, score, best[0]), jnp.where(higher, first_row + row, best[1])
        return improved, None

    count = len(questions.answer)
    nothing = jnp.full(count, -jnp.inf, units.dtype), jnp.zeros(count, jnp.int32)
    first_rows = jnp.arange(len(words), dtype=jnp.int32) * block
    (_, rows), _ = jax.lax.scan(improve, nothing, (first_rows, words, groups))
    return rows


def _terms(cosines: Float[Array, "U n"], method: AnalogyMethod) -> Float[Array, "U n"]:
    """Return the numbers that scores are sums or products of; 3CosMul's are from 0 to 1."""
    return cosines if method == "cosine_add" else (1 + cosines) / 2


def _scores(
    terms: Float[Array, "U n"], given: Int[Array, " 3"], method: AnalogyMethod
) -> Float[Array, " n"]:
    """Return the scores of all words of a block for one question."""
    a, b, c = (jax.lax.dynamic_index_in_dim(terms, word, keepdims=False) for word in given)
    return b + c - a if method == "cosine_add" else b * c / (a + _EPSILON)


def _excluded(groups: Int[Array, " n"], hidden: Int[Array, " 3"]) -> Bool[Array, " n"]:
    """Return which words are no answers: those of the question, in any case, and the padding."""
    a, b, c = (groups == group for group in hidden)
    return a | b | c | (groups < 0)


def _first_highest(scores: Float[Array, " n"]) -> tuple[Float[Array, ""], Int[Array, ""]]:
    """Return the highest score and its first position, by two reductions that use vector units.

    XLA's argmax on CPU is a loop over single numbers.
    """
    highest = scores.max()
    positions = jnp.arange(scores.size, dtype=jnp.int32)
    return highest, jnp.min(jnp.where(scores == highest, positions, scores.size - 1))


def _blocks(array: Array, block: int, fill: int) -> Array:
    """Return the rows in blocks of one length, the last one filled up."""
    count = math.ceil(len(array) / block)
    widths = [(0, count * block - len(array))] + [(0, 0)] * (array.ndim - 1)
    padded = jnp.pad(array, widths, constant_values=fill)
    return padded.reshape(count, block, *array.shape[1:])
