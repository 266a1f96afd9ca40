"""Analogy questions: a is to b as c is to which word?"""

import dataclasses
from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath
from gradflow._files import shown as shown_path
from gradflow.evaluation._files import source_path, text_lines
from gradflow.evaluation._validate_questions import one_each, one_name, strings, word_tuples
from gradflow.evaluation._vocabulary import Unknown, checked_unknown, vocabulary

_KNOWN = {"google": "questions-words.txt"}
# gensim's default, so that its numbers and these are the same without any option.
RESTRICT_VOCAB = 300_000


class IndexedAnalogies(eqx.Module):
    """Questions whose four words are all in one vocabulary, as rows of W.

    Made by `AnalogySet.indexed`. A pytree: pass it through `jax.jit` like an array.

    Attributes:
        asked: (U,), the rows that questions are made of, each once.
        given: (Q, 3), a, b and c, as positions in `asked`.
        hidden: (Q, 3), the groups of a, b and c, which are no answers.
        answer: (Q,), the group of the fourth word.
        groups: (n,), for each row that may be an answer, the first that differs in case alone.
        section: (Q,), the section of each question.
        counted: (S,), by how many the correct ones are divided, in each section.
        covered: (S,), questions with all four words in the vocabulary.
        total: (S,), questions.
        sections: The S names.
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
        sections: Their names.
        name: What tables and figures call the set.

    Raises:
        ArgumentError: A question of other than four words, or not one section of `sections` each.
    """

    questions: tuple[tuple[str, str, str, str], ...]
    section: tuple[int, ...]
    sections: tuple[str, ...]
    name: str = "analogies"

    def __post_init__(self) -> None:
        sections = strings("sections", self.sections)
        questions = word_tuples("questions", self.questions, 4)
        section = one_each("section", self.section, len(questions), "questions", len(sections))
        for name, value in (("questions", questions), ("section", section), ("sections", sections)):
            object.__setattr__(self, name, value)  # the way into a frozen dataclass
        one_name(self.name)

    def __repr__(self) -> str:
        count, parts = len(self.questions), len(self.sections)
        return f"AnalogySet({self.name!r}, {count} questions in {parts} sections)"

    def indexed(
        self,
        words: Sequence[str],
        *,
        restrict_vocab: int | None = RESTRICT_VOCAB,
        case_insensitive: bool = True,
        unknown: Unknown = "skip",
    ) -> IndexedAnalogies:
        """The questions that a vocabulary can be asked, once for all its embeddings.

        The options are those of gensim's `KeyedVectors.evaluate_word_analogies`, and so are their
        defaults.

        Args:
            words: The V words, most frequent first.
            restrict_vocab: Only the first so many words are in the vocabulary, as words of a
                question and as answers; None: all.
            case_insensitive: Fold words to upper case. Of words that then are the same, the first
                one is what a question means; any of them is a right answer, and none of them is an
                answer where it is a word of the question.
            unknown: Questions with a word outside the vocabulary: "skip" leaves them out of the
                accuracy, "zero" counts them as wrong (gensim's `dummy4unknown=True`).

        Returns:
            What `analogy_accuracy` takes.

        Raises:
            ArgumentError: Not words, an option has no usable value, or no question has all its
                words in the vocabulary.
        """
        checked_unknown(unknown)
        known = vocabulary(words, restrict_vocab, case_insensitive)
        rows = known.rows(self.questions)
        kept = [question for question, found in enumerate(rows) if found is not None]
        if not kept:
            wanted = f"all four words of at least one of the {len(self.questions)} questions"
            raise ArgumentError("words", wanted, f"none among {len(known.groups)} words")
        quadruples = np.array([rows[question] for question in kept], np.int32)
        sections = np.asarray(self.section, np.int32)
        asked, given = np.unique(quadruples[:, :3], return_inverse=True)
        covered, total = (self._by_section(sections[kept]), self._by_section(sections))
        arrays = {
            "asked": asked,
            "given": given.reshape(-1, 3).astype(np.int32),
            "hidden": quadruples[:, :3],
            "answer": quadruples[:, 3],
            "groups": known.groups,
            "section": sections[kept],
            "counted": covered if unknown == "skip" else total,
            "covered": covered,
            "total": total,
        }
        as_arrays = {name: jnp.asarray(array) for name, array in arrays.items()}
        return IndexedAnalogies(**as_arrays, sections=self.sections, size=known.size)

    def reexpanded(self) -> "AnalogySet":
        """Every question that the word pairs of a section can make, as the paper asks them.

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
        made = [
            ((*first, *second), section)
            for section, found in enumerate(pairs)
            for first in found
            for second in found
            if first != second
        ]
        questions, sections = zip(*made, strict=True) if made else ((), ())
        return AnalogySet(questions, sections, self.sections, f"{self.name}, re-expanded")

    def _by_section(self, sections: Int[np.ndarray, " Q"]) -> Int[np.ndarray, " S"]:
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
        DataError: No such file, gensim is missing, or a line is something else.

    Source: mikolov2013efficient.
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
