"""Between saved times: step times of interpolated flows are those of the flow itself."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize

from gradflow.dynamics import SampledFlow, logistic_log_squared, time_grid
from gradflow.targets import Target, spectrum

RATES = np.array([9.0, 4.0, 2.0, 0.5])


@pytest.mark.parametrize("scale", [1e-2, 1e-4, 1e-8, 1e-12])
def test_step_times_on_the_default_grid_are_right_to_1e_8(scale):
    times = time_grid(spectrum(Target(np.diag(RATES)), 4), scale, 4)
    at = lambda t: logistic_log_squared(RATES, jnp.full(4, 2 * np.log(scale)), t)  # noqa: E731
    flow = SampledFlow(jnp.asarray(times), jax.vmap(at)(jnp.asarray(times)))
    log_squared = eqx.filter_jit(flow.log_squared)
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
        assert abs(found / middle - 1) < 1e-8


@pytest.mark.parametrize("count", [1, 2, 4, 6, 9])
def test_polynomials_up_to_degree_five_are_exact(count):
    """With T saved times, polynomials of degree min(T, 6) − 1, the ends included."""
    random = np.random.default_rng(count)
    times = np.sort(random.uniform(0, 3, count))
    coefficients = random.normal(size=(min(count, 6), 2))
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
