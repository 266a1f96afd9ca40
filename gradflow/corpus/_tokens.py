"""A corpus as numbers: one id a word, in order, with breaks between documents."""

import array
from collections.abc import Callable, Iterable, Iterator, Sized

import numpy as np

from gradflow._errors import ArgumentError
from gradflow.corpus._reading import BLOCK_BYTES, Progress, text_pieces
from gradflow.corpus._spool import IdSpool

Tokenizer = Callable[[str], list[str]]

BREAK = -1  # between documents: no pair reaches across
GAP = -2  # a position that is kept but whose word is not counted
RECENT = 1 << 20  # ids that wait for the next write
MEMORY_BYTES = 1 << 28  # what is kept in memory before a temporary file takes over

_ARGUMENT = "texts_or_path"


class _Numbering(dict[str, int]):
    """Gives each new word the next number."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class TokenStore:
    """The words of a corpus in order, four bytes each, after a single pass over the texts.

    One pass, so that a generator will do, and bounded memory, because ids beyond `memory_bytes`
    go to a temporary file: only the distinct words must fit.

    Attributes:
        documents: Number of documents with at least one word.
        tokens: Number of words.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._numbers = _Numbering()
        self._recent = array.array("i")
        self._spool = IdSpool(_ARGUMENT, memory_bytes)
        self._in_document = False
        self.documents = 0
        self.tokens = 0
        self.check: Callable[[], None] = lambda: None  # called now and then while words come in

    @property
    def words(self) -> list[str]:
        """Distinct words; a word's position is its id."""
        return list(self._numbers)

    @property
    def distinct(self) -> int:
        """Number of distinct words."""
        return len(self._numbers)

    def some_words(self, ids: np.ndarray) -> list[str]:
        """The words of some ids."""
        words = self.words
        return [words[i] for i in ids.tolist()]

    def check_words(self) -> None:
        """The tokenizer's words are strings, or an error that says so."""
        for word in self._numbers:
            if not isinstance(word, str):
                raise ArgumentError("tokenizer", "a function from str to list of str", repr(word))

    @property
    def positions(self) -> int:
        """Words and ends of documents."""
        return self.tokens + self.documents

    def add(self, tokens: Iterable[str], ends_document: bool) -> None:
        """Append words to the current document, and end it if asked to."""
        before = len(self._recent)
        self._recent.extend(map(self._numbers.__getitem__, tokens))
        if len(self._recent) > before:
            self.tokens += len(self._recent) - before
            self._in_document = True
        if ends_document:
            self.end_document()
        if len(self._recent) >= RECENT:
            self._flush()

    def end_document(self) -> None:
        """Nothing happens where the document has no words."""
        if self._in_document:
            self.documents += 1
            self._recent.append(BREAK)
            self._in_document = False

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """All ids from the start, `BREAK` after each document, `size` at a time."""
        self._flush()
        return self._spool.chunks(size)

    def counts(self) -> np.ndarray:
        """How often each distinct word occurs, (words,) int64."""
        total = np.zeros(len(self._numbers), np.int64)
        for chunk in self.chunks(RECENT):
            total += np.bincount(chunk[chunk >= 0], minlength=len(total))
        return total

    def close(self) -> None:
        """Give back memory and the temporary file."""
        self._spool.close()

    def _flush(self) -> None:
        if self._recent:
            self._spool.append(np.frombuffer(self._recent, np.int32))
            self._recent = array.array("i")
            self.check()


def store_file(
    store: TokenStore,
    path: str,
    tokenizer: Tokenizer,
    progress: Progress | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> None:
    """Take in a text file, one document a line."""
    for text, ends_document in text_pieces(path, progress, block_bytes):
        store.add(_tokenized(text, tokenizer), ends_document)
    store.end_document()


def store_documents(
    store: TokenStore,
    documents: Iterable[str | Iterable[str]],
    tokenizer: Tokenizer,
    progress: Progress | None = None,
) -> None:
    """Take in documents that are texts (to be tokenized) or sequences of words (kept as is)."""
    try:
        total, iterator = _length(documents), iter(documents)
    except TypeError:
        wanted = "a path, or an iterable of texts or of lists of words"
        raise ArgumentError(_ARGUMENT, wanted, type(documents).__name__) from None
    for done, document in enumerate(iterator, 1):
        if isinstance(document, str):
            words: Iterable[str] = _tokenized(document, tokenizer)
        else:
            words = _checked_words(document, f"document {done - 1}")
        store.add(words, ends_document=True)
        if progress is not None:
            progress(done, total)


def _length(documents: Iterable[object]) -> int | None:
    return len(documents) if isinstance(documents, Sized) else None


def _tokenized(text: str, tokenizer: Tokenizer) -> list[str]:
    words = tokenizer(text)
    if not isinstance(words, list):
        raise ArgumentError("tokenizer", "a function from str to list", type(words).__name__)
    return words


def _checked_words(document: object, place: str) -> list[str]:
    wanted = "documents that are texts or lists of words"
    if isinstance(document, bytes) or not isinstance(document, Iterable):
        got = f"{type(document).__name__} as {place}"
        raise ArgumentError(_ARGUMENT, wanted, got)
    words = list(document)
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError(_ARGUMENT, wanted, f"{word!r:.40} as a word of {place}")
    return words
