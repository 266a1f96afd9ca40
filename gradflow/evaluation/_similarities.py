"""Pairs of words that people judged, and how well cosines agree with them."""

import dataclasses
from typing import Unpack

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath, shown_path
from gradflow.evaluation._files import source_path, text_lines
from gradflow.evaluation._lookup import Lookup, LookupOptions, Words
from gradflow.evaluation._normalise_rows import unit_rows
from gradflow.evaluation._validate_questions import check_name, numbers_of, word_tuples

_KNOWN = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}


class IndexedSimilarities(eqx.Module):
    """Pairs of words of one vocabulary, as rows of W, which `SimilaritySet.indexed` makes.

    Attributes:
        pairs: (n, 2), the rows of both words; 0 for unknown words.
        known: (n,), 1 where both words are in the vocabulary, else 0.
        judged: (n,), the similarities that people gave.
        covered: How many pairs have both words in the vocabulary.
        total: How many pairs there are.
        size: V.
        name: The name of the set.
    """

    pairs: Int[Array, "n 2"]
    known: Int[Array, " n"]
    judged: Float[Array, " n"]
    covered: int = eqx.field(static=True)
    total: int = eqx.field(static=True)
    size: int = eqx.field(static=True)
    name: str = eqx.field(static=True)


@dataclasses.dataclass(frozen=True, eq=False)
class SimilaritySet:
    """Pairs of words with the similarity that people gave them.

    Attributes:
        pairs: The pairs of words.
        judged: One number a pair, in any unit.
        name: The name of the set in tables and figures.

    Raises:
        ArgumentError: A pair has other than two words, or there is not one finite number for each.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import SimilaritySet
        >>> SimilaritySet((("sun", "moon"), ("sun", "bread")), (7.0, 1.5))
        SimilaritySet('similarities', 2 pairs)
    """

    pairs: tuple[tuple[str, str], ...]
    judged: tuple[float, ...]
    name: str = "similarities"

    def __post_init__(self) -> None:
        pairs = word_tuples("pairs", self.pairs, 2)
        judged = numbers_of("judged", self.judged, len(pairs), "pairs")
        for name, value in (("pairs", pairs), ("judged", judged)):
            object.__setattr__(self, name, value)  # the dataclass is frozen
        check_name(self.name)

    def __repr__(self) -> str:
        return f"SimilaritySet({self.name!r}, {len(self.pairs)} pairs)"

    def indexed(self, words: Words, **lookup: Unpack[LookupOptions]) -> IndexedSimilarities:
        """Return the pairs that a vocabulary has, once for all its embeddings.

        Args:
            words: The V words, most frequent first.
            **lookup: `restrict_vocab`, `case_insensitive` and `unknown`, as in
                `gradflow.evaluation._lookup.Lookup`.

        Returns:
            The argument of `similarity_correlation`.

        Raises:
            ArgumentError: The words are not strings, an option has no usable value, or fewer than
                two pairs have both words in the vocabulary.
        """
        policy = Lookup(**lookup)
        rows = policy.vocabulary(words).rows(self.pairs)
        is_known = np.array([two_rows is not None for two_rows in rows])
        if is_known.sum() < 2:
            wanted = f"both words of at least two of the {len(rows)} pairs"
            raise ArgumentError("words", wanted, f"{int(is_known.sum())} such pairs")
        used = np.flatnonzero(is_known) if policy.unknown == "skip" else np.arange(len(rows))
        return IndexedSimilarities(
            pairs=jnp.asarray([rows[pair] or [0, 0] for pair in used], jnp.int32),
            known=jnp.asarray(is_known[used], jnp.int32),
            judged=jnp.asarray(np.asarray(self.judged)[used]),
            covered=int(is_known.sum()),
            total=len(rows),
            size=len(words),
            name=self.name,
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
        DataError: There is no such file, gensim is missing, or a line is not two words and a
            number.

    Source: finkelstein2002, hill2015.

    Example:
        >>> import gradflow as gf
        >>> gf.load_similarities("wordsim353")
        SimilaritySet('wordsim353', 353 pairs)
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
    """Return the finite number that a text says, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


class SimilarityScores(eqx.Module):
    """How well cosines agree with the similarities that people gave.

    Attributes:
        spearman: (), correlation of ranks, equal values sharing their mean rank; nan where all
            cosines or all judgements are equal, where a vector of a pair is not finite, and where
            fewer than two pairs are covered.
        pearson: (), correlation of the values; nan in the same cases.
        covered: How many pairs have both words in the vocabulary.
        total: How many pairs there are.
        name: The name of the set.

    Example:
        >>> import gradflow as gf
        >>> vecs = gf.WordVectors(["a", "b", "c"], [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
        >>> pairs = (("a", "b"), ("b", "c"), ("a", "d"))
        >>> judged = gf.evaluation.SimilaritySet(pairs, (5.0, 3.0, 1.0))
        >>> scores = gf.score_similarities(vecs, judged)
        >>> scores.covered, scores.total
        (2, 3)
    """

    spearman: Float[Array, ""]
    pearson: Float[Array, ""]
    covered: int = eqx.field(static=True)
    total: int = eqx.field(static=True)
    name: str = eqx.field(static=True)

    @property
    def coverage(self) -> float:
        """The share of the pairs that has both words in the vocabulary."""
        return self.covered / self.total

    def table(self) -> pd.DataFrame:
        """Return one row, with columns name, spearman, pearson, covered, total."""
        correlations = {"spearman": float(self.spearman), "pearson": float(self.pearson)}
        counts = {"covered": self.covered, "total": self.total}
        return pd.DataFrame([{"name": self.name, **correlations, **counts}])


def similarity_correlation(vectors: ArrayLike, pairs: IndexedSimilarities) -> SimilarityScores:
    """Return the correlation of cosines with the similarities that people gave.

    The numbers are those of gensim's `KeyedVectors.evaluate_word_pairs`. May be called inside
    `jax.jit`, `jax.vmap` and the functions of `Snapshots`.

    Args:
        vectors: (V, d), one row a word, in the order of the words that the pairs were indexed with.
            float32 or float64, which is also the dtype of the computation. A row of zeros has
            cosine 0 with all.
        pairs: From `SimilaritySet.indexed`.

    Returns:
        Spearman's and Pearson's correlation, with coverage.

    Raises:
        ArgumentError: The vectors are of another vocabulary or hold no real numbers, or the pairs
            are not indexed.

    Source: finkelstein2002.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import SimilaritySet, similarity_correlation
        >>> judged = SimilaritySet((("a", "b"), ("b", "c"), ("a", "c")), (5.0, 3.0, 1.0))
        >>> W = [[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]
        >>> pairs = judged.indexed(["a", "b", "c"])
        >>> similarity_correlation(W, pairs).pearson.round(3)
        Array(0.866, dtype=float64)
    """
    if not isinstance(pairs, IndexedSimilarities):
        wanted = "indexed pairs: load_similarities().indexed(words)"
        raise ArgumentError("pairs", wanted, type(pairs).__name__)
    return _correlations(unit_rows(vectors, pairs.size), pairs)


@eqx.filter_jit
def _correlations(units: Float[Array, "V d"], pairs: IndexedSimilarities) -> SimilarityScores:
    """Return the correlations of vectors of unit length."""
    cosines = _cosines(units, pairs)
    judged = pairs.judged.astype(units.dtype)
    # Sorting gives nan a rank, so the correlation of ranks would not show it.
    finite = jnp.where(jnp.isfinite(cosines).all(), 1.0, jnp.nan).astype(units.dtype)
    return SimilarityScores(
        spearman=finite * _pearson(_ranks(cosines), _ranks(judged)),
        pearson=_pearson(cosines, judged),
        covered=pairs.covered,
        total=pairs.total,
        name=pairs.name,
    )


def pair_cosines(vectors: ArrayLike, pairs: IndexedSimilarities) -> Float[Array, " n"]:
    """Return the cosine of each pair, zero where a word is unknown."""
    return _cosines(unit_rows(vectors, pairs.size), pairs)


def _cosines(units: Float[Array, "V d"], pairs: IndexedSimilarities) -> Float[Array, " n"]:
    """Return the cosine of each pair of rows of unit length, zero where a word is unknown."""
    cosines = jnp.sum(units[pairs.pairs[:, 0]] * units[pairs.pairs[:, 1]], axis=1)
    return jnp.where(pairs.known > 0, cosines, 0)


def _ranks(values: Float[Array, " n"]) -> Float[Array, " n"]:
    """Return twice the mean rank from zero: how many are smaller, plus how many are not larger."""
    ordered = jnp.sort(values)
    below, up_to = (jnp.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (below + up_to).astype(values.dtype)


def _pearson(x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, ""]:
    """Return Pearson's correlation, nan where one of the two is constant.

    A constant is recognised by its range: rounding of its mean would leave differences whose
    correlation is any number.
    """
    varied = (jnp.ptp(x) > 0) & (jnp.ptp(y) > 0)
    x, y = x - x.mean(), y - y.mean()
    return jnp.where(varied, jnp.vdot(x, y) / jnp.sqrt(jnp.vdot(x, x) * jnp.vdot(y, y)), jnp.nan)
