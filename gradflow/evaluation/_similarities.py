"""Pairs of words that people judged, and how well cosines agree with them."""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath
from gradflow._files import shown as shown_path
from gradflow.evaluation._analogies import RESTRICT_VOCAB
from gradflow.evaluation._files import source_path, text_lines
from gradflow.evaluation._normalise_rows import unit_rows
from gradflow.evaluation._validate_questions import one_each, one_name, word_tuples
from gradflow.evaluation._vocabulary import Unknown, checked_unknown, vocabulary

_KNOWN = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}


class IndexedSimilarities(eqx.Module):
    """Pairs of words of one vocabulary, as rows of W. Made by `SimilaritySet.indexed`.

    Attributes:
        pairs: (n, 2).
        known: (n,), 1 where both words are in the vocabulary, else 0.
        judged: (n,), what people said.
        covered: How many pairs have both words in the vocabulary.
        total: How many pairs there are.
        size: V.
    """

    pairs: Int[Array, "n 2"]
    known: Int[Array, " n"]
    judged: Float[Array, " n"]
    covered: int = eqx.field(static=True)
    total: int = eqx.field(static=True)
    size: int = eqx.field(static=True)


@dataclasses.dataclass(frozen=True, eq=False)
class SimilaritySet:
    """Pairs of words with the similarity that people gave them.

    Attributes:
        pairs: (word, word).
        judged: One number a pair, in any unit.
        name: What tables and figures call the set.

    Raises:
        ArgumentError: A pair of other than two words, or not one finite number each.
    """

    pairs: tuple[tuple[str, str], ...]
    judged: tuple[float, ...]
    name: str = "similarities"

    def __post_init__(self) -> None:
        pairs = word_tuples("pairs", self.pairs, 2)
        judged = one_each("judged", self.judged, len(pairs), "pairs")
        for name, value in (("pairs", pairs), ("judged", judged)):
            object.__setattr__(self, name, value)  # the way into a frozen dataclass
        one_name(self.name)

    def __repr__(self) -> str:
        return f"SimilaritySet({self.name!r}, {len(self.pairs)} pairs)"

    def indexed(
        self,
        words: Sequence[str],
        *,
        restrict_vocab: int | None = RESTRICT_VOCAB,
        case_insensitive: bool = True,
        unknown: Unknown = "skip",
    ) -> IndexedSimilarities:
        """The pairs that a vocabulary has, once for all its embeddings.

        The options are those of gensim's `KeyedVectors.evaluate_word_pairs`, and so are their
        defaults.

        Args:
            words: The V words, most frequent first.
            restrict_vocab: Only the first so many words are in the vocabulary; None: all.
            case_insensitive: Fold words to upper case; of words that then are the same, the first.
            unknown: Pairs with a word outside the vocabulary: "skip" leaves them out, "zero" gives
                them similarity 0 (gensim's `dummy4unknown=True`).

        Returns:
            What `similarity` takes.

        Raises:
            ArgumentError: Not words, an option has no usable value, or fewer than two pairs have
                both words in the vocabulary.
        """
        checked_unknown(unknown)
        rows = vocabulary(words, restrict_vocab, case_insensitive).rows(self.pairs)
        known = np.array([found is not None for found in rows])
        if known.sum() < 2:
            wanted = f"both words of at least two of the {len(rows)} pairs"
            raise ArgumentError("words", wanted, f"{int(known.sum())} such pairs")
        kept = np.flatnonzero(known) if unknown == "skip" else np.arange(len(rows))
        return IndexedSimilarities(
            pairs=jnp.asarray([rows[pair] or [0, 0] for pair in kept], jnp.int32),
            known=jnp.asarray(known[kept], jnp.int32),
            judged=jnp.asarray(np.asarray(self.judged)[kept]),
            covered=int(known.sum()),
            total=len(rows),
            size=len(words),
        )


