"""Rates and plateaus of any pair loss, from its first two orders at the origin."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.problems._coarse_grained import CoarseGrained
from gradflow.problems._second_order import _along_lines, mode_curvatures

MODES, DIM, SCALE = 4, 10, 1e-4
PROBLEMS = {
    "SGNS": lambda stats, tied: gf.Contrastive(stats, "unigram", tied=tied),
    "NCE": lambda stats, tied: gf.NCE(stats, negatives=2.0, tied=tied),
    "Taylor": lambda stats, tied: gf.Taylor(stats, 4, "none", tied=tied),
}


@pytest.fixture(scope="module", params=PROBLEMS)
def make(request, sixty_words):
    return lambda tied: PROBLEMS[request.param](sixty_words, tied)


def directions_of(problem):
    """u, or u above v: states of which L(s q) is even in s; and the rates."""
    rates, vectors = problem.linearisation.top_eigenpairs(MODES)
    return rates, vectors if problem.tied else np.sqrt(2) * vectors


@pytest.mark.parametrize("tied", [True, False])
def test_two_orders_are_those_of_finite_differences(make, tied):
    """L(s q) = L(0) − sides λ s²/4 + ρ s⁴/8 + O(s⁶), by values at two sizes."""
    problem = make(tied)
    rates, directions = directions_of(problem)
    curvatures = mode_curvatures(problem, problem.linearisation.top_eigenpairs(MODES)[1])

    def falls(size):
        losses = [problem.loss(jnp.asarray(size * q[:, None])) for q in directions.T]
        return (np.array(losses) - float(problem.loss(jnp.zeros((len(directions), 1))))) / size**2

    # In s², a straight line with the slope ρ/8 and the height −sides λ/4, up to s⁴.
    near, far = falls(0.3), falls(0.6)
    slopes = (far - near) / (0.6**2 - 0.3**2)
    np.testing.assert_allclose(8 * slopes, curvatures, rtol=0.03)
    heights = near - slopes * 0.3**2
    np.testing.assert_allclose(heights, -(1 if tied else 2) * rates / 4, rtol=1e-3)


@pytest.mark.parametrize("tied", [True, False])
def test_derivatives_along_lines_are_the_sums_over_pairs(make, tied):
    """What serves losses that are no sums over pairs, on losses that are."""
    problem = make(tied)
    _, directions = directions_of(problem)
    by_lines = _along_lines(problem, jnp.asarray(directions.T))
    by_pairs = mode_curvatures(problem, problem.linearisation.top_eigenpairs(MODES)[1])
    np.testing.assert_allclose(by_lines, by_pairs, rtol=1e-7)


def test_merged_words_are_predicted_as_the_words_themselves(sixty_words):
    """Sixty groups of one word: differentiated, where `Contrastive` is summed."""
    problem = gf.Contrastive(sixty_words, "unigram")
    merged = CoarseGrained(problem, np.arange(60))
    w0 = gf.gaussian_init(jax.random.key(0), 60, DIM, SCALE)
    predictions = [gf.predict(part, w0) for part in (problem, merged)]
    for name in ("steps", "plateaus"):
        np.testing.assert_allclose(*(getattr(part, name) for part in predictions), rtol=1e-6)


def test_unweighted_least_squares_feel_the_weight_one(sixty_words):
    for tied in (True, False):
        problem = gf.Contrastive(sixty_words, tied=tied)
        vectors = problem.linearisation.top_eigenpairs(MODES)[1]
        np.testing.assert_allclose(mode_curvatures(problem, vectors), 1.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("weighting", "tied", "first", "largest"),
    [
        ("uniform", True, 1e-3, 0.02),
        ("uniform", False, 1e-3, 0.02),
        ("unigram", True, 5e-3, 0.3),
    ],
)
def test_half_heights_are_near_those_of_the_flow(sixty_words, weighting, tied, first, largest):
    """SGNS: modes hardly see each other under uniform weights; else only the first is alone."""
    problem = gf.Contrastive(sixty_words, weighting, tied=tied)
    init = gf.gaussian_init if tied else gf.balanced_init
    prediction = gf.predict(problem, init(jax.random.key(0), 60, DIM, SCALE))
    w0 = init(jax.random.key(0), 60, DIM, SCALE)
    times = np.linspace(0.0, 1.5 * float(prediction.steps[MODES]), 120)
    solution = gf.solve(problem, w0, times, method=gf.Adaptive(rtol=1e-6))
    at_predicted = dataclasses.replace(solution, plateaus=prediction.plateaus)
    steps = np.asarray(gf.measure_steps(at_predicted, MODES))
    errors = np.abs(np.asarray(prediction.steps)[:MODES] / steps - 1)
    assert errors[0] < first
    assert errors.max() < largest


def test_a_distribution_over_starts_has_the_median_of_starts(sixty_words):
    """Medians of 20 starts and of 200 draws, to four of their standard errors (1.25 σ/√n)."""
    problem = gf.Contrastive(sixty_words, "unigram", tied=False)
    expected = gf.predict(problem, scale=SCALE, dim=DIM)
    error = 4 * 1.25 * expected.std[:MODES]
    starts = [gf.balanced_init(jax.random.key(i), 60, DIM, SCALE) for i in range(20)]
    median = np.median([gf.predict(problem, w0).steps[:MODES] for w0 in starts], axis=0)
    assert (np.abs(median - expected.median[:MODES]) < error / np.sqrt(20)).all()
    draws = np.median(expected.sample(jax.random.key(2), 200), axis=0)[:MODES]
    assert (np.abs(draws - expected.median[:MODES]) < error / np.sqrt(200)).all()


def test_embeddings_are_eigenvectors_times_sigmoids(sixty_words):
    """Their singular values are the sigmoids, on each side."""
    problem = gf.Contrastive(sixty_words, "unigram", tied=False)
    w0 = gf.balanced_init(jax.random.key(0), 60, DIM, SCALE)
    prediction = gf.predict(problem, w0)
    times = np.asarray(prediction.steps)[:2]
    w = np.asarray(prediction.embeddings(times))[:, :60]
    values = np.sort(np.asarray(prediction.singular_values(times)))[:, ::-1]
    np.testing.assert_allclose(np.linalg.svd(w)[1], values, rtol=1e-9)


def test_coupled_modes_need_a_closed_form(sixty_words):
    problem = gf.Contrastive(sixty_words)
    w0 = gf.gaussian_init(jax.random.key(0), 60, DIM, SCALE)
    with pytest.raises(gf.ArgumentError, match=r"^rule: wanted one of one mode, as this Contrast"):
        gf.predict(problem, w0, rule="clusters")
