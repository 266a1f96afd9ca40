"""Starts of two sets of embeddings, and what is looked at."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: V, the most frequent words of them.
        dim: d.
        scale: σ of the small starts, and what word2vec.c's start is multiplied with to be one.
        lazy: λ of the unequal start that is shown, in units of the largest |λ_k|.
        modes: How many modes are followed, by |λ_k|.
        num_times: Times at which each run is looked at.
        rtol: Of the integrated flows, those without a closed form.
        imbalances: λ of the starts whose steps are timed, in units of the largest |λ_k|, rising.
        seeds: How many starts for each of them.
        ask: Whether words are enough to be asked analogies.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    dim: int = 50
    scale: float = 1e-6
    lazy: float = 100.0
    modes: int = 20
    num_times: int = 120
    rtol: float = 1e-5
    imbalances: tuple[float, ...] = tuple(10.0**power for power in range(-12, 5, 2))
    seeds: int = 3
    ask: bool = True


FULL = Config()
QUICK = Config(
    words=100, dim=8, scale=1e-4, modes=6, num_times=80, imbalances=(1e-6, 1e-2, 1e2, 1e3),
    ask=False,
)  # fmt: skip
