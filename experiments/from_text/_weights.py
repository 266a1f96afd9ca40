"""The matrices A and B that a text gives skip-gram and CBOW."""

import numpy as np

from experiments.from_text._config import Config
from gradflow.corpus import CooccurrenceStatistics, TokenCorpus
from gradflow.targets import pair_weights


def skip_gram_weights(
    config: Config, stats: CooccurrenceStatistics
) -> tuple[np.ndarray, np.ndarray]:
    """A and B of skip-gram, from the counts."""
    weights = pair_weights(stats, config.weighting, config.negatives)
    return weights.positive, weights.negative()


def cbow_weights(config: Config, corpus: TokenCorpus) -> tuple[np.ndarray, np.ndarray]:
    """A and B of CBOW's slopes at the origin, from one subsampled pass over the text.

    Where skip-gram counts every pair once, CBOW gives each of the m words that a window holds the
    share 1/m. So near pairs, which narrow windows see, count more, and so do words among words that
    subsampling leaves out.
    """
    survival, size = config.pairs.survival(corpus), corpus.vocab_size
    draws = np.random.default_rng(config.seed).random(len(corpus.ids))
    kept = (corpus.ids >= 0) & (draws < survival[corpus.ids])
    document = np.cumsum(corpus.ids < 0)
    held = np.zeros(len(kept), np.int64)
    shares = []  # of each word in the window of width 1, 2, … around a place
    for width in range(1, config.window + 1):
        for offset in (-width, width):
            held[_centres(kept, document, offset)] += 1
        shares.append(1 / np.maximum(held, 1))
    seen = np.zeros(size * size)
    for distance in range(1, config.window + 1):
        share = sum(shares[distance - 1 :], np.zeros(len(kept)))
        for offset in (-distance, distance):
            at = _centres(kept, document, offset)
            pairs = corpus.ids[at + offset].astype(np.int64) * size + corpus.ids[at]
            seen += np.bincount(pairs, share[at], size * size)
    positive = (seen / seen.sum()).reshape(size, size)
    return positive, config.negatives * np.outer(positive.sum(axis=1), config.pairs.noise(corpus))


def _centres(kept: np.ndarray, document: np.ndarray, offset: int) -> np.ndarray:
    """Places whose word is kept and meets another `offset` places on, in the same document."""
    places = np.flatnonzero(kept)
    others = places + offset
    places = places[(others >= 0) & (others < len(kept))]
    others = places + offset
    return places[kept[others] & (document[others] == document[places])]
