"""To gensim's vectors and back; gensim is an extra."""

import importlib.util
import pickle
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32

from gradflow._errors import DataError
from gradflow._files import StrPath, shown

_DAMAGE = (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError,
           OSError, TypeError, ValueError)  # fmt: skip


def keyed_vectors(argument: str = "format") -> Any:
    """gensim's class; its import takes a second, so only who needs it waits.

    Raises:
        DataError: gensim is not installed.
    """
    if importlib.util.find_spec("gensim") is None:
        wanted = "the package gensim: pip install gradflow[evaluation]"
        raise DataError(argument, wanted, "'gensim' without it")
    with warnings.catch_warnings():  # what its own imports warn of is not the caller's
        warnings.simplefilter("ignore")
        from gensim.models import KeyedVectors
    return KeyedVectors


def to_gensim(words: Sequence[str], vectors: Float32[np.ndarray, "V d"]) -> Any:
    """Vectors as gensim holds them, in a copy.

    Raises:
        DataError: gensim is not installed.
    """
    keyed = keyed_vectors()(vectors.shape[1], dtype=np.float32)
    keyed.add_vectors(list(words), np.array(vectors))
    return keyed


def read_gensim(path: StrPath) -> tuple[list[Any], Any]:
    """Words and vectors of a file that gensim saved: `KeyedVectors`, or a whole model.

    Such a file is a pickle: reading it can run what its author put into it.

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
        raise DataError("path", wanted, f"{shown(path)}: {reason}") from error
