"""Targets from counts: identities, and loops that a child can read."""

import math

import numpy as np
import pytest

from gradflow.targets import (
    mstar,
    pair_weights,
    pmi,
    ppmi,
    shifted_ppmi,
)

KS = [0.3, 1.0, 2.5, 20.0]


def by_loops(stats, entry):
    """entry(P_ij, Π_ij) for every pair, from the counts themselves."""
    counts, words = stats.pair_counts.toarray().tolist(), stats.unigram_counts.tolist()
    pairs, tokens = sum(map(sum, counts)), sum(words)
    return np.array(
        [
            [
                entry(counts[i][j] / pairs, words[i] / tokens * words[j] / tokens)
                for j in range(len(words))
            ]
            for i in range(len(words))
        ]
    )


def test_two_words_by_hand(two_words):
    """Counts [[2, 5], [5, 0]] of 12, words 3 and 2 of 5: P₁₂/Π₁₂ = (5/12)/(6/25) = 125/72."""
    np.testing.assert_allclose(pmi(two_words).todense()[0, 1], math.log(125 / 72), rtol=1e-14)
    np.testing.assert_allclose(mstar(two_words).todense()[0, 1], 2 * 53 / 197, rtol=1e-14)
    assert mstar(two_words).todense()[1, 1] == -2
    assert pmi(two_words).todense()[1, 1] == 0


@pytest.mark.parametrize("k", KS)
def test_mstar_by_loops(sixty_words, k):
    wanted = by_loops(sixty_words, lambda P, Pi: 2 * (P - k * Pi) / (P + k * Pi))
    np.testing.assert_allclose(mstar(sixty_words, k).todense(), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("k", KS)
def test_mstar_is_the_hyperbolic_tangent_of_pmi(wikipedia, k):
    """M* = 2 tanh((PMI − ln k)/2), PMI being −∞ where a pair never occurs."""
    found = mstar(wikipedia, k).todense()
    logarithm = pmi(wikipedia, floor=-1e4).todense()  # as good as −∞
    np.testing.assert_allclose(found, 2 * np.tanh((logarithm - math.log(k)) / 2), atol=2e-14)
    assert found.min() >= -2
    assert found.max() < 2


@pytest.mark.parametrize("k", KS)
def test_mstar_is_sparse_plus_rank_one(wikipedia, k):
    """M* = S − 2·11ᵀ with S = 4P/(P + kΠ) zero exactly where the count is zero."""
    sparse = mstar(wikipedia, k).todense() + 2
    p = wikipedia.unigram_probabilities
    P = wikipedia.pair_probabilities
    np.testing.assert_allclose(sparse, 4 * P / (P + k * np.outer(p, p)), atol=1e-15)
    never = wikipedia.pair_counts.toarray() == 0
    assert never.any()
    np.testing.assert_array_equal(sparse == 0, never)


def test_pmi_ppmi_and_shifted_ppmi_by_loops(sixty_words, two_words):
    for stats in (sixty_words, two_words):
        for floor in (0.0, -7.5):
            wanted = by_loops(stats, lambda P, Pi, floor=floor: math.log(P / Pi) if P else floor)
            np.testing.assert_allclose(pmi(stats, floor).todense(), wanted, rtol=1e-10, atol=1e-14)
        wanted = by_loops(stats, lambda P, Pi: max(math.log(P / Pi), 0) if P else 0)
        np.testing.assert_allclose(ppmi(stats).todense(), wanted, rtol=1e-10, atol=1e-14)
        for k in KS:
            wanted = by_loops(
                stats, lambda P, Pi, k=k: max(math.log(P / Pi) - math.log(k), 0) if P else 0
            )
            np.testing.assert_allclose(
                shifted_ppmi(stats, k).todense(), wanted, rtol=1e-9, atol=1e-14
            )


def test_shifted_ppmi_at_one_negative_is_ppmi(sixty_words):
    shifted = shifted_ppmi(sixty_words, 1.0).todense()
    np.testing.assert_allclose(shifted, ppmi(sixty_words).todense(), rtol=1e-14, atol=1e-15)


def test_more_negatives_lower_every_entry(sixty_words):
    ladder = np.array([mstar(sixty_words, k).todense() for k in KS])
    seen = sixty_words.pair_counts.toarray() > 0
    assert (np.diff(ladder, axis=0)[:, seen] < 0).all()
    assert (ladder[:, ~seen] == -2).all()


def test_names_and_words_are_handed_on(two_words):
    for make, name in ((mstar, "M*"), (pmi, "PMI"), (ppmi, "PPMI"), (shifted_ppmi, "shifted PPMI")):
        target = make(two_words)
        assert (target.name, target.words) == (name, ("sun", "moon"))
        assert repr(target) == f"Target({name!r}, V=2)"


@pytest.mark.parametrize("k", [0, -1.0, np.inf, np.nan, "5", True, None])
@pytest.mark.parametrize(
    "make", [mstar, shifted_ppmi, lambda stats, k: pair_weights(stats, "none", k)]
)
def test_negatives_must_be_a_positive_number(two_words, make, k):
    with pytest.raises(ValueError, match=r"^negatives: wanted a finite number above 0, got"):
        make(two_words, k)


@pytest.mark.parametrize("make", [mstar, pmi, ppmi, shifted_ppmi, pair_weights])
def test_only_counts_make_targets(make):
    wanted = r"^stats: wanted co-occurrence statistics, got ndarray$"
    with pytest.raises(ValueError, match=wanted):
        make(np.eye(2))


@pytest.mark.parametrize("floor", [np.nan, -np.inf, "0", None, True, 1j])
def test_the_floor_is_a_finite_number(two_words, floor):
    with pytest.raises(ValueError, match=r"^floor: wanted a finite number, got "):
        pmi(two_words, floor)


def test_numbers_may_come_from_numpy_but_not_be_huge(two_words):
    for k in (np.float64(2.0), np.float32(2.0), np.array(2.0), np.int64(2)):
        wanted = mstar(two_words, 2).todense()
        np.testing.assert_allclose(mstar(two_words, k).todense(), wanted, rtol=1e-14)
    with pytest.raises(
        ValueError, match=r"^negatives: wanted a finite number above 0, got 10+ ...$"
    ):
        mstar(two_words, 10**400)
    with pytest.raises(ValueError, match=r"^negatives: .*, got a huge number$"):
        mstar(two_words, 10**5000)
