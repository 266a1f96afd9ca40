"""Outliers of a spectrum: none in noise, those that were planted, and the noise beneath them."""

import numpy as np
import pytest
from scipy.stats import binom

import gradflow as gf
from gradflow.evaluation import fit_marchenko_pastur

N, P = 20, 100


def noise(rng, count, n=N, p=P):
    return rng.standard_normal((count, n, p))


def spectra(x):
    return np.linalg.eigvalsh(x @ x.swapaxes(-1, -2)) / x.shape[-2]


def planted(rng, count, strengths, n=N, p=P):
    """θ² of each signal in units of the visible one, σ²√(np), σ = 1; directions orthogonal."""
    x = noise(rng, count, n, p)
    for index, strength in enumerate(strengths):
        left = np.linalg.qr(rng.standard_normal((n, len(strengths))))[0][:, index]
        x[:, :, index] += np.sqrt(strength * np.sqrt(n * p)) * left
    return spectra(x)


@pytest.mark.parametrize("rate", [0.05, 0.01])
@pytest.mark.parametrize("shape", [(20, 100), (60, 30)])
def test_noise_has_outliers_at_the_stated_rate(rate, shape):
    """1,500 spectra. The law is a limit: up to 1.5 times the rate, and what counting scatters."""
    found = spectra(noise(np.random.default_rng(2), 1500, *shape))
    alarms = sum(
        fit_marchenko_pastur(one, *shape, false_alarms=rate, most_outliers=1).outliers
        for one in found
    )
    assert binom.ppf(1e-3, 1500, rate) <= alarms <= binom.ppf(1 - 1e-3, 1500, 1.5 * rate)


def test_noise_of_estimated_dimension_has_outliers_at_the_stated_rate():
    """300 spectra; the dimension itself is right to what one spectrum of 20 can tell."""
    fits = [
        fit_marchenko_pastur(one, N, false_alarms=0.05, most_outliers=1)
        for one in spectra(noise(np.random.default_rng(3), 300))
    ]
    alarms = sum(fit.outliers for fit in fits)
    assert binom.ppf(1e-3, 300, 0.05) <= alarms <= binom.ppf(1 - 1e-3, 300, 1.5 * 0.05)
    assert np.median([fit.dimension for fit in fits]) == pytest.approx(P, rel=0.05)
    assert all(fit.estimated for fit in fits)


@pytest.mark.slow
def test_coloured_noise_has_outliers_at_the_stated_rate():
    """Variances like 1/√k, 300 spectra. Taken as white, most of them would have an outlier."""
    variances = 1 / np.arange(1, 201) ** 0.5
    found = spectra(noise(np.random.default_rng(4), 300, 25, 200) * np.sqrt(variances))
    count = lambda dimension: sum(  # noqa: E731
        fit_marchenko_pastur(one, 25, dimension, false_alarms=0.05, most_outliers=1).outliers
        for one in found
    )
    # Largest eigenvalue and trace are not independent here, which makes the test careful.
    assert binom.ppf(1e-3, 300, 0.025) <= count(variances) <= binom.ppf(1 - 1e-3, 300, 0.05)
    assert count(200) > 150


@pytest.mark.parametrize("dimension", [P, None])
@pytest.mark.parametrize(
    ("strengths", "expected"), [((4.0,), 1), ((8.0, 4.0), 2), ((40.0,), 1), ((0.25,), 0)]
)
def test_signals_are_found_above_the_visible_strength_and_not_below(dimension, strengths, expected):
    """Of 30 spectra, nine of ten have just as many outliers as signals that can be seen."""
    found = planted(np.random.default_rng(5), 30, strengths)
    counts = [fit_marchenko_pastur(one, N, dimension).outliers for one in found]
    assert np.mean(np.array(counts) == expected) >= 0.9


def test_variance_is_right_whatever_stands_out():
    """Over 200 spectra to four standard errors of a mean of np squares, and to 1/n for a signal."""
    rng = np.random.default_rng(6)
    error = 4 * np.sqrt(2 / (N * P) / 200)
    for strengths, tolerance in (((), error), ((10.0,), 1 / N), ((10.0, 6.0), 1 / N)):
        found = planted(rng, 200, strengths)
        fitted = [fit_marchenko_pastur(one, N, P).variance for one in found]
        assert np.mean(fitted) == pytest.approx(1, abs=tolerance)


def test_fit_of_a_large_spectrum_is_close_and_scales_with_it():
    x = np.random.default_rng(7).standard_normal((150, 300))
    x[:, 0] += 3.0
    found = spectra(x)
    one, other = (fit_marchenko_pastur(c * found, 150, 300) for c in (1.0, 7.0))
    assert one.distance < 0.02, "eigenvalues are rigid: a few times 1/150"
    assert one.outliers == other.outliers == 1
    assert other.variance == pytest.approx(7 * one.variance)
    assert other.threshold == pytest.approx(7 * one.threshold)
    assert other.distance == pytest.approx(one.distance)
    assert one.eigenvalues[1] < one.threshold < one.eigenvalues[0]
    assert one.threshold == pytest.approx(one.law.edges[1], rel=0.05)
    assert one.p_values[0] < 1e-6 < 0.01 < one.p_values[1]


def test_zeros_and_order_do_not_matter():
    """XᵀX has p − n zeros beside the eigenvalues of XXᵀ."""
    found = spectra(noise(np.random.default_rng(8), 1))[0]
    one = fit_marchenko_pastur(found, N, P)
    other = fit_marchenko_pastur(np.append(np.zeros(P - N), found[::-1]), N, P)
    assert other.variance == pytest.approx(one.variance)
    assert other.distance == pytest.approx(one.distance)


GOOD = {"eigenvalues": np.arange(1.0, 6.0), "samples": 5}


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"eigenvalues": [1.0, 2.0]}, "eigenvalues"),
        ({"eigenvalues": [1.0, 2.0, -3.0, 4.0]}, "eigenvalues"),
        ({"eigenvalues": [1.0, 2.0, np.nan, 4.0]}, "eigenvalues"),
        ({"eigenvalues": np.eye(4)}, "eigenvalues"),
        ({"eigenvalues": np.zeros(4)}, "eigenvalues"),
        ({"samples": 2}, "samples"),
        ({"dimension": 0.0}, "dimension"),
        ({"dimension": 1.5}, "dimension"),
        ({"dimension": [1.0, 2.0]}, "dimension"),
        ({"dimension": [1.0, 2.0, -1.0]}, "dimension"),
        ({"false_alarms": 0.0}, "false_alarms"),
        ({"most_outliers": -1}, "most_outliers"),
        ({"seed": 1.5}, "seed"),
    ],
)
def test_bad_arguments_are_named(bad, named):
    with pytest.raises(gf.ArgumentError, match=f"^{named}: "):
        fit_marchenko_pastur(**{**GOOD, **bad})
