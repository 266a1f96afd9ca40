"""The validity report: against planted truth, closed forms and a corpus that is far too small."""

import dataclasses
import json

import numpy as np
import pytest
import scipy.stats

import gradflow as gf
from gradflow.corpus._planted import planted_vectors
from gradflow.validity._expected_stepness import expected_stepness
from gradflow.validity._thinning import thin, thinning_unit
from gradflow.validity._truncation import truncation
from gradflow.validity._verdict import graded
from gradflow.validity._weight_spread import weight_spread

PLANTED = 60 * 0.9 ** np.arange(40)


@pytest.fixture(scope="module")
def sixty(sixty_words):
    return gf.validity_report(sixty_words, scales=(1e-1, 1e-6), dim=20, modes=10)


@pytest.mark.parametrize(
    ("pairs", "visible"), [(10**6, (9, 16)), (2 * 10**7, (23, 29)), (10**9, (40, 40))]
)
def test_trustworthy_modes_are_those_that_resemble_the_planted_ones(pairs, visible):
    """The count is right to a fifth (3 of 12 to 14 at the smallest), at three sizes of corpus."""
    stats = gf.corpus.planted_statistics(PLANTED, 512, total_pairs=pairs, seed=3)
    target = gf.mstar(stats)
    spec = gf.spectrum(target, 60)
    report = gf.validity_report(stats, dim=60, modes=40, target=target)
    truth = np.abs(np.sum(spec.eigenvectors[:, :40] * planted_vectors(512, 40), axis=0))
    resembling = int((truth > 0.5).sum())
    assert visible[0] <= resembling <= visible[1]  # that the test tests something
    assert abs(report.noise.trustworthy - resembling) <= 0.25 * resembling
    # Single overlaps scatter about their mean; 0.09 was the most of twelve trials.
    assert np.abs(np.array(report.noise.overlaps) - truth).mean() < 0.13


def test_the_noise_edge_is_that_of_the_noise_planted():
    """2 √V σ with σ = V/√N; 2.5 % is what M* bends at these counts, and 1 % the solver's."""
    stats = gf.corpus.planted_statistics(PLANTED, 512, total_pairs=10**8, seed=1)
    noise = gf.validity_report(stats, dim=60, modes=40).noise
    assert noise.edge == pytest.approx(2 * 512**1.5 / 1e4, rel=0.05)
    assert noise.entry == pytest.approx(512 / 1e4, rel=0.05)
    assert noise.growth == pytest.approx(0.5, rel=0.03)


def test_halves_of_a_text_differ_by_the_noise_that_thinning_finds():
    """Words drawn one by one, so no bursts: M* of two halves of the documents, against the whole.

    With the mean weight (L + 1)/2 as unit the entries would come out 11 % too small.
    """
    random = np.random.default_rng(0)
    p = 1 / np.arange(10, 160)
    texts = [[f"w{i}" for i in random.choice(150, 150, p=p / p.sum())] for _ in range(600)]
    whole = gf.count_cooccurrence(texts, window=8)
    noise = gf.validity_report(whole, dim=40, modes=20).noise
    targets = []
    for half in (texts[:300], texts[300:]):
        stats = gf.count_cooccurrence(half, window=8)
        order = [stats.index(word) for word in whole.words]
        targets.append(gf.mstar(stats).todense()[np.ix_(order, order)])
    difference = (targets[0] - targets[1]) * np.sqrt(noise.growth / 2)
    assert noise.entry == pytest.approx(np.sqrt(np.mean(difference**2)), rel=0.05)
    # One draw of a largest eigenvalue scatters by V^(-2/3), 4 %; found 6 %.
    assert noise.edge == pytest.approx(np.linalg.norm(difference, 2), rel=0.12)


def test_thinning_has_the_variance_of_independent_cooccurrences(sixty_words):
    """A weighted Poisson sum, cut at random, scatters as the events that made it would."""
    window, events, trials = 16, 40, 4000
    random = np.random.default_rng(0)
    weights = np.arange(window, 0, -1.0)
    counts = random.poisson(events / window, (trials, window))
    first = random.binomial(counts, 0.5)
    truth = (2 * first - counts) @ weights
    total = counts @ weights
    halves = 2 * thin(total, (2 * window + 1) / 3, random) - total
    assert thinning_unit(sixty_words) == (2 * window + 1) / 3
    # Standard error of a variance: √(2/4000) = 2.2 %, twice.
    assert halves.var() == pytest.approx(truth.var(), rel=0.1)
    assert abs(halves.mean()) < 4 * truth.std() / np.sqrt(trials)


def test_uniform_weighting_has_no_spread(sixty, sixty_words):
    spread = sixty.weights
    assert (spread.ratio, spread.variation) == (1.0, 0.0)
    assert (spread.rank_one_error, spread.rank_one_log_error) == (0.0, 0.0)
    assert spread.verdict().level == "fine"
    ones = gf.targets.Word2vecWeighting(np.inf, 1.0)  # B = kΠ of the marginals: not uniform
    assert gf.validity_report(sixty_words, weighting=ones, dim=4).weights.ratio > 10


