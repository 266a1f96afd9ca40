"""Task vectors of a relation: the differences of its pairs, their mean, their spectrum."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int
from numpy.typing import ArrayLike

from gradflow._checks import real_array, shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._marchenko_pastur_fit import MarchenkoPasturFit, fit_marchenko_pastur
from gradflow.evaluation._normalise_rows import unit_rows
from gradflow.evaluation._relations import IndexedRelations


@dataclasses.dataclass(frozen=True, eq=False)
class TaskVectors:
    """Differences b − a of the pairs of all relations.

    Columns are those of the embeddings: where these are eigenvectors times √λ, column k is the
    eigen-feature k, and so are the columns of everything that is made of them.

    Attributes:
        differences: (n, d), one row a pair.
        pairs: The n pairs of words.
        relation: (n,), the relation of each pair, as a position in `relations`.
        relations: The S names of the relations.
        noise: (d,), the eigenvalues of the covariance of all words, falling: in which directions
            words, and so the differences of unrelated words, are spread.

    Example:
        >>> import gradflow as gf
        >>> asked = gf.evaluation.AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> words = ["king", "man", "queen", "woman", "tree"]
        >>> W = [[2.0, 1.0], [0.0, 1.0], [2.0, -1.0], [0.0, -1.0], [1.0, 0.0]]
        >>> pairs = gf.evaluation.RelationSet.of(asked).indexed(words)
        >>> gf.evaluation.task_vectors(W, pairs, unit=False).of("royal")
        array([[2., 0.],
               [2., 0.]])
    """

    differences: Float64[np.ndarray, "n d"]
    pairs: tuple[tuple[str, str], ...]
    relation: Int[np.ndarray, " n"]
    relations: tuple[str, ...]
    noise: Float64[np.ndarray, " d"]

    @property
    def dimension(self) -> float:
        """(tr Σ)²/tr Σ², with Σ the covariance of all words: how many directions they fill."""
        return float(self.noise.sum() ** 2 / (self.noise**2).sum())

    def of(self, relation: str) -> Float64[np.ndarray, "n d"]:
        """Return the differences of one relation.

        Raises:
            ArgumentError: There is no such relation.
        """
        if relation not in self.relations:
            raise ArgumentError("relation", f"one of {', '.join(self.relations)}", shown(relation))
        return self.differences[self.relation == self.relations.index(relation)]

    def mean(self, relation: str) -> Float64[np.ndarray, " d"]:
        """Return the mean difference, column by column; nan without pairs."""
        differences = self.of(relation)
        return (
            differences.mean(axis=0) if len(differences) else np.full(differences.shape[1], np.nan)
        )

    def significance(self, relation: str) -> Float64[np.ndarray, " d"]:
        """Return the mean difference over its standard error, column by column.

        Where the true mean of a column is zero, this is Student's t with n − 1 degrees of freedom.
        It is nan with fewer than two pairs.
        """
        differences = self.of(relation)
        if len(differences) < 2:
            return np.full(differences.shape[1], np.nan)
        error = differences.std(axis=0, ddof=1) / np.sqrt(len(differences))
        return differences.mean(axis=0) / np.where(error > 0, error, np.nan)

    def strength(self, relation: str) -> tuple[float, float]:
        """Return ‖μ‖² and tr Σ of the model b − a = μ + noise of covariance Σ, without bias.

        ‖μ‖² is the mean product of two different pairs' differences, so it may come out negative
        where there is no signal.

        Returns:
            Signal and noise, squared lengths; nan with fewer than two pairs.
        """
        return strength_of(self.of(relation))

    def eigenvalues(self, relation: str) -> Float64[np.ndarray, " m"]:
        """Return the m = min(n, d) eigenvalues of RRᵀ/n, falling, R (n, d) the differences."""
        return second_moments(self.of(relation))

    def fit(self, relation: str, **options: Any) -> MarchenkoPasturFit:
        """Return the bulk of a relation's spectrum and its outliers, by `fit_marchenko_pastur`.

        Args:
            relation: Its name.
            **options: The options of `fit_marchenko_pastur`; by default noise is spread over
                directions as all words are.

        Raises:
            ArgumentError: The relation has fewer than three pairs, or an option has no usable
                value.
        """
        differences = self.of(relation)
        if len(differences) < 3:
            raise ArgumentError(
                "relation", "one of at least three pairs", f"{len(differences)} pairs"
            )
        options = {"dimension": self.noise, **options}
        return fit_marchenko_pastur(second_moments(differences), len(differences), **options)

    def table(self, **options: Any) -> pd.DataFrame:
        """Return a row for each relation of at least three pairs.

        Args:
            **options: The options of `fit_marchenko_pastur`.

        Returns:
            Columns relation, pairs, signal, noise, snr (signal over noise), outliers, p_value (of
            the largest eigenvalue), distance (of the bulk from its law); the last three are nan
            where differences span fewer than three directions.
        """
        rows = []
        for relation in self.relations:
            differences = self.of(relation)
            if len(differences) < 3:
                continue
            signal, noise = self.strength(relation)
            ratio = signal / noise if noise > 0 else np.nan
            tests: tuple[float, ...] = (np.nan, np.nan, np.nan)
            if np.linalg.matrix_rank(differences) >= 3:
                fit = self.fit(relation, **options)
                tests = (fit.outliers, fit.p_values[0], fit.distance)
            rows.append((relation, len(differences), signal, noise, ratio, *tests))
        names = ["relation", "pairs", "signal", "noise", "snr", "outliers", "p_value", "distance"]
        return pd.DataFrame(rows, columns=names)


def task_vectors(
    vectors: ArrayLike, relations: IndexedRelations, *, unit: bool = True
) -> TaskVectors:
    """Return the difference of the two words of every pair.

    Args:
        vectors: (V, d), one row a word, in the order of the words that the relations are about.
            To project on eigenvectors instead of eigen-features, give those, with `unit=False`.
        relations: The pairs, from `RelationSet.indexed`.
        unit: Whether rows become unit vectors first, as in analogies. Otherwise noise differs from
            word to word, and spectra fit their law less well where d is large: at d = 160 and 640
            the distance from it is 1.06 and 1.7 times as large (`experiments/relations`, V =
            5,000; no difference at d = 40).

    Returns:
        Differences and their spectra, of all relations.

    Raises:
        ArgumentError: The vectors are of another vocabulary or hold no real numbers, or the
            relations are not indexed.

    Source: karkada2025, section 4.

    Example:
        >>> import gradflow as gf
        >>> asked = gf.evaluation.AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> words = ["king", "man", "queen", "woman", "tree"]
        >>> W = [[2.0, 1.0], [0.0, 1.0], [2.0, -1.0], [0.0, -1.0], [1.0, 0.0]]
        >>> pairs = gf.evaluation.RelationSet.of(asked).indexed(words)
        >>> gf.evaluation.task_vectors(W, pairs, unit=False).mean("royal")
        array([2., 0.])
    """
    if not isinstance(relations, IndexedRelations):
        wanted = "indexed relations: RelationSet.of(load_analogies()).indexed(words)"
        raise ArgumentError("relations", wanted, type(relations).__name__)
    if unit:
        rows = np.asarray(unit_rows(vectors, relations.size), np.float64)
    else:
        rows = real_array("vectors", vectors)
        if rows.ndim != 2 or len(rows) != relations.size:
            wanted = f"shape (V, d) with V = {relations.size}, one row a word"
            raise ArgumentError("vectors", wanted, f"shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise ArgumentError("vectors", "finite numbers", "others")
    first, second = relations.rows.T
    return TaskVectors(
        differences=rows[second] - rows[first],
        pairs=relations.pairs,
        relation=relations.relation,
        relations=relations.relations,
        noise=_covariance_eigenvalues(rows),
    )


def _covariance_eigenvalues(rows: Float64[np.ndarray, "V d"]) -> Float64[np.ndarray, " d"]:
    """Return the eigenvalues of the covariance of rows, falling."""
    centred = rows - rows.mean(axis=0)
    covariance = centred.T @ centred / len(rows)
    return np.maximum(np.linalg.eigvalsh(covariance)[::-1], 0)


def strength_of(differences: Float64[np.ndarray, "n d"]) -> tuple[float, float]:
    """Return ‖μ‖² and tr Σ without bias; nan with fewer than two rows.

    The squared length of a mean of n rows is ‖μ‖² + tr Σ/n on average: the second is taken off.
    """
    n = len(differences)
    if n < 2:
        return float("nan"), float("nan")
    mean = differences.mean(axis=0)
    noise = float(((differences - mean) ** 2).sum()) / (n - 1)
    return float(mean @ mean) - noise / n, noise


def second_moments(differences: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, " m"]:
    """Return the squared singular values over n, falling."""
    if not differences.size:
        return np.zeros(0)
    return np.linalg.svd(differences, compute_uv=False) ** 2 / len(differences)
