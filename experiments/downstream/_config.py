"""Which words, which d, how many times and seeds."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dims: d, rising.
        shown: Those of them that are drawn against time, at most two.
        scale: σ of the starts.
        seeds: How many starts for each d.
        num_times: Times at which embeddings are asked.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dims: tuple[int, ...] = (10, 25, 50, 100, 200)
    shown: tuple[int, ...] = (25, 100)
    scale: float = 1e-3
    seeds: int = 2
    num_times: int = 60


FULL = Config()
QUICK = Config(words=1000, dims=(20,), shown=(20,), seeds=1, num_times=24)
