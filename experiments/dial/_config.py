"""Positions of the dials, and the runs."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run: every combination of the four dials.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        weightings: Of the pairs, each with how many times longer than its linearisation promises
            it is followed: where weights are unequal, later modes wait for earlier ones.
        negatives: k.
        tied: Whether contexts share the embeddings of words.
        orders: Of the loss; None is the whole loss, SGNS. Of even orders every other one has no
            lower bound (4, 8, ...), and is left out.
        dim: d.
        modes: How many leading left singular vectors are compared; up to a gap of the spectrum of
            M*, since the fifth and the sixth, nearly equal, swap places with the order of the loss.
        scale: σ.
        seed: Of the start.
        num_times: Times at which a run is looked at.
        rtol: Relative error per step.
    """

    counts: str = "wikipedia-2k"
    words: int = 300
    weightings: tuple[tuple[str, float], ...] = (
        ("uniform", 2.0), ("unigram", 3.0), ("word2vec", 4.0), ("none", 8.0),
    )  # fmt: skip
    negatives: tuple[float, ...] = (1.0, 5.0)
    tied: tuple[bool, ...] = (True, False)
    orders: tuple[int | None, ...] = (2, 6, 10, None)
    dim: int = 12
    modes: int = 6
    scale: float = 1e-3
    seed: int = 0
    num_times: int = 200
    rtol: float = 1e-5


FULL = Config()
QUICK = Config(
    words=60, weightings=(("uniform", 2.0), ("none", 8.0)), orders=(2, None), dim=6, modes=3,
    num_times=60, rtol=1e-4,
)  # fmt: skip
