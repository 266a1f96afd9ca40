"""Which row of W a word of a question means."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Int

from gradflow._checks import one_of, positive_int, shown
from gradflow._errors import ArgumentError

# What becomes of questions with a word outside the vocabulary.
Unknown = Literal["skip", "zero"]
UNKNOWN: tuple[Unknown, ...] = ("skip", "zero")


@dataclasses.dataclass(frozen=True, eq=False)
class Vocabulary:
    """The first n words, seen as one where they differ in case alone.

    Attributes:
        positions: The first row of each word, by its folded form.
        groups: (n,), for each row the first one whose word has the same folded form.
        size: V, rows of W; n of them are looked at.
        case_insensitive: Whether words are folded to upper case, as gensim does.
    """

    positions: dict[str, int]
    groups: Int[np.ndarray, " n"]
    size: int
    case_insensitive: bool

    def position(self, word: str) -> int | None:
        """The row that a word means, if it has one."""
        return self.positions.get(word.upper() if self.case_insensitive else word)

    def rows(self, questions: Sequence[Sequence[str]]) -> list[list[int] | None]:
        """Rows of all words of each question; None where one is not in the vocabulary."""
        found = ([self.position(word) for word in words] for words in questions)
        return [
            None if None in rows else [row for row in rows if row is not None] for rows in found
        ]


def vocabulary(
    words: Sequence[str], restrict_vocab: int | None, case_insensitive: bool
) -> Vocabulary:
    """What questions are looked up in.

    Raises:
        ArgumentError: The words are not strings, or `restrict_vocab` is not a positive integer.
    """
    # A set has no order, and a generator is gone once it was looked at.
    listed = isinstance(words, Sequence | np.ndarray | pd.Index | pd.Series)
    flat = listed and not isinstance(words, str) and getattr(words, "ndim", 1) == 1
    if not flat or not all(isinstance(word, str) for word in words):
        raise ArgumentError("words", "the V words, as strings", shown(words))
    if restrict_vocab is not None:
        positive_int("restrict_vocab", restrict_vocab)
    folded = [word.upper() if case_insensitive else word for word in list(words)[:restrict_vocab]]
    positions: dict[str, int] = {}
    for row, word in enumerate(folded):
        positions.setdefault(word, row)
    groups = np.array([positions[word] for word in folded], np.int32)
    return Vocabulary(positions, groups, len(words), bool(case_insensitive))


def checked_unknown(unknown: Unknown) -> Unknown:
    """One of the two, or an error that says so."""
    one_of("unknown", unknown, UNKNOWN)
    return unknown
