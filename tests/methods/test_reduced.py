"""A flow from merged words, few columns and a loose tolerance is near the full one."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.analysis._plateaus import plateau_losses
from gradflow.methods import Reduced

MODES = 4


@pytest.fixture(scope="module")
def case():
    """Plain SGNS on 120 words, followed tightly."""
    problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(120), "none")
    w0 = gf.gaussian_init(jax.random.key(0), 120, 10, 1e-5)
    times = gf.time_grid(gf.spectrum(problem.linearisation, 8), 1e-5, 10, 120)
    return problem, w0, times, gf.solve(problem, w0, times, method=gf.Stabilised(1e-5))


def steps_of(solution):
    """Half-height times of what each mode reaches at the end."""
    ends = jnp.asarray(solution.singular_values[-1] ** 2)
    return np.asarray(gf.measure_steps(dataclasses.replace(solution, plateaus=ends), MODES))


@pytest.mark.slow
def test_all_words_and_few_columns_keep_the_steps(case):
    problem, w0, times, full = case
    reduced = gf.solve(problem, w0, times, method=Reduced(words=120, modes=MODES))
    np.testing.assert_allclose(steps_of(reduced), steps_of(full), rtol=0.02)
    assert int(reduced.evaluations) < int(full.evaluations)
    columns = np.isfinite(reduced.singular_values).all(axis=0)
    np.testing.assert_array_equal(columns, np.arange(10) < MODES + 4)


@pytest.mark.slow
def test_half_of_the_words_keep_the_steps_nearly(case):
    problem, w0, times, full = case
    reduced = gf.solve(problem, w0, times, method=Reduced(words=60, modes=MODES))
    errors = np.abs(steps_of(reduced) / steps_of(full) - 1)
    assert np.median(errors) <= 0.05
    losses = [plateau_losses(solution, steps_of(full)) for solution in (reduced, full)]
    drops = [loss[0] - loss[1:] for loss in losses]
    np.testing.assert_allclose(drops[0], drops[1], rtol=0.1)


@pytest.mark.slow
def test_single_precision_stays(case):
    problem, w0, times, _ = case
    method = Reduced(words=20, modes=2)
    reduced = gf.solve(problem, w0.astype("float32"), times, method=method)
    assert reduced.singular_values.dtype == np.float32


@pytest.mark.slow
def test_lanes_of_a_sweep_are_solves_and_embeddings_are_those_of_words(case):
    """Words of one group share an embedding, with the singular values that were followed."""
    problem, _, times, _ = case
    method = Reduced(words=20, modes=2)
    data = gf.sweep(problem, [1e-5], 2, 10, method=method, times=times[:40])
    w0 = gf.gaussian_init(jax.random.key(1), 120, 10, 1e-5)
    alone = gf.solve(problem, w0, times[:40], method=method, embeddings=True)
    lane = data.isel(scale=0, seed=1)
    np.testing.assert_allclose(lane.singular_values, alone.singular_values, rtol=1e-9)
    assert alone.embeddings.shape == (40, 120, 10)
    values = np.linalg.svd(alone.embeddings[-1], compute_uv=False)
    np.testing.assert_allclose(values[:6], alone.singular_values[-1, :6], rtol=1e-8)
    assert np.unique(np.round(alone.embeddings[-1] / values[0], 12), axis=0).shape[0] <= 20


def test_both_sides_are_reduced():
    """Untied, W and C are merged alike and stay apart; modes + 4 columns of each are followed."""
    problem = gf.Contrastive(gf.load_statistics("wikipedia-2k").top(60), "word2vec", tied=False)
    pair = gf.balanced_init(jax.random.key(0), 60, 6, 1e-3)
    fastest = problem.linearisation.top_eigenpairs(1)[0][0]
    method = Reduced(words=30, modes=1)
    solution = gf.solve(problem, pair, np.linspace(0, 10 / fastest, 5), method=method)
    for side in (solution, solution.context):
        assert np.isfinite(side.singular_values[:, :5]).all()
        assert np.isnan(side.singular_values[:, 5]).all()
        assert np.isnan(side.flow.log_squared(jnp.asarray(1.0 / fastest))[5])


def test_errors_are_one_line(case):
    problem, w0, times, _ = case
    for wrong in ({"words": 0}, {"modes": 0}, {"rtol": 0.0}, {"seed": -1}):
        with pytest.raises(gf.ArgumentError, match=f"^{next(iter(wrong))}: wanted"):
            Reduced(**wrong)
    for wrong in (w0[:1], w0[:7], w0[0], (w0, w0), "a"):
        with pytest.raises(gf.ArgumentError, match=r"^w0: wanted"):
            gf.solve(problem, wrong, times, method=Reduced(words=20))
    with pytest.raises(gf.ArgumentError, match=r"^words: wanted at least V = 120 for a Quadratic"):
        gf.solve(gf.Quadratic(problem.linearisation), w0, times, method=Reduced(words=20))
