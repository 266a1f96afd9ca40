"""Analogy questions: a is to b as c is to which word?"""

import dataclasses
import itertools
from typing import Unpack

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath, shown_path
from gradflow.evaluation._files import source_path, text_lines
from gradflow.evaluation._lookup import Lookup, LookupOptions, Words
from gradflow.evaluation._validate_questions import (
    check_name,
    positions_of,
    strings,
    word_tuples,
)

_KNOWN = {"google": "questions-words.txt"}


class IndexedAnalogies(eqx.Module):
    """Questions whose four words are all in one vocabulary, as rows of W.

    `AnalogySet.indexed` makes them. They are a pytree, which passes through `jax.jit` like an
    array.

    Attributes:
        asked: (U,), the different rows that a, b and c of all questions are.
        given: (Q, 3), a, b and c of each question, as positions in `asked`.
        hidden: (Q, 3), the groups of a, b and c, which are no answers.
        answer: (Q,), the group of the fourth word.
        groups: (n,), for each row that may be an answer, the first row whose word differs from its
            own in case alone.
        section: (Q,), the section of each question, as a position in `sections`.
        counted: (S,), how many questions of each section the accuracy is over.
        covered: (S,), how many questions have all four words in the vocabulary.
        total: (S,), how many questions there are.
        sections: The S names of the sections.
        size: V.
    """

    asked: Int[Array, " U"]
    given: Int[Array, "Q 3"]
    hidden: Int[Array, "Q 3"]
    answer: Int[Array, " Q"]
    groups: Int[Array, " n"]
    section: Int[Array, " Q"]
    counted: Int[Array, " S"]
    covered: Int[Array, " S"]
    total: Int[Array, " S"]
    sections: tuple[str, ...] = eqx.field(static=True)
    size: int = eqx.field(static=True)


