"""Merging words is exact where embeddings are shared, and near where words are alike."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.problems._coarse_grained import CoarseGrained, cluster_words

SIZE, DIM = 40, 4
LOSSES = {
    "sgns none": lambda stats, tied: gf.Contrastive(stats, "none", 0.7, tied=tied),
    "sgns word2vec": lambda stats, tied: gf.Contrastive(stats, "word2vec", 0.7, tied=tied),
    "taylor uniform": lambda stats, tied: gf.Taylor(stats, 4, "uniform", 0.7, tied=tied),
    "nce arrays": lambda stats, tied: gf.NCE(
        stats, (np.full((SIZE, 1), 2.0), np.ones(SIZE)), tied=tied
    ),
}


@pytest.fixture(scope="module")
def stats():
    return gf.load_statistics("wikipedia-2k").top(SIZE)


@pytest.fixture(params=LOSSES)
def name(request):
    return request.param


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def tied(request):
    return request.param


def state_of(rows):
    return jax.random.normal(jax.random.key(0), (rows, DIM)) * 0.7


def test_groups_of_one_are_the_problem_itself(stats, name, tied):
    problem = LOSSES[name](stats, tied)
    coarse = CoarseGrained(problem, np.arange(SIZE))
    state = state_of(problem.rows)
    np.testing.assert_allclose(coarse.loss(state), problem.loss(state), rtol=1e-13)
    np.testing.assert_allclose(coarse.gradient(state), problem.gradient(state), atol=1e-13)
    np.testing.assert_allclose(
        coarse.linearisation.todense(), problem.linearisation.todense(), atol=1e-14
    )


@pytest.mark.parametrize("name", ["sgns none", "sgns word2vec", "taylor uniform"])
def test_the_loss_is_that_of_shared_embeddings(stats, name, tied):
    """And its gradient is theirs, by autodiff through all words; without an offset of the words."""
    problem = LOSSES[name](stats, tied)
    coarse = CoarseGrained(problem, np.arange(SIZE) % 15)
    state = state_of(coarse.rows)

    def of_words(state):
        sides = [coarse.words(side) for side in coarse.sides(state)]
        return problem.loss(jnp.concatenate(sides))

    value, slope = jax.value_and_grad(of_words)(state)
    np.testing.assert_allclose(coarse.loss(state), value, rtol=1e-12)
    np.testing.assert_allclose(coarse.gradient(state), slope, atol=1e-12)


def test_singular_values_are_those_of_the_words(stats):
    coarse = CoarseGrained(LOSSES["sgns none"](stats, True), np.arange(SIZE) % 15)
    z = state_of(15)
    values = [np.linalg.svd(array, compute_uv=False) for array in (z, coarse.words(z))]
    np.testing.assert_allclose(*values, rtol=1e-12)


def test_what_words_share_survives_merging(stats):
    coarse = CoarseGrained(LOSSES["sgns none"](stats, True), np.arange(SIZE) % 15)
    z = state_of(15)
    np.testing.assert_allclose(coarse.coarsen(coarse.words(z)), z, rtol=1e-12)


def twins():
    """Counts of twenty words, and of the same text with each word written in two ways."""
    half = gf.load_statistics("wikipedia-2k").top(20)
    pairs = np.kron(half.pair_counts.toarray(), np.ones((2, 2)))
    both = gf.CooccurrenceStatistics.from_counts(
        [f"{word}{i}" for word in half.words for i in "ab"],
        np.repeat(half.unigram_counts, 2),
        pairs,
    )
    return gf.Contrastive(both, "none")


def test_twins_are_alike():
    groups = cluster_words(twins(), 20)
    np.testing.assert_array_equal(groups[::2], groups[1::2])
    assert np.unique(groups).size == 20


def test_the_flow_of_twins_is_that_of_their_groups():
    """From one start for both, to the accuracy of the integrator."""
    problem = twins()
    coarse = CoarseGrained(problem, np.repeat(np.arange(20), 2))
    w0 = np.repeat(gf.gaussian_init(jax.random.key(0), 20, DIM, 1e-2), 2, axis=0)
    times = gf.time_grid(gf.spectrum(problem.linearisation, 3), 1e-2, DIM, 12)
    method = gf.Adaptive(rtol=1e-9)
    whole = gf.solve(problem, w0, times, method=method)
    small = gf.solve(coarse, coarse.coarsen(w0), times, method=method)
    np.testing.assert_allclose(small.singular_values, whole.singular_values, rtol=1e-7)
    np.testing.assert_allclose(small.loss, whole.loss, rtol=1e-10)


def test_errors_are_one_line(stats):
    problem = LOSSES["sgns none"](stats, True)
    with pytest.raises(gf.ArgumentError, match=r"^groups: wanted shape \(40,\), integers from 0"):
        CoarseGrained(problem, np.arange(SIZE) * 2)
    with pytest.raises(gf.ArgumentError, match=r"^problem: wanted a Contrastive, Taylor or NCE"):
        cluster_words(gf.Quadratic(gf.mstar(stats)), 5)
    coarse = CoarseGrained(problem, np.arange(SIZE) // 2)
    with pytest.raises(gf.ArgumentError, match=r"^state: wanted shape \(40, d\), got shape"):
        coarse.coarsen(np.ones((7, 2)))
    with pytest.raises(gf.ArgumentError, match=r"^count: wanted at most the vocabulary size 40"):
        cluster_words(problem, 41)


@pytest.mark.parametrize("merging", [np.arange(SIZE) % 6, np.arange(SIZE) // 3])
def test_the_linearisation_is_that_of_the_merged_flow(stats, name, tied, merging):
    """−∇L at a state of 1e-7 against half of N times it, to the square of that."""
    coarse = CoarseGrained(LOSSES[name](stats, tied), merging)
    state = 1e-7 * state_of(coarse.rows)
    grown = coarse.linearisation.todense() @ np.asarray(state) / 2
    np.testing.assert_allclose(-coarse.gradient(state), grown, atol=1e-9 * np.abs(grown).max())


def test_pairs_without_weight_and_too_many_groups_are_no_trouble(stats):
    weights = np.ones((SIZE, SIZE)) - np.eye(SIZE)
    problem = gf.Contrastive(stats, (weights, weights))
    assert np.unique(cluster_words(problem, 12)).size == 12
    assert np.unique(cluster_words(twins(), 30)).size <= 30
