"""A and B of the contrastive loss, for every weighting."""

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.targets import Word2vecWeighting, mstar, pair_weights
from gradflow.targets._weightings import WEIGHTINGS

KS = [0.3, 1.0, 2.5, 20.0]


@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("weighting", ["uniform", "none", "unigram"])
def test_weights_make_the_target(sixty_words, weighting, k):
    """M* = 2(A − B)/(A + B) wherever Ψ⁺ = Ψ⁻; all of it symmetric."""
    weights = pair_weights(sixty_words, weighting, k)
    A, B = weights.positive, weights.negative()
    np.testing.assert_allclose(2 * (A - B) / (A + B), mstar(sixty_words, k).todense(), atol=1e-13)
    np.testing.assert_array_equal(A, A.T)
    np.testing.assert_allclose(B, B.T, rtol=1e-14)


def test_sums_say_what_is_normalised(sixty_words):
    P, p = sixty_words.pair_probabilities, sixty_words.unigram_probabilities
    np.testing.assert_allclose(pair_weights(sixty_words, "uniform", 3.0).summed(), 1, rtol=1e-15)
    none = pair_weights(sixty_words, "none", 3.0)
    np.testing.assert_allclose([none.positive.sum(), none.negative().sum()], [1, 3], rtol=1e-13)
    unigram = pair_weights(sixty_words, "unigram", 3.0)
    np.testing.assert_allclose(unigram.summed(), (P / np.outer(p, p) + 3) / 4, rtol=1e-13)


def test_word2vec_by_loops(sixty_words):
    """κ_i κ_j P_ij, normalised; k noise words for each, drawn ∝ p^0.75."""
    P, p = sixty_words.pair_probabilities.tolist(), sixty_words.unigram_probabilities.tolist()
    kappa = [min(1.0, (2e-3 / x) ** 0.5 + 2e-3 / x) for x in p]
    kept = [[P[i][j] * kappa[i] * kappa[j] for j in range(60)] for i in range(60)]
    total = sum(map(sum, kept))
    powers = [x**0.5 for x in p]
    found = pair_weights(sixty_words, Word2vecWeighting(2e-3, power=0.5), 5.0)
    for i, j in [(0, 0), (3, 59), (59, 3), (17, 40)]:
        np.testing.assert_allclose(found.positive[i, j], kept[i][j] / total, rtol=1e-13)
        wanted = 5 * sum(kept[i]) / total * powers[j] / sum(powers)
        np.testing.assert_allclose(found.negative()[i, j], wanted, rtol=1e-9)
    np.testing.assert_allclose(found.noise, np.array(powers) / sum(powers), rtol=1e-14)
    assert min(kappa) < 0.3, "subsampling does something"
    np.testing.assert_array_equal(found.positive, found.positive.T)


def test_no_subsampling_and_power_one_is_no_weighting(sixty_words):
    found = pair_weights(sixty_words, Word2vecWeighting(np.inf, power=1.0))
    wanted = pair_weights(sixty_words, "none")
    np.testing.assert_allclose(found.positive, wanted.positive, rtol=1e-13)
    # The words whose noise is drawn are those of the pairs: marginals of P, not p.
    marginal, p = sixty_words.pair_probabilities.sum(axis=1), sixty_words.unigram_probabilities
    np.testing.assert_allclose(found.negative(), np.outer(marginal, p), rtol=1e-10)


def test_given_arrays_multiply(sixty_words):
    rng = np.random.default_rng(0)
    above, below = rng.uniform(size=(60, 60)), rng.uniform(size=60)
    found = pair_weights(sixty_words, (above, below), 2.0)
    p = sixty_words.unigram_probabilities
    np.testing.assert_allclose(found.positive, above * sixty_words.pair_probabilities)
    np.testing.assert_allclose(found.negative(), 2 * below * np.outer(p, p), rtol=1e-9, atol=1e-18)


@pytest.mark.parametrize("weighting", [*WEIGHTINGS, (np.arange(60.0), np.ones((60, 60)))])
def test_the_symmetric_part_is_symmetric_and_the_rest_sums_to_nothing(sixty_words, weighting):
    weights = pair_weights(sixty_words, weighting, 2.0)
    half = weights.symmetrised()
    for found, whole in [
        (half.positive, weights.positive), (half.negative(), weights.negative()),
    ]:  # fmt: skip
        np.testing.assert_allclose(found, found.T, rtol=1e-12, atol=1e-18)
        np.testing.assert_allclose(found, (whole + whole.T) / 2, rtol=1e-9, atol=1e-17)


@pytest.mark.parametrize(
    ("weighting", "message"),
    [
        ("x", "weighting: wanted one of 'uniform', 'none', 'unigram', 'word2vec', got 'x'"),
        ((1.0,), "weighting: wanted one of"),
        ((1.0, -1.0), r"weighting\[1\]: wanted finite numbers of at least 0 that broadcast"),
        ((np.nan, 1.0), r"weighting\[0\]: wanted finite numbers"),
        ((np.ones(3), 1.0), r"weighting\[0\]: wanted .* \(60, 60\), got shape \(3,\)"),
        (("a", 1.0), r"weighting\[0\]: wanted an array of numbers, got 'a'"),
    ],
)
def test_what_is_no_weighting_is_refused(sixty_words, weighting, message):
    with pytest.raises(ArgumentError, match=f"^{message}"):
        pair_weights(sixty_words, weighting)


@pytest.mark.parametrize(("subsample", "power"), [(0, 1), (-1, 1), (1, -0.5), (np.nan, 1)])
def test_constants_of_word2vec_are_checked(subsample, power):
    with pytest.raises(ArgumentError, match=r"^(subsample|power): wanted a finite number"):
        Word2vecWeighting(subsample, power)
