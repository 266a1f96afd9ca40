"""Scales, pairs of modes and vocabularies."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        dim: d.
        scales: σ of the maps, falling.
        deep: Further σ, too small to be drawn, at which steps that stand apart are counted.
        pairs: How many pairs of neighbouring modes, from the first on.
        seeds: Exact runs of each scale.
        words: V, rising; the pairs are those of the last one.
        every: The index of a run is looked at for every so many-th σ of the maps.
        index_modes: How many of the first steps the index of a run is of.
        num_times: Times at which a run is looked at; they only bracket the steps.
    """

    counts: str = "wikipedia-2k"
    dim: int = 50
    scales: tuple[float, ...] = tuple(10.0 ** (-half / 2) for half in range(2, 33))
    deep: tuple[float, ...] = (1e-30, 1e-60, 1e-100, 1e-150)
    pairs: int = 30
    seeds: int = 5
    words: tuple[int, ...] = (125, 177, 250, 354, 500, 707, 1000, 1414, 2000)
    every: int = 2
    index_modes: int = 10
    num_times: int = 100


FULL = Config()
QUICK = Config(
    dim=12, scales=tuple(10.0**-power for power in range(1, 17, 3)), deep=(1e-60,), pairs=7,
    seeds=5, words=(120,), every=1, index_modes=6,
)  # fmt: skip
