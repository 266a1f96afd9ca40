"""A flow from merged words, few columns and a loose tolerance is near the whole one."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf

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
    problem, w0, times, whole = case
    found = gf.predict_flow(problem, w0, times, modes=MODES, words=120)
    np.testing.assert_allclose(steps_of(found), steps_of(whole), rtol=0.02)
    assert int(found.evaluations) < int(whole.evaluations)


@pytest.mark.slow
def test_single_precision_stays(case):
    problem, w0, times, _ = case
    found = gf.predict_flow(problem, w0.astype("float32"), times, modes=2, words=20)
    assert found.singular_values.dtype == np.float32


@pytest.mark.slow
def test_half_of_the_words_keep_the_steps_nearly(case):
    problem, w0, times, whole = case
    found = gf.predict_flow(problem, w0, times, modes=MODES, words=60)
    errors = np.abs(steps_of(found) / steps_of(whole) - 1)
    assert np.median(errors) <= 0.05
    losses = [gf.plateau_losses(one, steps_of(whole)) for one in (found, whole)]
    drops = [loss[0] - loss[1:] for loss in losses]
    np.testing.assert_allclose(drops[0], drops[1], rtol=0.1)


def test_plateaus_of_the_quadratic_loss_are_the_staircase():
    """Two modes far apart: ⅛‖M‖², less λ²/8 a step, as far as the grid finds the flattest time."""
    target = gf.Target(np.diag([9.0, 1.0, 0.0]))
    w0 = gf.gaussian_init(jax.random.key(0), 3, 2, 1e-6)
    solution = gf.solve(gf.Quadratic(target), w0, np.linspace(0.0, 60.0, 400))
    found = gf.plateau_losses(solution, gf.measure_steps(solution))
    np.testing.assert_allclose(found, gf.spectrum(target, 2).loss_staircase, atol=1e-6)


def test_a_plateau_that_is_not_there_is_nan():
    solution = gf.solve(
        gf.Quadratic(gf.Target(np.eye(2))), np.eye(2) * 1e-3, np.linspace(0.0, 20.0, 5)
    )
    found = gf.plateau_losses(solution, [1.0, 1.1, np.nan])
    np.testing.assert_array_equal(np.isfinite(found), [True, False, False, False])


def test_errors_are_one_line(case):
    problem, w0, times, _ = case
    with pytest.raises(gf.ArgumentError, match=r"^words: wanted an integer of at least 1, got 0"):
        gf.predict_flow(problem, w0, times, words=0)
    for wrong in (w0[:1], w0[:7], w0[0], (w0, w0), "a"):
        with pytest.raises(gf.ArgumentError, match=r"^w0: wanted"):
            gf.predict_flow(problem, wrong, times, words=20)
    with pytest.raises(gf.ArgumentError, match=r"^problem: wanted a Contrastive, Taylor or NCE"):
        gf.predict_flow(gf.Quadratic(gf.Target(np.eye(2))), w0, times)
    with pytest.raises(gf.ArgumentError, match=r"^steps: wanted numbers that rise"):
        gf.plateau_losses(case[3], [2.0, 1.0])
    with pytest.raises(gf.ArgumentError, match=r"^steps: wanted shape \(m,\)"):
        gf.plateau_losses(case[3], [[1.0]])
