"""Relations between words as pairs: what all analogy questions of a section are about."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from gradflow._checks import shown
from gradflow._errors import ArgumentError
from gradflow.evaluation._analogies import RESTRICT_VOCAB, AnalogySet
from gradflow.evaluation._validate_questions import one_each, one_name, strings, word_tuples
from gradflow.evaluation._vocabulary import vocabulary


@dataclasses.dataclass(frozen=True, eq=False)
class IndexedRelations:
    """Pairs whose two words are in one vocabulary, as rows of W.

    Made by `RelationSet.indexed`.

    Attributes:
        rows: (n, 2), a and b.
        pairs: The n pairs as words.
        relation: (n,), the relation of each, as a position in `relations`.
        relations: The S names.
        total: (S,), pairs of each relation, in the vocabulary or not.
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
        """How many pairs of each relation there are."""
        return np.bincount(self.relation, minlength=len(self.relations))


@dataclasses.dataclass(frozen=True, eq=False)
class RelationSet:
    """Pairs of words (a, b), where b is to a the same in all pairs of a relation.

    Attributes:
        pairs: The pairs.
        relation: For each pair its relation, as a position in `relations`.
        relations: Their names.
        name: What tables and figures call the set.

    Raises:
        ArgumentError: A pair of other than two words, or not one relation of `relations` each.

    Example:
        >>> import gradflow as gf
        >>> asked = (("man", "king", "woman", "queen"), ("woman", "queen", "man", "king"))
        >>> gf.RelationSet.of(gf.AnalogySet(asked, (0, 0), ("royal",))).pairs
        (('man', 'king'), ('woman', 'queen'))
    """

    pairs: tuple[tuple[str, str], ...]
    relation: tuple[int, ...]
    relations: tuple[str, ...]
    name: str = "relations"

    def __post_init__(self) -> None:
        relations = strings("relations", self.relations)
        pairs = word_tuples("pairs", self.pairs, 2)
        relation = one_each("relation", self.relation, len(pairs), "pairs", len(relations))
        for name, value in (("pairs", pairs), ("relation", relation), ("relations", relations)):
            object.__setattr__(self, name, value)  # the way into a frozen dataclass
        one_name(self.name)

    def __repr__(self) -> str:
        count, parts = len(self.pairs), len(self.relations)
        return f"RelationSet({self.name!r}, {count} pairs in {parts} relations)"

    @classmethod
    def of(cls, analogies: AnalogySet) -> "RelationSet":
        """The distinct pairs of each section of analogy questions, in their order.

        Raises:
            ArgumentError: No analogy questions.
        """
        if not isinstance(analogies, AnalogySet):
            wanted = "an AnalogySet, as of load_analogies"
            raise ArgumentError("analogies", wanted, shown(analogies))
        found: dict[tuple[int, str, str], None] = {}
        for (a, b, c, d), section in zip(analogies.questions, analogies.section, strict=True):
            found |= dict.fromkeys([(section, a, b), (section, c, d)])
        ordered = sorted(found, key=lambda pair: pair[0])  # stable
        pairs = tuple((a, b) for _, a, b in ordered)
        relation = tuple(section for section, _, _ in ordered)
        return cls(pairs, relation, analogies.sections, analogies.name)

    def indexed(
        self,
        words: Sequence[str],
        *,
        restrict_vocab: int | None = RESTRICT_VOCAB,
        case_insensitive: bool = True,
        shared_words: bool = False,
    ) -> IndexedRelations:
        """The pairs that a vocabulary has, once for all its embeddings.

        Args:
            words: The V words, most frequent first.
            restrict_vocab: Only the first so many words are in the vocabulary; None: all.
            case_insensitive: Fold words to upper case; of words that then are the same, the first.
            shared_words: Whether to keep a pair that shares a word with an earlier one of its
                relation, such as a second city in the same state. The differences of such pairs
                are correlated, which a spectrum shows as structure that is none of the relation.

        Returns:
            What `task_vectors` takes.

        Raises:
            ArgumentError: Not words, an option has no usable value, or no pair has both its words
                in the vocabulary.
        """
        rows = vocabulary(words, restrict_vocab, case_insensitive).rows(self.pairs)
        kept: list[int] = []
        used: set[tuple[int, int]] = set()
        for pair, (found, of) in enumerate(zip(rows, self.relation, strict=True)):
            if found is None or found[0] == found[1]:
                continue
            keys = {(of, row) for row in found}
            if shared_words or not keys & used:
                used |= keys
                kept.append(pair)
        if not kept:
            wanted = f"both words of at least one of the {len(self.pairs)} pairs"
            raise ArgumentError("words", wanted, f"none among {len(words)} words")
        relation = np.asarray(self.relation, np.int64)
        return IndexedRelations(
            rows=np.array([rows[pair] for pair in kept], np.int64),
            pairs=tuple(self.pairs[pair] for pair in kept),
            relation=relation[kept],
            relations=self.relations,
            total=np.bincount(relation, minlength=len(self.relations)),
            size=len(words),
        )
