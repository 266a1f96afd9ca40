"""Small texts that are made up, and what batches of them are in the mean."""

import numpy as np

from gradflow.corpus import read_corpus
from gradflow.training._arguments import make_setup


def topics(documents=200, length=300, words=30, seed=0):
    """Words of four topics, one a document."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(words, 0.3), 4) * 0.8 + 0.2 / words
    return [
        [f"w{i:02d}" for i in rng.choice(words, length, p=p[rng.choice(4)])]
        for _ in range(documents)
    ]


def short_documents(seed=1):
    """Documents of one to eight words, where edges matter."""
    rng = np.random.default_rng(seed)
    p = np.array([0.3, 0.2, 0.15, 0.1, 0.1, 0.08, 0.07])
    made = []
    for _ in range(60):
        words = rng.choice(7, rng.integers(1, 9), p=p)
        made.append([f"w{i}" for i in np.sort(words)])  # sorted: edges have words of their own
    return read_corpus(made)


def draw(corpus, pairs, batch=400, number=200, objective=None, key=0):
    """The batches of the first steps of a run."""
    setup = make_setup(corpus, pairs, objective, batch, key, np.dtype(np.float64))
    return [setup.source(step) for step in range(number)]


def pair_sums(batch, size):
    """Weights of a batch's positives and negatives, summed by pair: two (V, V) arrays."""
    both = []
    for label in (1, 0):
        chosen = batch.labels == label
        sums = np.zeros((size, size))
        np.add.at(sums, (batch.rows[chosen], batch.cols[chosen]), batch.weights[chosen])
        both.append(sums)
    return both


def check_mean(samples, wanted):
    """Independent samples (n, …) have this mean, as far as n samples can tell."""
    samples = np.asarray(samples)
    error = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
    difference = samples.mean(axis=0) - wanted
    rare = samples.astype(bool).sum(axis=0) < 30  # too seldom for a normal law
    np.testing.assert_allclose(difference[error == 0], 0, atol=1e-12)
    z = difference[(error > 0) & ~rare] / error[(error > 0) & ~rare]
    assert z.size > 5
    assert np.abs(z).max() < 5
    assert (z**2).mean() < 1 + 6 * np.sqrt(2 / z.size)
