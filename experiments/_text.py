"""The text that experiments start from."""

import functools
import hashlib
import pathlib

import numpy as np

import gradflow as gf
from gradflow._files import shown
from gradflow.corpus import TokenCorpus


class Text:
    """A text, read once for each size of vocabulary.

    Args:
        path: UTF-8, one document a line, plain or compressed.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self._read = functools.lru_cache(maxsize=2)(self._corpus)

    @functools.cached_property
    def identity(self) -> dict[str, str]:
        """Its name, and the SHA-256 that tells it from others.

        Raises:
            DataError: It cannot be read.
        """
        try:
            with open(self.path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            got = f"{shown(self.path)}: {error.strerror or error}"
            raise gf.DataError("text", "a text file", got) from error
        return {"name": self.path.name, "sha256": digest}

    def corpus(self, vocab_size: int | None) -> TokenCorpus:
        """The text in its most frequent words."""
        return self._read(vocab_size)

    def _corpus(self, vocab_size: int | None) -> TokenCorpus:
        return gf.read_corpus(self.path, vocab_size)


def every_document(corpus: TokenCorpus, every: int) -> list[list[str]]:
    """Every so many-th document of a corpus, as words; the first is among them."""
    ends = np.flatnonzero(corpus.ids == -1)
    documents = np.split(corpus.ids, ends + 1)[: len(ends)][::every]
    words = np.array(corpus.words, object)
    return [words[ids[:-1]].tolist() for ids in documents]
