"""Planted statistics have the spectrum that was asked for, as exactly as their size allows."""

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.corpus import planted_statistics
from gradflow.corpus._planted import planted_vectors


def mstar(stats, negatives=1.0):
    P, p = stats.pair_probabilities, stats.unigram_probabilities
    kPi = negatives * np.outer(p, p)
    return 2 * (P - kPi) / (P + kPi)


def recovered(stats, count, negatives=1.0):
    """The eigenvalues that are largest in size, the constant mode left out."""
    values, vectors = np.linalg.eigh(mstar(stats, negatives))
    constant = np.argmax(np.abs(vectors.sum(axis=0)))
    values = np.delete(values, constant)
    return np.sort(values[np.argsort(-np.abs(values))[:count]])[::-1]


@pytest.mark.parametrize("vocab_size", [2, 8, 64, 7, 100])
def test_vectors_are_orthonormal_small_and_orthogonal_to_ones(vocab_size):
    U = planted_vectors(vocab_size, vocab_size - 1)
    full = np.column_stack([np.full(vocab_size, vocab_size**-0.5), U])
    np.testing.assert_allclose(full.T @ full, np.eye(vocab_size), atol=1e-13)
    assert np.abs(U).max() <= np.sqrt(2 / vocab_size)


@pytest.mark.parametrize("vocab_size", [64, 60])
@pytest.mark.parametrize("negatives", [0.3, 1.0, 3.0])
def test_expected_counts_have_the_planted_spectrum_and_one_constant_mode(vocab_size, negatives):
    planted = [12.0, 7.0, 3.0, -4.0]
    stats = planted_statistics(
        planted, vocab_size, negatives=negatives, total_pairs=10**15, sampling=False
    )
    values, vectors = np.linalg.eigh(mstar(stats, negatives))
    wanted = np.zeros(vocab_size)
    wanted[:5] = [*planted, stats.provenance["constant_mode"]]
    np.testing.assert_allclose(values, np.sort(wanted), atol=1e-9)
    for mode, value in enumerate(planted):
        at = np.argmin(np.abs(values - value))
        overlap = vectors[:, at] @ planted_vectors(vocab_size, 4)[:, mode]
        assert abs(overlap) > 1 - 1e-12
    bound = 2 * vocab_size * (1 - negatives) / (1 + negatives)
    assert stats.provenance["constant_mode"] <= bound


@pytest.mark.parametrize(("vocab_size", "off"), [(64, 1e-9), (60, 2 * (12 / 60) ** 2)])
def test_marginals_are_uniform(vocab_size, off):
    stats = planted_statistics([12.0, 5.0], vocab_size, total_pairs=10**15, sampling=False)
    marginals = stats.pair_probabilities.sum(axis=0)
    np.testing.assert_allclose(marginals * vocab_size, 1, atol=off)


def test_sampled_eigenvalues_agree_within_the_stated_standard_error():
    planted = [20.0, 16.0, 12.0, 8.0]
    stats = planted_statistics(planted, 64, total_pairs=10**9, seed=3)
    standard_error = np.sqrt(2 * 64**2 / 10**9)
    np.testing.assert_allclose(recovered(stats, 4), planted, atol=5 * standard_error)


def test_errors_shrink_as_one_over_the_root_of_the_number_of_pairs():
    planted = [20.0, 16.0, 12.0, 8.0]
    totals = np.array([10**6, 10**7, 10**8, 10**9])
    errors = [
        [
            recovered(planted_statistics(planted, 64, total_pairs=int(total), seed=seed), 4)
            - planted
            for seed in range(12)
        ]
        for total in totals
    ]
    typical = np.sqrt(np.mean(np.square(errors), axis=(1, 2)))
    rate = np.polyfit(np.log(totals), np.log(typical), 1)[0]
    assert abs(rate + 0.5) < 0.06
    # And the size of it, in the place where the bias is small against the scatter.
    assert 0.5 < typical[-1] / np.sqrt(2 * 64**2 / totals[-1]) < 1.5


def test_counts_are_those_of_a_text_with_window_one():
    stats = planted_statistics([5.0, -3.0], 10, total_pairs=100_000, seed=1)
    assert stats.total_pairs == 100_000
    assert stats.total_tokens == 50_000
    assert not (stats.pair_counts.diagonal() % 2).any()
    assert (stats.window, stats.weighting) == (1, "flat")
    assert stats.words[::9] == ("word0", "word9")
    assert stats.provenance["eigenvalues"] == [5.0, -3.0]


def test_seeds_decide_everything():
    one, same, other = (
        planted_statistics([5.0], 16, total_pairs=10**5, seed=seed) for seed in (1, 1, 2)
    )
    assert (one.pair_counts != same.pair_counts).nnz == 0
    assert (one.pair_counts != other.pair_counts).nnz > 0


@pytest.mark.parametrize("negatives", [0.5, 1.0, 5.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_bound_in_the_message_is_where_it_stops_working(negatives, sign):
    planted = sign * np.array([400.0, 100.0])
    with pytest.raises(ArgumentError) as caught:
        planted_statistics(planted, 64, negatives=negatives)
    message = str(caught.value)
    assert message.startswith("eigenvalues: wanted no more than ")
    assert message.endswith(f"got {sign * 400} as the largest of 2")
    factor = float(message.split()[5])
    planted_statistics(0.99 * factor * planted, 64, negatives=negatives)
    with pytest.raises(ArgumentError):
        planted_statistics(1.01 * factor * planted, 64, negatives=negatives)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"eigenvalues": []}, "eigenvalues: wanted from 1 to 7 numbers"),
        ({"eigenvalues": [1.0] * 8}, "less than vocab_size, got 8"),
        ({"eigenvalues": [1.0, 0.0]}, "finite numbers other than zero, got 0.0"),
        ({"eigenvalues": [np.inf]}, "finite numbers other than zero, got inf"),
        ({"eigenvalues": "abc"}, "finite numbers other than zero, got 'abc'"),
        ({"vocab_size": 0}, "vocab_size: wanted an integer of at least 1, got 0"),
        ({"negatives": 0.0}, "negatives: wanted a finite number above 0, got 0.0"),
        ({"total_pairs": 7}, "total_pairs: wanted an even number"),
        ({"total_pairs": 1e9}, "total_pairs: wanted an integer"),
        ({"seed": -1}, "seed: wanted an integer of at least 0, got -1"),
        ({"seed": 1.5}, "seed: wanted an integer of at least 0, got 1.5"),
    ],
)
def test_arguments_that_cannot_be_used(changes, said):
    with pytest.raises(ArgumentError) as caught:
        planted_statistics(**({"eigenvalues": [1.0], "vocab_size": 8} | changes))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_spectrum_of_a_real_size_is_quick_enough():
    stats = planted_statistics(np.linspace(100, 20, 25), 1000, total_pairs=10**10)
    assert stats.vocab_size == 1000
    assert stats.total_pairs == 10**10
