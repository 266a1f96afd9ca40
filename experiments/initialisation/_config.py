"""Two starts, and for how long they are followed."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        negatives: k.
        dim: d.
        scales: σ, the large one first; both starts have the same directions.
        seed: Of the starts.
        modes: How many of the first modes are asked how stepwise they are.
        num_times: Times at which runs are looked at.
        rtol: Tolerance of the flow of word2vec.
    """

    counts: str = "wikipedia-2k"
    words: int = 1000
    negatives: float = 1.0
    dim: int = 30
    scales: tuple[float, float] = (1e-1, 1e-12)
    seed: int = 0
    modes: int = 10
    num_times: int = 240
    rtol: float = 1e-3


FULL = Config()
QUICK = Config(words=200, dim=8, modes=5, num_times=150)
