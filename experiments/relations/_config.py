"""How many words and eigen-features, and what is looked at."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        vocab_size: V, the most frequent words of the text; None for the embedded wikipedia-2k.
        window: Of the counts of a text.
        dims: Numbers of eigen-features, rising.
        shown_dims: Those whose spectra are drawn.
        shown: Relations that are drawn.
        false_alarms: Rate of the test for outliers.
        random_sets: Sets of random pairs that the rate is checked on, at each of `shown_dims`.
        random_pairs: Pairs in each.
    """

    vocab_size: int | None = 10_000
    window: int = 16
    dims: tuple[int, ...] = (10, 16, 25, 40, 64, 100, 160, 250, 400, 640, 1000)
    shown_dims: tuple[int, ...] = (40, 160, 640)
    shown: tuple[str, ...] = (
        "capital-world",
        "city-in-state",
        "gram6-nationality-adjective",
        "gram7-past-tense",
        "gram8-plural",
        "gram1-adjective-to-adverb",
    )
    false_alarms: float = 0.01
    random_sets: int = 100
    random_pairs: int = 20


FULL = Config()
QUICK = Config(
    vocab_size=None,
    dims=(10, 25, 50, 100, 200),
    shown_dims=(25, 100),
    shown=("gram6-nationality-adjective", "gram3-comparative", "family"),
    random_sets=10,
    random_pairs=12,
)
