"""Names of the weightings of pairs in a loss. Nothing here needs SciPy."""

from typing import Literal

WeightingName = Literal["uniform", "none", "unigram", "word2vec"]
WEIGHTINGS: tuple[WeightingName, ...] = ("uniform", "none", "unigram", "word2vec")
