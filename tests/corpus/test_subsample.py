"""Subsampling drops what a loop over the positions drops, whoever counts."""

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.corpus import count_cooccurrence
from gradflow.corpus._subsample import drawn, survival
from tests.corpus.test_count import readable_count

RANDOM = np.random.default_rng(0)
DOCUMENTS = [
    [f"w{int(20 * u**3):02d}" for u in RANDOM.random(length)] for length in (300, 1, 50, 400)
]


def readable_subsample(documents, words, threshold, seed):
    """Every position draws its number; documents end with a position of their own."""
    total = sum(word in words for document in documents for word in document)
    kept, position = [], 0
    for document in documents:
        survivors = []
        for word in document:
            if word in words:
                f = sum(each.count(word) for each in documents) / total
                chance = min(1, np.sqrt(threshold / f) + threshold / f)
                if drawn(seed, position, 1)[0] < chance:
                    survivors.append(word)
            position += 1
        position += 1
        kept.append(survivors)
    return kept


@pytest.mark.parametrize("keep_unknown_gaps", [False, True])
@pytest.mark.parametrize("chunk", [1 << 24, 77])
def test_equals_the_readable_loop(monkeypatch, keep_unknown_gaps, chunk):
    monkeypatch.setattr("gradflow.corpus._memory_budget.CHUNK", chunk)
    stats = count_cooccurrence(
        DOCUMENTS, window=4, subsample=0.01, seed=3, keep_unknown_gaps=keep_unknown_gaps
    )
    kept = readable_subsample(DOCUMENTS, stats.words, 0.01, 3)
    wanted = readable_count(kept, list(stats.words), 4, "linear", False)
    np.testing.assert_array_equal(stats.pair_counts.toarray(), wanted)
    survivors = [word for document in kept for word in document]
    assert stats.unigram_counts.tolist() == [survivors.count(word) for word in stats.words]
    dropped = 751 - len(survivors)
    assert dropped > 100
    assert stats.provenance["tokens_subsampled_away"] == dropped
    assert (
        stats.provenance["options"] | {"subsample": 0.01, "seed": 3}
        == (stats.provenance["options"])
    )


@pytest.mark.parametrize("options", [{"threads": 1}, {"threads": 5}, {"memory_limit": "40GB"}])
def test_the_same_whoever_counts(options):
    wanted = count_cooccurrence(DOCUMENTS, subsample=1e-3)
    found = count_cooccurrence(DOCUMENTS, subsample=1e-3, **options)
    assert (wanted.pair_counts != found.pair_counts).nnz == 0
    assert wanted.provenance == found.provenance


def test_unknown_words_that_keep_their_places_survive_whatever_is_drawn():
    """With a gap between any two words of the vocabulary there is no pair within one place."""
    with pytest.raises(ValueError, match="no pair of words"):
        count_cooccurrence(
            [["x", "a", "y", "a", "z", "a"] * 4], vocab_size=1, window=1, keep_unknown_gaps=True,
            subsample=0.5,
        )  # fmt: skip


def test_seeds_differ_and_numbers_are_even():
    numbers = drawn(0, 0, 200_000)
    assert 0 <= numbers.min() < numbers.max() < 1
    # Means of 200,000 even numbers have a standard error of 0.00065; five of them.
    assert abs(numbers.mean() - 0.5) < 0.0033
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 0.012
    assert abs(np.corrcoef(numbers, drawn(1, 0, 200_000))[0, 1]) < 0.012
    np.testing.assert_array_equal(numbers[500:700], drawn(0, 500, 200))


def test_survival_is_that_of_word2vec_c():
    counts = np.array([900, 99, 1])
    kept = survival(counts / 1000, 1e-3)
    np.testing.assert_allclose(
        kept, [(np.sqrt(0.9 / 1e-3) + 1) * 1e-3 / 0.9, (np.sqrt(99) + 1) / 99, 1.0], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("options", "argument"),
    [({"subsample": 0.0}, "subsample"), ({"subsample": -1}, "subsample"), ({"seed": -1}, "seed")],
)
def test_values_that_cannot_be_used(options, argument):
    with pytest.raises(ArgumentError, match=f"^{argument}: wanted"):
        count_cooccurrence(DOCUMENTS, **options)


def test_a_word_that_is_lost_is_told():
    with pytest.raises(ArgumentError, match=r"^subsample: wanted .* got 1e-12, which drops all of"):
        count_cooccurrence(DOCUMENTS, subsample=1e-12)