def load_similarities(source: StrPath = "wordsim353") -> SimilaritySet:
    """Read word pairs with their human similarity scores.

    Args:
        source: "wordsim353" or "simlex999", which the package gensim carries (`pip install
            gradflow[evaluation]`); or the path of a UTF-8 text of the same format: two words and
            a number a line, separated by tabs or blanks. Lines that start with # are comments.

    Returns:
        The pairs.

    Raises:
        DataError: No such file, gensim is missing, or a line is something else.

    Source: finkelstein2002, hill2015.
    """
    path = source_path("source", source, _KNOWN)
    pairs: list[tuple[str, str]] = []
    judged: list[float] = []
    for number, line in text_lines("source", path):
        if line.startswith("#"):
            continue
        fields = line.split("\t" if "\t" in line else None)
        score = _number(fields[-1])
        if len(fields) != 3 or score is None:
            got = f"line {number} of {shown_path(path)}"
            raise DataError("source", "two words and a number a line", got)
        pairs.append((fields[0], fields[1]))
        judged.append(score)
    if not pairs:
        raise DataError("source", "a file of word pairs", f"none in {shown_path(path)}")
    name = str(source) if source in _KNOWN else path.stem
    return SimilaritySet(tuple(pairs), tuple(judged), name)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


class SimilarityScores(eqx.Module):
    """How well cosines agree with people.

    Attributes:
        spearman: (), correlation of ranks, equal values sharing their mean rank; nan where all
            cosines or all judgements are equal, and where a vector of a pair is not finite.
        pearson: (), correlation of the values; nan in the same cases.
        covered: How many pairs have both words in the vocabulary.
        total: How many pairs there are.
    """

    spearman: Float[Array, ""]
    pearson: Float[Array, ""]
    covered: int = eqx.field(static=True)
    total: int = eqx.field(static=True)

    @property
    def coverage(self) -> float:
        """Share of the pairs that has both words in the vocabulary."""
        return self.covered / self.total


def similarity(vectors: Float[Array, "V d"], pairs: IndexedSimilarities) -> SimilarityScores:
    """Correlation of the cosine of two words with the similarity that people gave them.

    The numbers are those of gensim's `KeyedVectors.evaluate_word_pairs`. May be called inside
    `jax.jit`, `jax.vmap` and the functions of `Snapshots`.

    Args:
        vectors: One row a word, in the order of the words that the pairs were indexed with.
            float32 or float64, which is also the dtype of the computation. A row of zeros has
            cosine 0 with all.
        pairs: From `SimilaritySet.indexed`.

    Returns:
        Spearman's and Pearson's correlation, with coverage.

    Raises:
        ArgumentError: Vectors of another vocabulary or of no real numbers, or pairs not indexed.

    Source: finkelstein2002.

    Example:
        >>> import gradflow as gf
        >>> judged = gf.SimilaritySet((("a", "b"), ("b", "c"), ("a", "c")), (5.0, 3.0, 1.0))
        >>> W = [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]
        >>> gf.similarity(W, judged.indexed(["a", "b", "c"])).pearson.round(3)
        Array(0.866, dtype=float64)
    """
    if not isinstance(pairs, IndexedSimilarities):
        wanted = "indexed pairs: load_similarities().indexed(words)"
        raise ArgumentError("pairs", wanted, type(pairs).__name__)
    return _correlations(unit_rows(vectors, pairs.size), pairs)


@eqx.filter_jit
def _correlations(units: Float[Array, "V d"], pairs: IndexedSimilarities) -> SimilarityScores:
    cosines = jnp.sum(units[pairs.pairs[:, 0]] * units[pairs.pairs[:, 1]], axis=1)
    cosines = jnp.where(pairs.known > 0, cosines, 0)
    judged = pairs.judged.astype(units.dtype)
    # Ranks are finite even of nan.
    finite = jnp.where(jnp.isfinite(cosines).all(), 1.0, jnp.nan).astype(units.dtype)
    return SimilarityScores(
        spearman=finite * _pearson(_ranks(cosines), _ranks(judged)),
        pearson=_pearson(cosines, judged),
        covered=pairs.covered,
        total=pairs.total,
    )


def _ranks(values: Float[Array, " n"]) -> Float[Array, " n"]:
    """Twice the mean rank from zero: how many are smaller, and how many are not larger."""
    ordered = jnp.sort(values)
    below, upto = (jnp.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + upto).astype(values.dtype)


def _pearson(x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, ""]:
    """nan where one of them is constant, which rounding of its mean must not hide."""
    varied = (jnp.ptp(x) > 0) & (jnp.ptp(y) > 0)
    x, y = x - x.mean(), y - y.mean()
    return jnp.where(varied, jnp.vdot(x, y) / jnp.sqrt(jnp.vdot(x, x) * jnp.vdot(y, y)), jnp.nan)
