"""log(1 + e^x) and its series: coefficients, convergence, derivatives, what is refused."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.losses import TaylorSoftplus
from gradflow.losses._softplus import Softplus

ORDERS = [1, 2, 4, 6, 8, 12, 20]


@pytest.mark.parametrize("order", ORDERS)
def test_coefficients_are_those_of_the_taylor_series(order):
    """mpmath differentiates log(1 + e^x) at zero."""
    with mpmath.workdps(40):
        wanted = mpmath.taylor(lambda x: mpmath.log1p(mpmath.exp(x)), 0, order)
    found = TaylorSoftplus(order).coefficients
    np.testing.assert_allclose(found, np.array(wanted, float), rtol=1e-15, atol=1e-18)


@pytest.mark.parametrize("order", [2, 4, 6, 8])
def test_what_is_cut_off_is_of_the_next_even_order(order):
    """Halving x divides the error by 2^(n + 2)."""
    error = lambda x: abs(TaylorSoftplus(order).value(x) - Softplus().value(x))  # noqa: E731
    rate = np.log2(error(jnp.asarray(0.4)) / error(jnp.asarray(0.2)))
    np.testing.assert_allclose(rate, order + 2, atol=0.1)


@pytest.mark.parametrize("function", [Softplus(), *map(TaylorSoftplus, ORDERS)], ids=repr)
def test_derivative_and_the_odd_part(function):
    """φ′ is that of JAX, and φ(−x) = φ(x) − x, which all losses build on."""
    for x in jnp.asarray([-2.5, 0.0, 1e-3, 0.7]):
        np.testing.assert_allclose(function.slope(x), jax.grad(function.value)(x), atol=1e-14)
    x = jnp.linspace(-3.0, 3.0, 7)
    np.testing.assert_allclose(function.value(-x), function.value(x) - x, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("order", [0, -2, 3, 5, 2.0, "2", True, None])
def test_only_one_and_even_orders(order):
    with pytest.raises(ArgumentError, match=r"^order: wanted .*, got"):
        TaylorSoftplus(order)
