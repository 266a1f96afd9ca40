"""A text with a few themes, which experiments on text learn one after the other."""

import numpy as np


def themes(sizes, words, documents=400, length=200, seed=0):
    """Documents on one theme each, of that many words; half of all words are of no theme."""
    rng = np.random.default_rng(seed)
    members = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    texts = []
    for _ in range(documents):
        theme = members[rng.integers(len(sizes))]
        of_theme = rng.random(length) < 0.5
        ids = np.where(of_theme, rng.choice(theme, length), rng.integers(0, words, length))
        texts.append([f"w{i:02d}" for i in ids])
    return texts
