"""Starts whose steps scatter."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        dim: d.
        scales: σ.
        seeds: Exact runs of each scale.
        draws: Of R, for the intervals with neighbours.
        level: Of the intervals.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 50
    scales: tuple[float, ...] = (1e-3, 1e-6)
    seeds: int = 500
    draws: int = 1000
    level: float = 0.9
    num_times: int = 80


FULL = Config()
QUICK = Config(words=200, dim=12, seeds=60, draws=200, scales=(1e-6,))
