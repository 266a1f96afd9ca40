"""Thinned counts are counts of less text: right in the mean, and never more than there was."""

import numpy as np
import pytest

import gradflow as gf


def test_every_halving_leaves_half_of_each_pair(sixty_words):
    """In the mean of 200 seeds, of the hundred heaviest pairs to five standard errors.

    One halving scatters each weight x by √(unit x)/2, with unit (2L + 1)/3 and less for the rest.
    """
    dense = lambda stats: stats.pair_counts.toarray()  # noqa: E731
    whole = dense(sixty_words)
    heavy = np.argsort(np.triu(whole, 1), axis=None)[-100:]
    total = np.zeros(100)
    for seed in range(200):
        half = dense(gf.validity.thinned_statistics(sixty_words, 1, seed))
        assert (half == half.T).all()
        assert (half <= whole).all()
        total += half.ravel()[heavy]
    unit = (2 * sixty_words.window + 1) / 3
    error = np.sqrt(unit * whole.ravel()[heavy]) / 2 / np.sqrt(200)
    assert (abs(total / 200 - whole.ravel()[heavy] / 2) < 5 * error + 0.5).all()


def test_three_halvings_leave_an_eighth(sixty_words):
    part = gf.validity.thinned_statistics(sixty_words, 3)
    assert part.total_pairs / sixty_words.total_pairs == pytest.approx(1 / 8, rel=0.03)
    assert part.total_tokens / sixty_words.total_tokens == pytest.approx(1 / 8, rel=0.01)
    assert part.words == sixty_words.words
    assert (part.window, part.weighting) == (sixty_words.window, sixty_words.weighting)


def test_a_seed_gives_the_same_counts_again(sixty_words):
    first, again, other = (
        gf.validity.thinned_statistics(sixty_words, 2, seed) for seed in (7, 7, 8)
    )
    assert (first.pair_counts != again.pair_counts).nnz == 0
    assert (first.pair_counts != other.pair_counts).nnz > 0


def test_wrong_arguments_are_told(sixty_words):
    with pytest.raises(gf.ArgumentError, match="halvings: wanted"):
        gf.validity.thinned_statistics(sixty_words, 0)
    with pytest.raises(gf.ArgumentError, match="stats: wanted co-occurrence statistics"):
        gf.validity.thinned_statistics("text", 1)
