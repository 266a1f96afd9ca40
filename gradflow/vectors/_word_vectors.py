"""Word vectors: one for each word, with the usual look-ups."""

import copy
import dataclasses
import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32, Real

from gradflow._checks import distinct_words, positive_int, shown
from gradflow._errors import ArgumentError, DataError
from gradflow._files import StrPath
from gradflow.vectors._gensim import to_gensim
from gradflow.vectors._write import write_vectors


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class WordVectors:
    """The vectors of V words, read-only.

    `embed` and `load_vectors` return them; they can also be made from arrays.

    Attributes:
        words: The V words, different from each other, most frequent first where that is known.
        vectors: (V, d) float32, finite: the precision of word2vec's files and of gensim, to which
            other numbers are rounded.
        provenance: Where the vectors come from, as plain JSON values.

    Raises:
        DataError: The words or vectors cannot be used, or do not fit together.

    Example:
        >>> vecs = WordVectors(["sun", "moon", "bread"], [[2.0, 0], [1.0, 1.0], [0, -3.0]])
        >>> vecs
        WordVectors(3 words, 2 dimensions)
        >>> vecs["moon"], "stone" in vecs
        (array([1., 1.], dtype=float32), False)
        >>> vecs.most_similar("sun", topn=1)
        [('moon', 0.7071067690849304)]
    """

    words: tuple[str, ...]
    vectors: Float32[np.ndarray, "V d"]
    provenance: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        words = distinct_words(self.words)
        for name, value in (
            ("words", words),
            ("vectors", _checked_vectors(self.vectors, words)),
            ("provenance", _checked_provenance(self.provenance)),
        ):
            object.__setattr__(self, name, value)  # the dataclass is frozen

    def __repr__(self) -> str:
        return f"WordVectors({self.vocab_size} words, {self.dim} dimensions)"

    @property
    def vocab_size(self) -> int:
        """The number of words V."""
        return len(self.words)

    @property
    def dim(self) -> int:
        """The number of dimensions d."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._positions

    def __getitem__(self, word: str) -> Float32[np.ndarray, " d"]:
        """Return the vector of a word, (d,), read-only."""
        return self.vectors[self.index(word)]

    def index(self, word: str) -> int:
        """Return the position of a word in `words`.

        Raises:
            ArgumentError: The word is not among them.
        """
        if not isinstance(word, str) or word not in self._positions:
            raise ArgumentError("word", f"one of the {self.vocab_size} words", shown(word))
        return self._positions[word]

    def similarity(self, word: str, other: str) -> float:
        """Return the cosine of the vectors of two words, 0 where a vector is zero.

        Raises:
            ArgumentError: A word is not among the V.
        """
        return float(self._units[self.index(word)] @ self._units[self.index(other)])

    def most_similar(
        self, word: str | Real[np.ndarray, " d"] | Sequence[float], topn: int = 10
    ) -> list[tuple[str, float]]:
        """Return the words with the largest cosines to a word or a vector.

        Args:
            word: One of the words, which is left out of the answer; or any vector (d,).
            topn: The number of words, if there are so many.

        Returns:
            Pairs of word and cosine, largest first; of equal cosines the first word first.

        Raises:
            ArgumentError: The word is not among the V, the vector has another length, or `topn` is
                not a positive integer.
        """
        topn = positive_int("topn", topn)
        itself = self.index(word) if isinstance(word, str) else None
        direction = _unit(word, self.dim) if itself is None else self._units[itself]
        cosines = self._units @ direction
        nearest = np.argsort(-cosines, kind="stable")[: topn + 1].tolist()
        order = [row for row in nearest if row != itself][:topn]
        return [(self.words[row], float(cosines[row])) for row in order]

    def save(self, path: StrPath, format: str | None = None) -> None:  # noqa: A002
        """Write a file that `load_vectors` reads; it appears complete or not at all.

        Args:
            path: The file. With .gz after the suffix it is compressed, which is possible for the
                two word2vec formats.
            format: "word2vec" (text), "word2vec-binary", "npz" (arrays `words` and `vectors`, and
                the provenance), "npy" (the vectors, beside a text of the words with the suffix
                .vocab), or "gensim" (read by `KeyedVectors.load`; needs gensim). None chooses by
                suffix: .bin, .npz, .npy, .kv; text for all others.

        Raises:
            ArgumentError: There is no such format, or it cannot be compressed.
            DataError: The file cannot be written, a word has a blank that the format cannot hold,
                or gensim is missing.
        """
        write_vectors(path, format, self.words, self.vectors, self.provenance)

    def save_word2vec(self, path: StrPath, binary: bool = False) -> None:
        """Write a format of word2vec, which gensim's `load_word2vec_format` reads.

        Numbers of the text have nine digits, which give the same float32 back.

        Args:
            path: The file; with the suffix .gz it is compressed.
            binary: Whether to write the binary format instead of text.

        Raises:
            DataError: The file cannot be written, or a word has a blank in it.
        """
        self.save(path, "word2vec-binary" if binary else "word2vec")

    def to_gensim(self) -> Any:
        """Return the vectors as gensim's `KeyedVectors`.

        Raises:
            DataError: gensim is not installed.
        """
        return to_gensim(self.words, self.vectors)

    @functools.cached_property
    def _positions(self) -> dict[str, int]:
        """The position of each word."""
        return {word: position for position, word in enumerate(self.words)}

    @functools.cached_property
    def _units(self) -> Float32[np.ndarray, "V d"]:
        """The vectors divided by their lengths, and zeros."""
        # In float64 no square of a float32 over- or underflows.
        lengths = np.linalg.norm(self.vectors.astype(np.float64), axis=1, keepdims=True)
        return (self.vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _checked_vectors(vectors: Any, words: tuple[str, ...]) -> Float32[np.ndarray, "V d"]:
    """Return finite vectors in single precision, one for each word, read-only."""
    try:
        array = np.asarray(vectors)
    except (TypeError, ValueError):
        raise DataError("vectors", "an array of real numbers", shown(vectors)) from None
    if array.dtype.kind not in "iuf":
        raise DataError("vectors", "an array of real numbers", f"dtype {array.dtype}")
    if array.ndim != 2 or len(array) != len(words) or array.shape[1] == 0:
        wanted = f"shape (V, d) with V = {len(words)}, one row a word"
        raise DataError("vectors", wanted, f"shape {array.shape}")
    with np.errstate(over="ignore"):  # infinite numbers are refused below
        rounded = np.array(array, np.float32, order="C")
    finite = np.isfinite(rounded).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        got = array[row][~np.isfinite(rounded[row])][0]
        wanted = "finite numbers that float32 holds"
        raise DataError("vectors", wanted, f"{got} in the vector of {shown(words[row])}")
    rounded.flags.writeable = False
    return rounded


def _checked_provenance(provenance: Any) -> dict[str, Any]:
    """Return a copy of a dictionary that JSON can hold."""
    try:
        if isinstance(provenance, dict):
            json.dumps(provenance, allow_nan=False)
            return copy.deepcopy(provenance)
        got = type(provenance).__name__
    except (TypeError, ValueError) as error:
        got = str(error)
    raise DataError("provenance", "a dictionary of JSON values", got)


def _unit(vector: Any, dim: int) -> Float32[np.ndarray, " d"]:
    """Return a vector divided by its length, or zeros."""
    array = np.asarray(vector)
    if array.dtype.kind not in "iuf" or array.shape != (dim,) or not np.isfinite(array).all():
        raise ArgumentError("word", f"a word, or a finite vector of {dim} numbers", shown(vector))
    length = np.linalg.norm(array.astype(np.float64))
    return (array / (length if length > 0 else 1)).astype(np.float32)
