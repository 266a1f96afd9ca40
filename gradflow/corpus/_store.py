"""The interface of both stores: the words of a text as ids, after one pass over it."""

import abc
from collections.abc import Callable, Iterator

import numpy as np

from gradflow.corpus._spool import IdSpool

BREAK = -1  # an id between documents: no pair reaches across it
GAP = -2  # an id that keeps a place in the text, for a word that is not counted


class Store(abc.ABC):
    """The words of a text in order, four bytes each, and how often each occurs.

    A text is read once, so that a generator will do, and memory is bounded: ids beyond a number of
    bytes go to a temporary file. Only the distinct words must fit.

    Attributes:
        check: Called now and then while words come in, to stop the reading with an error.
    """

    check: Callable[[], None]

    def __init__(self, memory_bytes: int) -> None:
        self._spool = IdSpool("texts_or_path", memory_bytes)
        self.check = lambda: None

    @property
    @abc.abstractmethod
    def documents(self) -> int:
        """The number of documents with at least one word."""

    @property
    @abc.abstractmethod
    def tokens(self) -> int:
        """The number of words, repeated ones included."""

    @property
    @abc.abstractmethod
    def distinct(self) -> int:
        """The number of distinct words."""

    @abc.abstractmethod
    def words_of(self, ids: np.ndarray) -> list[str]:
        """Return the words of some ids."""

    @abc.abstractmethod
    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """Return all ids from the start, `BREAK` after each document, `size` at a time."""

    @abc.abstractmethod
    def counts(self) -> np.ndarray:
        """Return how often each distinct word occurs, (words,) int64."""

    @property
    def words(self) -> list[str]:
        """The distinct words; a word's position is its id."""
        return self.words_of(np.arange(self.distinct))

    @property
    def positions(self) -> int:
        """The number of words and of ends of documents."""
        return self.tokens + self.documents

    def close(self) -> None:
        """Release the memory and the temporary file."""
        self._spool.close()
