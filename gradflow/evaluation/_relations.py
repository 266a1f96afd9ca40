"""Relations between words, as the pairs that the analogy questions of a section are made of."""

import dataclasses

import numpy as np
from jaxtyping import Int

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import AnalogySet
from gradflow.evaluation._lookup import Lookup, Words
from gradflow.evaluation._validate_questions import (
    check_name,
    positions_of,
    strings,
    word_tuples,
)


@dataclasses.dataclass(frozen=True, eq=False)
class IndexedRelations:
    """Pairs whose two words are in one vocabulary, as rows of W, which `RelationSet.indexed` makes.

    Attributes:
        rows: (n, 2), the rows of a and b.
        pairs: The n pairs as words.
        relation: (n,), the relation of each pair, as a position in `relations`.
        relations: The S names of the relations.
        total: (S,), how many pairs each relation has, in the vocabulary or not.
        size: V.
    """

    rows: Int[np.ndarray, "n 2"]
    pairs: tuple[tuple[str, str], ...]
    relation: Int[np.ndarray, " n"]
    relations: tuple[str, ...]
    total: Int[np.ndarray, " S"]
    size: int

    @property
    def covered(self) -> Int[np.ndarray, " S"]:
        """(S,), how many pairs of each relation are in the vocabulary."""
        return np.bincount(self.relation, minlength=len(self.relations))


@dataclasses.dataclass(frozen=True, eq=False)
class RelationSet:
    """Pairs of words (a, b) in relations: how b is related to a is the same in all its pairs.

    Attributes:
        pairs: The pairs.
        relation: For each pair its relation, as a position in `relations`.
        relations: The names of the relations.
        name: The name of the set in tables and figures.

    Raises:
        ArgumentError: A pair has other than two words, or is not in one of the relations.

    Example:
        >>> import gradflow as gf
        >>> asked = (("man", "king", "woman", "queen"), ("woman", "queen", "man", "king"))
        >>> gf.evaluation.RelationSet.of(gf.evaluation.AnalogySet(asked, (0, 0), ("royal",))).pairs
        (('man', 'king'), ('woman', 'queen'))
    """

    pairs: tuple[tuple[str, str], ...]
    relation: tuple[int, ...]
    relations: tuple[str, ...]
    name: str = "relations"

    def __post_init__(self) -> None:
        relations = strings("relations", self.relations)
        pairs = word_tuples("pairs", self.pairs, 2)
        count = len(pairs)
        relation = positions_of("relation", self.relation, count, "pairs", len(relations))
        for name, value in (("pairs", pairs), ("relation", relation), ("relations", relations)):
            object.__setattr__(self, name, value)  # the dataclass is frozen
        check_name(self.name)

    def __repr__(self) -> str:
        count, parts = len(self.pairs), len(self.relations)
        return f"RelationSet({self.name!r}, {count} pairs in {parts} relations)"

    @classmethod
    def of(cls, analogies: AnalogySet) -> "RelationSet":
        """Return the different pairs of each section of analogy questions, in their order.

        Raises:
            ArgumentError: The argument is not a set of analogy questions.
        """
        if not isinstance(analogies, AnalogySet):
            wanted = "an AnalogySet, as of load_analogies"
            raise ArgumentError("analogies", wanted, shown(analogies))
        distinct: dict[tuple[int, str, str], None] = {}
        for (a, b, c, d), section in zip(analogies.questions, analogies.section, strict=True):
            distinct |= dict.fromkeys([(section, a, b), (section, c, d)])
        ordered = sorted(distinct, key=lambda pair: pair[0])  # stable: order within sections stays
        pairs = tuple((a, b) for _, a, b in ordered)
        relation = tuple(section for section, _, _ in ordered)
        return cls(pairs, relation, analogies.sections, analogies.name)

    def indexed(
        self,
        words: Words,
        *,
        restrict_vocab: int | None = Lookup.restrict_vocab,
        case_insensitive: bool = Lookup.case_insensitive,
        shared_words: bool = False,
    ) -> IndexedRelations:
        """Return the pairs that a vocabulary has, once for all its embeddings.

        Args:
            words: The V words, most frequent first.
            restrict_vocab: As in `gradflow.evaluation._lookup.Lookup`.
            case_insensitive: As in `gradflow.evaluation._lookup.Lookup`.
            shared_words: Whether pairs stay that share a word with an earlier pair of the same
                relation, such as a second city in the same state. The differences of such pairs
                are correlated, which a spectrum shows as structure that the relation does not
                have.

        Returns:
            The argument of `task_vectors`.

        Raises:
            ArgumentError: The words are not strings, an option has no usable value, or no pair has
                both its words in the vocabulary.
        """
        lookup = Lookup(restrict_vocab, case_insensitive)
        rows = lookup.vocabulary(words).rows(self.pairs)
        covered: list[int] = []
        used: set[tuple[int, int]] = set()
        for pair, (both_rows, section) in enumerate(zip(rows, self.relation, strict=True)):
            # Two words that differ in case alone are one row, whose difference is zero.
            if both_rows is None or both_rows[0] == both_rows[1]:
                continue
            keys = {(section, row) for row in both_rows}
            if shared_words or not keys & used:
                used |= keys
                covered.append(pair)
        if not covered:
            wanted = f"both words of at least one of the {len(self.pairs)} pairs"
            raise ArgumentError("words", wanted, f"none among {len(words)} words")
        relation = np.asarray(self.relation, np.int64)
        return IndexedRelations(
            rows=np.array([rows[pair] for pair in covered], np.int64),
            pairs=tuple(self.pairs[pair] for pair in covered),
            relation=relation[covered],
            relations=self.relations,
            total=np.bincount(relation, minlength=len(self.relations)),
            size=len(words),
        )
