"""How words of questions are looked up in a vocabulary: one policy for all question sets."""

import dataclasses
from collections.abc import Sequence
from typing import Literal, TypedDict

import numpy as np
import pandas as pd
from jaxtyping import Int

from gradflow._checks import one_of, positive_int, shown
from gradflow._errors import ArgumentError

Unknown = Literal["skip", "zero"]
UNKNOWN: tuple[Unknown, ...] = ("skip", "zero")

Rows = list[list[int] | None]
# Words of a vocabulary, in order.
Words = Sequence[str] | np.ndarray | pd.Index | pd.Series


class LookupOptions(TypedDict, total=False):
    """The fields of `Lookup` as the keywords that public functions take."""

    restrict_vocab: int | None
    case_insensitive: bool
    unknown: Unknown


@dataclasses.dataclass(frozen=True)
class Lookup:
    """A policy by which the words of questions are found in a vocabulary.

    The fields and their defaults are those of gensim's `evaluate_word_analogies` and
    `evaluate_word_pairs`, so that the numbers of both libraries agree without any option. Public
    functions take the fields as keywords.

    Attributes:
        restrict_vocab: Only that many words from the start of the vocabulary, the most frequent
            ones, are used, as words of questions and as answers; None for all.
        case_insensitive: Whether words are folded to upper case. Of words that then coincide, a
            question means the first. In analogies each of them is a right answer, and none of them
            is an answer where it is a word of the question.
        unknown: What happens to questions with a word outside the vocabulary: "skip" leaves them
            out; "zero" counts an analogy as wrong and gives a pair similarity 0 (gensim's
            `dummy4unknown=True`).

    Raises:
        ArgumentError: `restrict_vocab` is not a positive integer, or `unknown` is another word.

    Example:
        >>> import gradflow as gf
        >>> Lookup(restrict_vocab=1000)
        Lookup(restrict_vocab=1000, case_insensitive=True, unknown='skip')
    """

    restrict_vocab: int | None = 300_000
    case_insensitive: bool = True
    unknown: Unknown = "skip"

    def __post_init__(self) -> None:
        if self.restrict_vocab is not None:
            positive_int("restrict_vocab", self.restrict_vocab)
        one_of("unknown", self.unknown, UNKNOWN)

    def vocabulary(self, words: Words) -> "Vocabulary":
        """Return the part of a vocabulary that questions are looked up in.

        Raises:
            ArgumentError: The words are not a sequence of strings.
        """
        # A set has no order, and a generator is empty once it has been iterated over.
        ordered = isinstance(words, Sequence | np.ndarray | pd.Index | pd.Series)
        flat = ordered and not isinstance(words, str) and getattr(words, "ndim", 1) == 1
        if not flat or not all(isinstance(word, str) for word in words):
            raise ArgumentError("words", "the V words, as strings", shown(words))
        folded = [self.fold(word) for word in list(words)[: self.restrict_vocab]]
        positions: dict[str, int] = {}
        for row, word in enumerate(folded):
            positions.setdefault(word, row)
        groups = np.array([positions[word] for word in folded], np.int32)
        return Vocabulary(positions, groups, len(words), self)

    def fold(self, word: str) -> str:
        """Return the form under which a word is looked up: in upper case, as gensim folds it."""
        return word.upper() if self.case_insensitive else word


@dataclasses.dataclass(frozen=True, eq=False)
class Vocabulary:
    """The first n words of a vocabulary, words of the same folded form being one.

    Attributes:
        positions: The first row of each word, by its folded form.
        groups: (n,), for each row the first row whose word has the same folded form.
        size: V, the number of rows of W, of which n are used.
        lookup: The policy.
    """

    positions: dict[str, int]
    groups: Int[np.ndarray, " n"]
    size: int
    lookup: Lookup

    def position(self, word: str) -> int | None:
        """Return the row that a word means, or None for an unknown word."""
        return self.positions.get(self.lookup.fold(word))

    def rows(self, questions: Sequence[Sequence[str]]) -> Rows:
        """Return the rows of the words of each question, or None where a word is unknown."""
        positions = ([self.position(word) for word in words] for words in questions)
        return [
            None if None in rows else [row for row in rows if row is not None] for rows in positions
        ]
