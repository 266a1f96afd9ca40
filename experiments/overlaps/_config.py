"""What is trained, and how many directions are compared."""

import dataclasses

from experiments._trained import QUADRATIC_NAME, QWEM_NAME, UNIFORM_NAME, WORD2VEC_NAME, Descent

MSTAR_NAME, PPMI_NAME = "$M^*$", "PPMI"
ROWS = (WORD2VEC_NAME, UNIFORM_NAME)
COLUMNS = (QWEM_NAME, MSTAR_NAME, QUADRATIC_NAME, PPMI_NAME)


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dim: d.
        shown: How many leading eigen-features are compared.
        few: How many of them are followed through training, beside all that are shown.
        descent: How the models are trained.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 100
    shown: int = 64
    few: int = 8
    descent: Descent = dataclasses.field(default_factory=Descent)


FULL = Config(descent=Descent(looks=20))
QUICK = Config(words=400, dim=24, shown=16, few=4, descent=Descent(steps=60, looks=5))
