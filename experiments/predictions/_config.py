"""Starts and counts for which steps are predicted and measured."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        vocab_size: V of the counts made from the text.
        window: Their window.
        dims: d, rising.
        seeds: Random starts of each scale, one number for each d.
        scales: σ.
        num_times: Times at which a run is looked at; they only bracket the steps.
        shown_dim: The d of the goals, and of the errors by mode.
        shown_scales: Scales of the errors by mode, as many as there are d.
        goal_scale: Scale of the goals, and where the cost is measured.
        repeats: Of each measurement of the cost.
        beside_scales: Where rise times and embeddings are predicted.
        sizes: V, rising, where it is varied; of the text, at the d and the scale of the goals.
        every: Every so many-th document is taken where the length of the text is varied, falling.
        fixed_words: V there.
        size_seeds: Random starts of each size.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    vocab_size: int = 5000
    window: int = 16
    dims: tuple[int, ...] = (10, 50, 200)
    seeds: tuple[int, ...] = (50, 50, 50)
    scales: tuple[float, ...] = (1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-12)
    num_times: int = 100
    shown_dim: int = 50
    shown_scales: tuple[float, ...] = (1e-1, 1e-4, 1e-8)
    goal_scale: float = 1e-4
    repeats: int = 3
    beside_scales: tuple[float, ...] = (1e-2, 1e-6)
    sizes: tuple[int, ...] = (500, 1000, 2000, 5000)
    every: tuple[int, ...] = (100, 30, 10, 3, 1)
    fixed_words: int = 1000
    size_seeds: int = 50


FULL = Config()
QUICK = Config(
    words=80, vocab_size=80, dims=(12,), seeds=(4,), scales=(1e-2, 1e-4), shown_dim=12,
    shown_scales=(1e-4,), beside_scales=(1e-2,), repeats=1,
    sizes=(40, 80), every=(4, 1), fixed_words=60, size_seeds=4,
)  # fmt: skip