@dataclasses.dataclass(frozen=True, eq=False)
class AnalogySet:
    """Analogy questions in sections.

    Attributes:
        questions: Tuples (a, b, c, d): a is to b as c is to d.
        section: For each question its section, as a position in `sections`.
        sections: The names of the sections.
        name: The name of the set in tables and figures.

    Raises:
        ArgumentError: A question has other than four words, or is not in one of the sections.

    Example:
        >>> import gradflow as gf
        >>> from gradflow.evaluation import AnalogySet
        >>> AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
        AnalogySet('analogies', 1 questions in 1 sections)
    """

    questions: tuple[tuple[str, str, str, str], ...]
    section: tuple[int, ...]
    sections: tuple[str, ...]
    name: str = "analogies"

    def __post_init__(self) -> None:
        sections = strings("sections", self.sections)
        questions = word_tuples("questions", self.questions, 4)
        count = len(questions)
        section = positions_of("section", self.section, count, "questions", len(sections))
        for name, value in (("questions", questions), ("section", section), ("sections", sections)):
            object.__setattr__(self, name, value)  # the dataclass is frozen
        check_name(self.name)

    def __repr__(self) -> str:
        count, parts = len(self.questions), len(self.sections)
        return f"AnalogySet({self.name!r}, {count} questions in {parts} sections)"

    def indexed(self, words: Words, **lookup: Unpack[LookupOptions]) -> IndexedAnalogies:
        """Return the questions that a vocabulary can be asked, once for all its embeddings.

        Args:
            words: The V words, most frequent first.
            **lookup: `restrict_vocab`, `case_insensitive` and `unknown`, as in
                `gradflow.evaluation._lookup.Lookup`.

        Returns:
            The argument of `analogy_accuracy`.

        Raises:
            ArgumentError: The words are not strings, an option has no usable value, or no question
                has all its words in the vocabulary.

        Example:
            >>> import gradflow as gf
            >>> from gradflow.evaluation import AnalogySet
            >>> asked = AnalogySet((("man", "king", "woman", "queen"),), (0,), ("royal",))
            >>> asked.indexed(["king", "man", "queen", "woman"]).answer
            Array([2], dtype=int32)
        """
        policy = Lookup(**lookup)
        vocabulary = policy.vocabulary(words)
        rows = vocabulary.rows(self.questions)
        covered_questions = [question for question, four in enumerate(rows) if four is not None]
        if not covered_questions:
            wanted = f"all four words of at least one of the {len(self.questions)} questions"
            raise ArgumentError("words", wanted, f"none among {len(vocabulary.groups)} words")
        quadruples = np.array([rows[question] for question in covered_questions], np.int32)
        sections = np.asarray(self.section, np.int32)
        covered_sections = sections[covered_questions]
        asked, given = np.unique(quadruples[:, :3], return_inverse=True)
        covered, total = self._by_section(covered_sections), self._by_section(sections)
        arrays = {
            "asked": asked,
            "given": given.reshape(-1, 3).astype(np.int32),
            "hidden": quadruples[:, :3],
            "answer": quadruples[:, 3],
            "groups": vocabulary.groups,
            "section": covered_sections,
            "counted": covered if policy.unknown == "skip" else total,
            "covered": covered,
            "total": total,
        }
        as_jax = {name: jnp.asarray(array) for name, array in arrays.items()}
        return IndexedAnalogies(**as_jax, sections=self.sections, size=vocabulary.size)

    def reexpanded(self) -> "AnalogySet":
        """Return every question that the word pairs of a section make, as the paper asks them.

        A question (a, b, c, d) of a section names two pairs, (a, b) and (c, d). From all different
        pairs of a section, every ordered choice of two is a question: n pairs make n(n − 1). Words
        are compared as they are written. With the questions that a vocabulary does not cover left
        out (`unknown="skip"`), those of the authors' code remain, except that it also leaves out
        pairs with the most frequent word of all.

        Returns:
            The questions, section after section, pairs in the order of their first appearance.
            Sections of a single pair have none.

        Source: karkada2025, appendix on the evaluation, and the code published with it.

        Example:
            >>> pairs = AnalogySet((("a", "b", "c", "d"), ("a", "b", "e", "f")), (0, 0), ("s",))
            >>> len(pairs.reexpanded().questions)
            6
        """
        pairs: list[dict[tuple[str, str], None]] = [{} for _ in self.sections]
        for (a, b, c, d), section in zip(self.questions, self.section, strict=True):
            pairs[section] |= {(a, b): None, (c, d): None}
        numbered_questions = [
            ((*first, *second), section)
            for section, section_pairs in enumerate(pairs)
            for first, second in itertools.permutations(section_pairs, 2)
        ]
        questions = tuple(question for question, _ in numbered_questions)
        sections = tuple(section for _, section in numbered_questions)
        return AnalogySet(questions, sections, self.sections, f"{self.name}, re-expanded")

    def _by_section(self, sections: Int[np.ndarray, " Q"]) -> Int[np.ndarray, " S"]:
        """Return how many questions each section has."""
        return np.bincount(sections, minlength=len(self.sections)).astype(np.int32)


def load_analogies(source: StrPath = "google") -> AnalogySet:
    """Read analogy questions.

    Args:
        source: "google" for the 19,544 questions in 14 sections published with word2vec, which the
            package gensim carries (`pip install gradflow[evaluation]`); or the path of a UTF-8
            text of the same format: a line of four words a question, after a line `: section`.

    Returns:
        The questions.

    Raises:
        DataError: There is no such file, gensim is missing, or a line is neither a section nor
            four words.

    Source: mikolov2013efficient.

    Example:
        >>> import gradflow as gf
        >>> gf.load_analogies("google")
        AnalogySet('google', 19544 questions in 14 sections)
    """
    path = source_path("source", source, _KNOWN)
    sections: list[str] = []
    questions: list[tuple[str, str, str, str]] = []
    section: list[int] = []
    for number, line in text_lines("source", path):
        if line.startswith(":"):
            sections.append(line[1:].strip())
            continue
        words = line.split()
        if len(words) != 4 or not sections:
            wanted = "four words a line, after a line ': section'"
            got = f"{len(words)} words in line {number} of {shown_path(path)}"
            raise DataError("source", wanted, got if sections else f"no section before {got}")
        a, b, c, d = words
        questions.append((a, b, c, d))
        section.append(len(sections) - 1)
    if not questions:
        raise DataError("source", "a file of questions", f"none in {shown_path(path)}")
    name = str(source) if source in _KNOWN else path.stem
    return AnalogySet(tuple(questions), tuple(section), tuple(sections), name)
