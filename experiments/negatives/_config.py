"""How many negatives, and what is looked at for each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        counts: Embedded counts, or a statistics file.
        words: Most frequent words of them that are used.
        negatives: k, rising; 1 is among them.
        bins: Of the density of entries, from −2 to 2.
        eigenvalues: How many of each M* are kept.
        overlap_dims: Sizes of leading eigenspaces that are compared with those of k = 1.
        dim: d of the flows.
        scale: σ of their starts.
        seeds: How many starts, the same for every k.
        num_times: Times at which a run is looked at; they only bracket the steps.
        vector_dims: d of the vectors that are asked analogies and similarities; none for none.
    """

    counts: str = "wikipedia-2k"
    words: int = 2000
    negatives: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
    bins: int = 80
    eigenvalues: int = 100
    overlap_dims: tuple[int, ...] = (5, 10, 20, 50, 100)
    dim: int = 50
    scale: float = 1e-4
    seeds: int = 8
    num_times: int = 100
    vector_dims: tuple[int, ...] = (50, 100, 200)


FULL = Config()
QUICK = Config(
    words=200, negatives=(1.0, 20.0, 2000.0), bins=20, eigenvalues=40, overlap_dims=(5, 10), dim=12,
    seeds=3, vector_dims=(),
)  # fmt: skip
