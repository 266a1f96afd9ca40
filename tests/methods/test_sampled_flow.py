"""Between saved times: step times of interpolated flows are those of the flow itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from gradflow.dynamics import time_grid
from gradflow.methods._logistic import logistic_log_squared
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.targets import Target, spectrum

RATES = np.array([9.0, 4.0, 2.0, 0.5])


@pytest.mark.parametrize("scale", [1e-2, 1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize(("with_rates", "tolerance"), [(True, 1e-9), (False, 1e-5)])
@pytest.mark.slow
def test_step_times_on_the_default_grid(scale, with_rates, tolerance):
    """Hermite's polynomial finds them to 1e-9, Lagrange's to 1e-5, of a logistic in closed form."""
    times = jnp.asarray(time_grid(spectrum(Target(np.diag(RATES)), 4), scale, 4))
    at = lambda t: logistic_log_squared(jnp.asarray(RATES), jnp.full(4, 2 * np.log(scale)), t)  # noqa: E731
    values = jax.vmap(at)(times)
    rates = RATES - jnp.exp(values) if with_rates else None  # d(ln s²)/dt = λ − s²
    log_squared = eqx.filter_jit(SampledFlow(times, values, rates).log_squared)
    for mode, rate in enumerate(RATES):
        middle = np.log(rate / scale**2 - 1) / rate
        found = scipy.optimize.brentq(
            lambda t, mode=mode, rate=rate: (
                float(log_squared(jnp.asarray(t))[mode]) - np.log(rate / 2)
            ),
            middle - 1 / rate,
            middle + 1 / rate,
            xtol=1e-14 * middle,
            rtol=1e-14,
        )
        assert abs(found / middle - 1) < tolerance


def test_with_rates_polynomials_of_degree_fifteen_are_exact():
    random = np.random.default_rng(0)
    times = np.sort(random.uniform(0, 3, 8))
    polynomial = np.polynomial.Polynomial(random.normal(size=16))
    flow = SampledFlow(
        jnp.asarray(times),
        jnp.asarray(polynomial(times))[:, None],
        jnp.asarray(polynomial.deriv()(times))[:, None],
    )
    for t in random.uniform(times[0], times[-1], 5):
        found = flow.log_squared(jnp.asarray(t))[0]
        np.testing.assert_allclose(found, polynomial(t), rtol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 4, 8, 11])
def test_polynomials_up_to_degree_seven_are_exact(count):
    """With T saved times, polynomials of degree min(T, 8) − 1, the ends included."""
    random = np.random.default_rng(count)
    times = np.sort(random.uniform(0, 3, count))
    coefficients = random.normal(size=(min(count, 8), 2))
    values = np.polynomial.polynomial.polyval(times, coefficients).T
    flow = SampledFlow(jnp.asarray(times), jnp.asarray(values))
    for t in [times[0], times[-1], *random.uniform(times[0], times[-1], 5)]:
        wanted = np.polynomial.polynomial.polyval(t, coefficients)
        np.testing.assert_allclose(flow.log_squared(jnp.asarray(t)), wanted, atol=1e-9)


def test_absent_modes_are_absent_between_times():
    """ln 0 = −∞ at every saved time is −∞ between them, beside modes that are there."""
    times = jnp.arange(8.0)
    values = jnp.stack([times, jnp.full(8, -jnp.inf)], axis=1)
    found = SampledFlow(times, values).log_squared(jnp.asarray(3.5))
    np.testing.assert_allclose(found, [3.5, -np.inf], rtol=1e-13)
