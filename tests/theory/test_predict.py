"""Predictions follow their formulas, and are as good as the design says."""

import jax
import numpy as np
import pytest

import gradflow as gf


@pytest.fixture(scope="module")
def spec():
    rng = np.random.default_rng(0)
    half = rng.normal(size=(30, 30))
    return gf.spectrum(gf.Target(half + half.T), k=10)


@pytest.fixture(scope="module")
def w0():
    return gf.gaussian_init(jax.random.key(0), 30, 5, 1e-3)


def test_rules_read_their_own_start(spec, w0):
    """Against NumPy, one mode at a time."""
    start = np.asarray(w0)
    coordinates = spec.eigenvectors.T @ start
    triangle = np.linalg.qr(coordinates.T)[1]
    for mode in range(5):
        rate = spec.eigenvalues[mode]
        squares = {
            "paper": np.sum(start**2) / 30,
            "row": np.sum(coordinates[mode] ** 2),
            "qr": triangle[mode, mode] ** 2,
        }
        for rule, square in squares.items():
            predicted = gf.predict_steps(spec, w0, rule)[mode]
            np.testing.assert_allclose(predicted, np.log(rate / square - 1) / rate, rtol=1e-12)


def test_qr_has_no_start_beyond_mode_d(spec, w0):
    predicted = np.asarray(gf.predict_steps(spec, w0, "qr"))
    assert predicted.shape == (10,)
    assert np.isfinite(predicted[:5]).all()
    assert np.isnan(predicted[5:]).all()


@pytest.mark.slow
def test_the_paper_s_scale_is_read_off_the_start(spec):
    """‖W₀‖²/V is σ² to about √(2/Vd), so the paper's rule needs no other argument."""
    w0 = gf.gaussian_init(jax.random.key(1), 2000, 50, 1e-4)
    wide = gf.spectrum(gf.Target(np.diag(np.linspace(10, 1, 2000))), k=3)
    scale_known = np.log(wide.eigenvalues / 1e-8 - 1) / wide.eigenvalues
    np.testing.assert_allclose(gf.predict_steps(wide, w0, "paper"), scale_known, rtol=1e-3)


def test_modes_without_a_rise_are_nan():
    spec = gf.spectrum(gf.Target(np.diag([4.0, 1.0, 0.0, -2.0])), k=4)
    w0 = np.diag([1e-3, 0.9, 1e-3, 1e-3])
    predicted = np.asarray(gf.predict_steps(spec, w0, "qr"))
    np.testing.assert_array_equal(np.isfinite(predicted), [True, False, False, False])


def test_errors_say_argument_wanted_and_got(spec, w0):
    with pytest.raises(
        gf.ArgumentError, match=r"^rule: wanted one of 'paper', 'row', 'qr', 'clusters', got"
    ):
        gf.predict_steps(spec, w0, "best")
    with pytest.raises(gf.ArgumentError, match=r"^w0: wanted shape \(V, d\) with V = 30 and"):
        gf.predict_steps(spec, w0[:7])


def test_sigmoids_are_exact_from_a_commuting_start(spec):
    w0 = spec.eigenvectors[:, :5] * 1e-3
    times = gf.time_grid(spec, 1e-3, 5, 40)
    solved = gf.solve(gf.Quadratic(_full_target(spec)), w0, times).singular_values
    predicted = gf.predict(spec, w0).singular_values(times)[:, :5]
    np.testing.assert_allclose(np.sort(predicted)[:, ::-1], solved, rtol=1e-9)


def _full_target(spec):
    vectors = spec.eigenvectors
    return gf.Target(vectors * spec.eigenvalues @ vectors.T)


def test_the_staircase_is_the_loss_of_the_first_modes(spec):
    matrix = _full_target(spec).todense()
    same = gf.spectrum(gf.Target(matrix), k=10)
    for count, height in enumerate(same.loss_staircase):
        learned = same.eigenvectors[:, :count] * same.eigenvalues[:count]
        residual = learned @ same.eigenvectors[:, :count].T - matrix
        np.testing.assert_allclose(height, np.sum(residual**2) / 8, rtol=1e-10, atol=1e-10)


def test_negative_eigenvalues_take_nothing_from_the_loss():
    spec = gf.spectrum(gf.Target(np.diag([2.0, -2.0])), k=2)
    np.testing.assert_allclose(spec.loss_staircase, [1.0, 0.5, 0.5])


@pytest.mark.slow
def test_qr_beats_the_paper_on_wikipedia():
    """Median over the first 50 modes at scale 1e-4: at most 0.6 % for qr, above 0.8 % for σ."""
    stats = gf.load_statistics("wikipedia-2k")
    settings = gf.StudySettings(scales=(1e-4,), seeds=2, num_times=200, sgns_words=0)
    errors = gf.study_rank_increments(stats, settings).errors.set_index("rule")["median"]
    assert errors["qr"] <= 0.006
    assert errors["paper"] > 0.008
