"""How near the answer of an analogy is, and how near its best rival."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Float32

import gradflow as gf

_AT_ONCE = 500  # questions


def answers(
    vectors: Float[np.ndarray, "V D"], words: Sequence[str], dims: Sequence[int]
) -> xr.Dataset:
    """Means over the questions of each section, in the first d columns.

    Returns:
        `answer_cosine` (section, dim), of the answer with b − a + c, and `answer_ratio`, that over
        the largest cosine of any other word: above one where the question is solved.
    """
    questions = gf.load_analogies().indexed(words)
    sections = np.array(questions.sections)[np.asarray(questions.section)]
    found = []
    for dim in dims:
        own, best = answer_cosines(vectors[:, :dim], questions)
        frame = pd.DataFrame({"answer_cosine": own, "answer_ratio": own / best})
        found.append(frame.groupby(sections).mean().rename_axis("section").to_xarray())
    return xr.concat(found, xr.Variable("dim", list(dims)))


def answer_cosines(
    vectors: Float[np.ndarray, "V d"], questions: gf.IndexedAnalogies
) -> tuple[Float32[np.ndarray, " Q"], Float32[np.ndarray, " Q"]]:
    """Cosines with b − a + c of unit rows: the answer's, and the best but for a, b, c and it.

    Args:
        vectors: One row a word, all of them in lower case.
        questions: Of these words.
    """
    units = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    own, best = [], []
    asked, answer = np.asarray(questions.hidden), np.asarray(questions.answer)
    for start in range(0, len(answer), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        a, b, c = (units[rows] for rows in asked[some].T)
        wanted = b - a + c
        cosines = wanted / np.linalg.norm(wanted, axis=1, keepdims=True) @ units.T
        each = np.arange(len(cosines))
        own.append(cosines[each, answer[some]])
        cosines[each[:, None], np.column_stack([asked[some], answer[some]])] = -np.inf
        best.append(cosines.max(axis=1))
    return np.concatenate(own), np.concatenate(best)
