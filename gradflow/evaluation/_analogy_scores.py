"""How many analogies were solved, by section and in all."""

from collections.abc import Iterator

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Bool, Float, Int

from gradflow._checks import shown
from gradflow._errors import ArgumentError

# The syntactic sections of Google's questions are called gram1-… to gram9-…
_SYNTACTIC = "gram"
_COUNTS = ("correct", "counted", "covered", "total")


class AnalogyScores(eqx.Module):
    """How many analogy questions were solved.

    The arrays are those of the S sections. `scores["family"]`, `scores[0]`, `scores["total"]` and
    `scores[-1]` are the scores of one row, in which all arrays but `solved` are numbers, of shape
    (). Rows are the sections; then "semantic" and "syntactic", their sums, where the sections are
    Google's; then "total".

    Attributes:
        accuracy: (), correct over counted questions of all sections together; nan where no
            question was counted or a vector is not finite.
        by_section: (S,), the accuracy of each section, nan in the same cases.
        solved: (Q,), whether each covered question was solved, in the order of the index;
            meaningless where `accuracy` is nan.
        correct: (S,), solved questions.
        counted: (S,), questions that the accuracy is over: the covered ones, or all with
            unknown="zero".
        covered: (S,), questions with all four words in the vocabulary.
        total: (S,), questions.
        sections: The names of the sections.

    Example:
        >>> import gradflow as gf
        >>> words = ["king", "man", "queen", "woman"]
        >>> asked = gf.evaluation.AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        >>> W = [[1.0, 1.0, 0], [0, 1.0, 0], [1.0, -1.0, 0], [0, -1.0, 0]]
        >>> scores = gf.evaluation.analogy_accuracy(W, asked.indexed(words))
        >>> scores.rows, int(scores["royal"].correct), int(scores[-1].covered)
        (('royal', 'total'), 1, 1)
    """

    accuracy: Float[Array, ""]
    by_section: Float[Array, "*S"]
    solved: Bool[Array, " Q"]
    correct: Int[Array, "*S"]
    counted: Int[Array, "*S"]
    covered: Int[Array, "*S"]
    total: Int[Array, "*S"]
    sections: tuple[str, ...] = eqx.field(static=True)

    @classmethod
    def from_counts(
        cls,
        sections: tuple[str, ...],
        counts: dict[str, Int[Array, " S"]],
        solved: Bool[Array, " Q"],
        factor: Float[Array, ""],
    ) -> "AnalogyScores":
        """Return the scores of counted questions.

        Args:
            sections: The names of the sections.
            counts: The arrays `correct`, `counted`, `covered` and `total`.
            solved: (Q,), whether each covered question was solved.
            factor: 1, or nan where the vectors were not finite; its dtype is that of accuracies.
        """
        correct, counted = counts["correct"], counts["counted"]
        return cls(
            accuracy=factor * _ratio(correct.sum(), counted.sum(), factor.dtype),
            by_section=factor * _ratio(correct, counted, factor.dtype),
            solved=solved,
            **counts,
            sections=sections,
        )

    @property
    def coverage(self) -> Float[Array, ""]:
        """The share of the questions that has all four words in the vocabulary."""
        return self.covered.sum() / self.total.sum()

    @property
    def rows(self) -> tuple[str, ...]:
        """The names of all rows: sections, their sums where they are Google's, and the total."""
        if self.correct.ndim == 0:
            return self.sections
        return (*self.sections, *(("semantic", "syntactic") if self._is_google else ()), "total")

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator["AnalogyScores"]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, row: int | str) -> "AnalogyScores":
        rows = self.rows
        if isinstance(row, str) and row not in rows:
            raise ArgumentError("row", f"one of {', '.join(rows)}", shown(row))
        index = rows.index(row) if isinstance(row, str) else range(len(rows))[row]
        if self.correct.ndim == 0:
            return self
        in_row = self._sections_of(index)
        counts = {
            name: jnp.where(in_row, getattr(self, name), 0).sum(dtype=self.correct.dtype)
            for name in _COUNTS
        }
        # Zero, or nan where vectors were not finite: then no section has an accuracy.
        invalid = 0 * self.accuracy
        ratio = _ratio(counts["correct"], counts["counted"], invalid.dtype) + invalid
        return AnalogyScores(ratio, ratio, self.solved, **counts, sections=(rows[index],))

    def table(self, *, sums: bool = False) -> pd.DataFrame:
        """Return one row a section: section, correct, counted, covered, total, accuracy.

        Args:
            sums: Whether the rows of all sums follow those of the sections.
        """
        count = len(self) if sums else len(self.sections)
        members = np.array([self._sections_of(index) for index in range(count)])
        columns = {name: members @ np.atleast_1d(getattr(self, name)) for name in _COUNTS}
        correct, counted = columns["correct"], columns["counted"]
        invalid = 0 * float(self.accuracy)  # nan where vectors were not finite
        accuracies = np.where(counted > 0, correct / np.maximum(counted, 1), np.nan) + invalid
        return pd.DataFrame(
            {"section": self.rows[:count], **columns, "accuracy": accuracies.astype(float)}
        )

    @property
    def _is_google(self) -> bool:
        """Whether some sections, but not all, have names of Google's syntactic ones."""
        return 0 < sum(name.startswith(_SYNTACTIC) for name in self.sections) < len(self.sections)

    def _sections_of(self, index: int) -> Bool[np.ndarray, " S"]:
        """Return which sections a row is about."""
        count = len(self.sections)
        if index < count:
            return np.arange(count) == index
        syntactic = np.array([name.startswith(_SYNTACTIC) for name in self.sections], bool)
        sums = {"semantic": ~syntactic, "syntactic": syntactic, "total": np.ones(count, bool)}
        return sums[self.rows[index]]


def _ratio(
    correct: Int[Array, "*S"], counted: Int[Array, "*S"], dtype: jnp.dtype
) -> Float[Array, "*S"]:
    """Return correct over counted, nan where nothing was counted."""
    quotient = correct.astype(dtype) / jnp.maximum(counted, 1).astype(dtype)
    return jnp.where(counted > 0, quotient, jnp.nan)
