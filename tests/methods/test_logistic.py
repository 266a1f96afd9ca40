"""One mode: the logistic law against mpmath, for any sign of λ and any time."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gradflow.methods._logistic import (
    LOG_81,
    half_height_time,
    log_growth_ratio,
    logistic_log_squared,
)

RATES = [4.0, 1.0, 1e-3, 1e-12, 1e-300, 0.0, -1e-300, -1e-12, -1e-3, -1.0, -4.0]


def exact_log_squared(rate, log_start, time):
    with mpmath.workdps(60):
        rate, start, time = mpmath.mpf(rate), mpmath.exp(mpmath.mpf(log_start)), mpmath.mpf(time)
        growth = mpmath.expm1(rate * time) / rate if rate else time
        return float(mpmath.log(start) + rate * time - mpmath.log1p(start * growth))


@pytest.mark.parametrize("time", [0.0, 1e-300, 1e-8, 1.0, 30.0, 1e4, 1e12])
@pytest.mark.parametrize("log_start", [-2000.0, -40.0, -1.0, 3.0, 20.0])
def test_logistic_agrees_with_mpmath(log_start, time):
    rates = jnp.array(RATES)
    found = logistic_log_squared(rates, jnp.full(rates.shape, log_start), jnp.asarray(time))
    wanted = np.array([exact_log_squared(rate, log_start, time) for rate in RATES])
    # ln s² is a sum of terms of this size, each rounded.
    size = np.abs(log_start) + np.abs(np.array(RATES) * time) + 50
    assert (np.abs(found - wanted) <= 1e-15 * size).all()


def test_an_absent_mode_stays_absent():
    found = logistic_log_squared(jnp.array([2.0, 0.0, -1.0]), jnp.full(3, -jnp.inf), 5.0)
    np.testing.assert_array_equal(found, -np.inf)


@pytest.mark.parametrize("x", [0.0, 1e-320, 1e-17, 1e-8, 1e-3, 1.0, 40.0, 800.0, 1e300])
@pytest.mark.parametrize("sign", [1, -1])
def test_log_growth_ratio(x, sign):
    with mpmath.workdps(400):
        wanted = float(mpmath.log(-mpmath.expm1(-mpmath.mpf(x)) / mpmath.mpf(x))) if x else 0.0
    found = float(log_growth_ratio(jnp.asarray(sign * x)))
    assert abs(found - wanted) <= 4e-16 * (1 + abs(wanted))


def test_half_height_is_half_of_the_plateau():
    rates, starts = jnp.array([4.0, 1.0, 1e-3]), jnp.array([1e-16, 1e-3, 1e-250])
    times = half_height_time(rates, jnp.log(starts))
    for rate, start, time in zip(rates, starts, times, strict=True):
        height = logistic_log_squared(rate, jnp.log(start), time)
        np.testing.assert_allclose(height, np.log(rate / 2), atol=2e-13)
        np.testing.assert_allclose(time, np.log(rate / start - 1) / rate, rtol=1e-14)


def test_half_height_is_nan_where_there_is_no_rise():
    """λ ≤ 0, no start, or a start above half of the plateau."""
    rates = jnp.array([0.0, -1.0, 2.0, 2.0, 2.0])
    starts = jnp.array([1e-3, 1e-3, 0.0, 1.0, 5.0])
    assert np.isnan(half_height_time(rates, jnp.log(starts))).all()


def test_rise_time_is_ln_81():
    """From a tenth to nine tenths of the plateau."""
    start = 1e-10
    at_tenth, at_nine = (np.log(h / (1 - h) * (1 - start) / start) for h in (0.1, 0.9))
    for time, height in ((at_tenth, 0.1), (at_nine, 0.9)):
        found = np.exp(logistic_log_squared(jnp.array(1.0), jnp.log(start), time))
        np.testing.assert_allclose(found, height, rtol=1e-13)
    np.testing.assert_allclose(at_nine - at_tenth, LOG_81, rtol=1e-14)
