"""Corpora of different size, and the scales of their starts."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        every: One corpus for each: every so many-th document of the text, falling.
        words: V, the most frequent words of each corpus.
        vocab_size: Of the text that the corpora are taken from; None for all words.
        window: Of the counts.
        dim: d.
        modes: How many of the first steps the index is of.
        scales: σ, falling.
        seeds: Exact runs of each scale.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    every: tuple[int, ...] = (100, 10, 1)
    words: int = 1000
    vocab_size: int | None = None
    window: int = 16
    dim: int = 50
    modes: int = 10
    scales: tuple[float, ...] = tuple(10.0**-power for power in range(1, 18))
    seeds: int = 5
    num_times: int = 100


FULL = Config()
QUICK = Config(
    every=(4, 1), words=40, dim=10, modes=5, scales=(1e-1, 1e-4, 1e-8, 1e-12), seeds=3
)  # fmt: skip
