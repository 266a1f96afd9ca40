"""The words of any tokenizer as ids, in order, with breaks between documents."""

import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Sized

import numpy as np

from gradflow._errors import ArgumentError
from gradflow.corpus._reading import BLOCK_BYTES, ReadProgress, text_pieces
from gradflow.corpus._store import BREAK, Store

Tokenizer = Callable[[str], list[str]]

RECENT = 1 << 20  # ids collected before they are handed to the spool
MEMORY_BYTES = 1 << 28  # bytes of ids that stay in memory before a temporary file takes over

_ARGUMENT = "texts_or_path"


class _Numbering(dict[Hashable, int]):
    """A dictionary that gives each new word the next number."""

    def __missing__(self, word: Hashable) -> int:
        number = self[word] = len(self)
        return number


class TokenStore(Store):
    """A store for the words of any tokenizer."""

    def __init__(self, memory_bytes: int) -> None:
        super().__init__(memory_bytes)
        self._numbers = _Numbering()
        self._recent = array.array("i")
        self._in_document = False
        self._documents = self._tokens = 0

    @property
    def documents(self) -> int:
        """The number of documents with at least one word."""
        return self._documents

    @property
    def tokens(self) -> int:
        """The number of words, repeated ones included."""
        return self._tokens

    @property
    def distinct(self) -> int:
        """The number of distinct words."""
        return len(self._numbers)

    def words_of(self, ids: np.ndarray) -> list[str]:
        """Return the words of some ids."""
        words = list(self._numbers)
        return [words[i] for i in ids.tolist()]

    def add(self, tokens: Iterable[Hashable], ends_document: bool) -> None:
        """Append words, which `check_tokenized` checks, to the document, and end it if asked to."""
        before = len(self._recent)
        self._recent.extend(map(self._numbers.__getitem__, tokens))
        if len(self._recent) > before:
            self._tokens += len(self._recent) - before
            self._in_document = True
        if ends_document:
            self.end_document()
        if len(self._recent) >= RECENT:
            self._flush()

    def end_document(self) -> None:
        """End the current document, if it has words."""
        if self._in_document:
            self._documents += 1
            self._recent.append(BREAK)
            self._in_document = False

    def chunks(self, size: int) -> Iterator[np.ndarray]:
        """Return all ids from the start, `BREAK` after each document, `size` at a time."""
        self._flush()
        return self._spool.chunks(size)

    def counts(self) -> np.ndarray:
        """Return how often each distinct word occurs, (words,) int64."""
        total = np.zeros(len(self._numbers), np.int64)
        for chunk in self.chunks(RECENT):
            total += np.bincount(chunk[chunk >= 0], minlength=len(total))
        return total

    def check_tokenized(self) -> None:
        """Check that all words are strings; each distinct word is checked once.

        Raises:
            ArgumentError: A word is something else.
        """
        for word in self._numbers:
            if not isinstance(word, str):
                raise ArgumentError("tokenizer", "a function from str to list of str", repr(word))

    def _flush(self) -> None:
        """Hand the collected ids to the spool."""
        if self._recent:
            self._spool.append(np.frombuffer(self._recent, np.int32))
            self._recent = array.array("i")
            self.check()


def store_file(
    store: TokenStore,
    path: str,
    tokenizer: Tokenizer,
    progress: ReadProgress | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> None:
    """Append a text file, one document a line."""
    for text, ends_document in text_pieces(path, progress, block_bytes):
        store.add(_tokenized(text, tokenizer), ends_document)
    store.end_document()


def store_documents(
    store: TokenStore,
    documents: Iterable[str | Iterable[str]],
    tokenizer: Tokenizer,
    progress: ReadProgress | None = None,
) -> None:
    """Append documents that are texts, which are tokenized, or sequences of words, kept as is."""
    try:
        total, iterator = _length(documents), iter(documents)
    except TypeError:
        wanted = "a path, or an iterable of texts or of lists of words"
        raise ArgumentError(_ARGUMENT, wanted, type(documents).__name__) from None
    for done, document in enumerate(iterator, 1):
        if isinstance(document, str):
            words: Sequence[Hashable] = _tokenized(document, tokenizer)
        else:
            words = _checked_words(document, f"document {done - 1}")
        store.add(words, ends_document=True)
        if progress is not None:
            progress(done, total)


def _length(documents: object) -> int | None:
    """Return how many documents there are, where that is known beforehand."""
    return len(documents) if isinstance(documents, Sized) else None


def _tokenized(text: str, tokenizer: Tokenizer) -> Sequence[Hashable]:
    """Return the tokenizer's list of words."""
    words = tokenizer(text)
    if not isinstance(words, list):
        raise ArgumentError("tokenizer", "a function from str to list", type(words).__name__)
    return words


def _checked_words(document: object, place: str) -> list[str]:
    """Return the words of a document that is a sequence of strings."""
    wanted = "documents that are texts or lists of words"
    if isinstance(document, bytes) or not isinstance(document, Iterable):
        got = f"{type(document).__name__} as {place}"
        raise ArgumentError(_ARGUMENT, wanted, got)
    words = list(document)
    for word in words:
        if not isinstance(word, str):
            raise ArgumentError(_ARGUMENT, wanted, f"{word!r:.40} as a word of {place}")
    return words
