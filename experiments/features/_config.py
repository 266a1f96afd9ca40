"""Sizes of the experiment, the models that are scored, and what the paper says of them."""

import dataclasses
import math

from experiments._trained import QWEM_NAME, UNIFORM_NAME, WORD2VEC_NAME, Descent

TRAINED = (WORD2VEC_NAME, UNIFORM_NAME, QWEM_NAME)
MSTAR_NAME = "top d of $M^*$"
PPMI_NAME = "PPMI"
PMI_NAME, PMI_FLOOR_NAME = "PMI, unseen 0", "PMI, unseen −57.6"
EMBED_NAME, GENSIM_NAME = "gf.embed", "gensim"
REFERENCE = MSTAR_NAME  # what all are compared with
BENCHMARKS = ("google", "wordsim353", "simlex999")

# PMI of a pair that never occurs, in the paper's code: the logarithm of what it adds.
PMI_FLOOR = math.log(1e-25)

# karkada2025, table in figure 3: V = 10,000, d = 200.
PAPER_TOKENS = 2.0e9
PAPER = {
    "google": {
        WORD2VEC_NAME: 0.680,
        QWEM_NAME: 0.651,
        MSTAR_NAME: 0.663,
        PPMI_NAME: 0.506,
        PMI_FLOOR_NAME: 0.084,
    },
    "wordsim353": {
        WORD2VEC_NAME: 0.698,
        QWEM_NAME: 0.682,
        MSTAR_NAME: 0.683,
        PPMI_NAME: 0.690,
        PMI_FLOOR_NAME: 0.221,
    },
}


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words.
        window: Of the counts of a text and of gensim; wikipedia-2k has its own.
        dim: d.
        modes: How many eigen-features are shown.
        ends: Words at each end of them.
        descent: How the three trained models are trained.
        epochs: Of gensim.
        sizes: V, rising, where closed forms are compared as fewer pairs are seen.
        dim_share: d/V there, as far as d.
        draws: Of the bootstrap.
        seed: Of the draws.
    """

    vocab_size: int = 10_000
    window: int = 16
    dim: int = 200
    modes: int = 8
    ends: int = 9
    descent: Descent = dataclasses.field(default_factory=Descent)
    epochs: int = 5
    sizes: tuple[int, ...] = (1000, 2000, 5000, 10_000)
    dim_share: float = 0.05
    draws: int = 2000
    seed: int = 0


FULL = Config()
QUICK = Config(
    vocab_size=1000, dim=50, descent=Descent(steps=60, looks=5), sizes=(700, 1000), draws=200
)  # fmt: skip