def test_a_product_of_word_weights_is_recognised():
    """G = g gᵀ is fitted to rounding by both measures, and judged less harshly than its spread."""
    g = np.exp(np.random.default_rng(0).normal(size=50))
    product = weight_spread(np.outer(g, g) * 3)
    assert product.rank_one_error < 1e-7  # the root of a difference of numbers near one
    assert product.rank_one_log_error < 1e-13
    assert product.ratio > 30
    assert product.verdict().level == "doubtful"
    other = weight_spread(np.outer(g, g) + 5 * np.eye(50))
    assert other.rank_one_error > 0.1
    rough = np.random.default_rng(1).normal(size=(50, 50))
    assert weight_spread(np.exp(rough + rough.T)).rank_one_log_error > 1
    assert weight_spread(np.exp(2 * (rough + rough.T))).verdict().level == "does not apply"


def test_a_pair_that_outweighs_all_others_is_told():
    """Quantiles do not see it. By hand: mean (2,498 + 2·1,000)/2,500, and so the deviation."""
    total = np.ones((50, 50))
    total[3, 7] = total[7, 3] = 1000
    spread = weight_spread(total)
    assert spread.ratio == 1
    assert spread.variation == pytest.approx(999 * np.sqrt(2 * 2498) / 2500 / 1.7992, rel=1e-12)
    assert spread.verdict().level == "does not apply"
    assert "standard deviation of 15.7 means" in spread.verdict().reason
    assert "differs 1-fold" in spread.lines()[0]


def test_zero_weights_have_no_logarithm():
    spread = weight_spread(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert spread.ratio == spread.rank_one_log_error == np.inf
    assert spread.lines()


def test_typical_starts_are_the_medians_of_gaussian_matrices():
    """Separations from SciPy's medians of χ²: s₀² of mode k is σ²/d times one of d − k degrees."""
    eigenvalues, scale, dim = np.array([9.0, 5.0, 4.9]), 1e-5, 6
    logs = np.log(scipy.stats.chi2(dim - np.arange(3)).median() * scale**2 / dim)
    times = np.log(np.exp(np.log(eigenvalues) - logs) - 1) / eigenvalues
    rise = np.log(81) / eigenvalues
    expected = expected_stepness(eigenvalues, scale, dim)
    assert expected.rising == 3
    separations = np.diff(times) / ((rise[1:] + rise[:-1]) / 2)
    np.testing.assert_allclose(expected.typical.separations, separations, rtol=1e-7)


def test_steps_that_overlap_form_groups():
    eigenvalues = np.array([90.0, 50.0, 30.0, 29.9, 29.8, 15.0, 9.0, 8.9])
    expected = expected_stepness(eigenvalues, 1e-8, 20)
    assert expected.overlapping == ((3, 5), (7, 8))
    assert expected.typical.resolved == 2
    assert expected.rising == 8
    assert "3 of the steps stand apart from both" in expected.lines()[0]
    two = expected_stepness(eigenvalues[:2], 1e-8, 20)
    assert (two.overlapping, two.typical.resolved) == ((), 2)
    assert two.verdict().level == "fine"


def test_no_step_from_a_start_that_is_high_already():
    eigenvalues = np.array([9.0, 5.0, -1.0])
    expected = expected_stepness(eigenvalues, 100.0, 3)
    assert expected.rising == 0
    assert expected.share_apart == 0.0
    assert expected.verdict().level == "does not apply"
    assert expected_stepness(eigenvalues, 1e-200, 3).rising == 2


def test_the_end_of_order_two_is_the_best_approximation_of_rank_d():
    matrix = np.diag([1.5, 0.5]) + 0.0
    found = truncation(matrix, gf.spectrum(gf.Target(matrix), 2), 1, None)
    assert found.target_above_one == found.end_above_one == 0.25
    assert found.end_typical == pytest.approx(0.75, rel=1e-12)  # √(1.5²/4)
    assert found.end_largest == 0.0  # of different words
    weighted = truncation(
        matrix, gf.spectrum(gf.Target(matrix), 2), 1, np.array([[7.0, 1], [1, 1]])
    )
    assert weighted.end_weighted == pytest.approx(0.7, rel=1e-12)


def test_a_tiny_corpus_is_told_that_it_is_too_small():
    lines = ["the quick brown fox jumps over the lazy dog while a cat looks on"] * 20
    report = gf.validity_report(gf.count_cooccurrence(lines, window=4), dim=5)
    verdict = report.verdicts[0]
    assert report.corpus.tokens_per_word == pytest.approx(280 / 13, rel=1e-15)
    assert (verdict.topic, verdict.level) == ("corpus", "doubtful")
    smaller = gf.validity_report(gf.count_cooccurrence(lines[:10], window=4), dim=5)
    assert smaller.verdict == "does not apply"
    assert "10.8 per vocabulary word" in smaller.warnings[0]


def test_noise_is_judged_by_modes_and_by_eigenvalues(sixty):
    """Either alone makes it worse; thresholds: half and a tenth of the modes, 10 and 30 %."""
    good = dataclasses.replace(sixty.noise, overlaps_cautious=(0.9,) * 10, eigenvalue_bias=-0.05)
    assert good.verdict().level == "fine"
    for change, level in (
        ({"eigenvalue_bias": -0.2}, "doubtful"),
        ({"eigenvalue_bias": -0.4}, "does not apply"),
        ({"overlaps_cautious": (0.9,) * 4 + (0.4,) * 6}, "doubtful"),
        ({"overlaps_cautious": (0.4,) * 10}, "does not apply"),
    ):
        assert dataclasses.replace(good, **change).verdict().level == level


def test_expected_cooccurrences_are_those_of_shuffled_words():
    """Two words, flat weights: N p_i p_j, by hand, and e^−n of the pairs stay unseen."""
    stats = gf.CooccurrenceStatistics.from_counts(
        ["a", "b"], np.array([3, 1]), np.array([[16, 0], [0, 16]]), window=1, weighting="flat"
    )
    size = gf.validity_report(stats, dim=1).corpus
    expected = 32 * np.array([9, 3, 3, 1]) / 16
    assert size.expected_cooccurrences[1] == pytest.approx(np.median(expected), rel=1e-12)
    assert size.zero_share == 0.5
    assert size.zero_share_expected == pytest.approx(np.exp(-expected).mean(), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "level"), [(0.9, "does not apply"), (1, "doubtful"), (2, "fine")]
)
def test_levels(value, level):
    assert graded(value, 2.0, 1.0) == level


