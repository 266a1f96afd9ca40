"""Corpora and windows whose spectra are compared."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Config:
    """What is run.

    Attributes:
        words: V, the most frequent words of each corpus.
        vocab_size: Of the text that the corpora are taken from; None for all words.
        every: One corpus for each: every so many-th document of the text, falling to 1, and the
            counts of the whole thinned as much; powers of two.
        windows: Of the counts of the whole text, rising; the embedded counts have their own.
        window: Of the counts of the smaller corpora; one of `windows`.
        kept: How many of the largest eigenvalues are kept.
        fitted: First and last rank that a power law is fitted to.
    """

    words: int = 2000
    vocab_size: int | None = None
    every: tuple[int, ...] = (256, 64, 16, 4, 1)
    windows: tuple[int, ...] = (2, 4, 8, 16, 32)
    window: int = 16
    kept: int = 1000
    fitted: tuple[int, int] = (10, 300)


FULL = Config()
QUICK = Config(words=1000, every=(64, 16, 4, 1), windows=(16,), kept=400, fitted=(10, 200))
"""Of the embedded wikipedia-2k, with its own window; smaller corpora by thinning its counts."""
