"""How large it is, and where it starts."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text, or of the embedded counts.
        counts: Embedded counts, where there is no text.
        window: Largest distance of a pair; the embedded counts have their own.
        negatives: k.
        dim: d.
        spare: Modes beyond d that the start has a part in.
        scale: σ.
        seed: Of the start.
        num_times: Times at which runs are looked at, in geometric progression.
        axes: Principal axes that words are shown on, from 1.
        cloud: Words are a cloud after the step of this mode.
        rtol: Tolerance of the flow of word2vec, which runs in `dtype`.
        dtype: "float32" or "float64".
    """

    vocab_size: int = 10_000
    counts: str = "wikipedia-2k"
    window: int = 16
    negatives: float = 1.0
    dim: int = 200
    spare: int = 50
    scale: float = 1e-12
    seed: int = 0
    num_times: int = 240
    axes: tuple[int, int] = (1, 3)
    cloud: int = 12
    rtol: float = 1e-3
    dtype: str = "float32"


FULL = Config()
QUICK = Config(vocab_size=300, dim=12, num_times=200)
