"""Conversion to vectors of the optional package gensim and back."""

import importlib.util
import pickle
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32

from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path

_DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError,
           OSError, TypeError, ValueError)  # fmt: skip


def keyed_vectors(argument: str = "format") -> Any:
    """Return gensim's class of vectors, imported on demand since that takes a second.

    Raises:
        DataError: gensim is not installed.
    """
    if importlib.util.find_spec("gensim") is None:
        wanted = "the package gensim: pip install gradflow[evaluation]"
        raise DataError(argument, wanted, "'gensim' without it")
    with warnings.catch_warnings():  # gensim's imports give warnings of their own
        warnings.simplefilter("ignore")
        from gensim.models import KeyedVectors
    return KeyedVectors


def to_gensim(words: Sequence[str], vectors: Float32[np.ndarray, "V d"]) -> Any:
    """Return vectors as gensim holds them, in a copy.

    Raises:
        DataError: gensim is not installed.
    """
    keyed = keyed_vectors()(vectors.shape[1], dtype=np.float32)
    keyed.add_vectors(list(words), np.array(vectors))
    return keyed


def read_gensim(path: StrPath) -> tuple[list[Any], Any]:
    """Return words and vectors of a file that gensim saved: `KeyedVectors`, or a complete model.

    Such a file is a pickle: reading it can run code that its author put into it.

    Raises:
        DataError: gensim is not installed, or cannot read the file.
    """
    keyed = keyed_vectors("path")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = keyed.load(str(path))
        loaded = getattr(loaded, "wv", loaded)
        words = list(loaded.index_to_key)
        while words and words[-1] is None:  # gensim's place for a word that a file had twice
            words.pop()
        return words, np.asarray(loaded.vectors)[: len(words)]
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        wanted = "an undamaged file of gensim's KeyedVectors"
        raise DataError("path", wanted, f"{shown_path(path)}: {reason}") from error