@pytest.mark.parametrize("weighting", ["none", "unigram", "word2vec", (1.0, 0.5)])
def test_every_weighting_has_a_report(sixty_words, weighting):
    report = gf.validity_report(sixty_words, weighting=weighting, dim=10)
    assert report.weights.ratio > 1
    assert json.loads(json.dumps(report.as_dict(), allow_nan=False))


def test_the_target_of_the_weighting_in_use_is_judged(sixty_words, sixty):
    """Unigram weights keep M*; word2vec's have another, here with its own eigenvalues."""
    same = gf.validity_report(sixty_words, weighting="unigram", scales=(0.1,), dim=20, modes=10)
    assert same.stepness[0] == sixty.stepness[0]
    assert same.noise == sixty.noise
    other = gf.validity_report(sixty_words, weighting="word2vec", scales=(0.1,), dim=20, modes=10)
    assert other.stepness[0] != sixty.stepness[0]


def test_json_holds_all_numbers(sixty):
    """Through JSON and back nothing changes but tuples into lists."""
    facts = json.loads(json.dumps(sixty.as_dict(), allow_nan=False))
    assert facts == sixty.as_dict()
    assert facts["noise"]["overlaps"] == list(sixty.noise.overlaps)
    assert facts["stepness"][1]["scale"] == 1e-6
    assert facts["verdict"] in ("fine", "doubtful", "does not apply")
    assert str(sixty).splitlines() == facts["lines"]
    assert {field.name for field in dataclasses.fields(sixty)} <= set(facts)


def test_the_same_seed_gives_the_same_report(sixty, sixty_words):
    again = gf.validity_report(sixty_words, scales=(1e-1, 1e-6), dim=20, modes=10)
    assert again == sixty
    other = gf.validity_report(sixty_words, scales=(1e-1, 1e-6), dim=20, modes=10, seed=1)
    assert other.noise.edge != sixty.noise.edge


def test_scales_may_be_an_array(sixty, sixty_words):
    scales = np.array([1e-1, 1e-6])
    assert gf.validity_report(sixty_words, scales=scales, dim=20, modes=10) == sixty


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"dim": 61}, "dim"),
        ({"modes": 0}, "modes"),
        ({"scales": (0.0,)}, "scales"),
        ({"seed": -1}, "seed"),
        ({"scales": np.array([])}, "scales"),
        ({"scales": np.ones((2, 2))}, "scales"),
        ({"scales": [1e-3, [1e-2]]}, "scales"),
        ({"negatives": 0}, "negatives"),
        ({"negatives": -1, "target": "its own"}, "negatives"),
        ({"negatives": "x", "target": "its own"}, "negatives"),
        ({"weighting": "other"}, "weighting"),
        ({"target": gf.Target(np.eye(3))}, "target"),
    ],
)
def test_what_does_not_fit_is_named(sixty_words, options, argument):
    if isinstance(options.get("target"), str):
        options = {**options, "target": gf.mstar(sixty_words)}
    with pytest.raises(gf.ArgumentError) as caught:
        gf.validity_report(sixty_words, **{"dim": 10, **options})
    assert caught.value.argument == argument
