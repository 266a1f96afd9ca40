"""φ(x) = log(1 + e^x) and its truncated series, of which all pair losses are made.

A pair with score x, weight A as an occurring pair and B as noise costs A φ(−x) + B φ(x). Since
φ(−x) = φ(x) − x, which holds for the truncated series too, that is (A + B) φ(x) − A x.
"""

import abc
import functools
import math
from fractions import Fraction

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow._checks import positive_int
from gradflow._errors import ArgumentError
from gradflow.losses._fast_softplus import logistic, softplus


class AbstractSoftplus(eqx.Module):
    """A function φ and its derivative, applied entry by entry."""

    @abc.abstractmethod
    def value(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return φ(x), entry by entry."""

    @abc.abstractmethod
    def slope(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return φ′(x), entry by entry."""


class Softplus(AbstractSoftplus):
    """The function log(1 + e^x) of negative sampling and noise-contrastive estimation."""

    def value(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return log(1 + e^x), without overflow."""
        return softplus(jnp.asarray(x))

    def slope(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return the logistic function 1 / (1 + e^−x)."""
        return logistic(jnp.asarray(x))


class TaylorSoftplus(AbstractSoftplus):
    """The series ln 2 + x/2 + x²/8 − x⁴/192 + x⁶/2880 − …, up to and with order n.

    Order 2 is the quadratic theory. At orders 4, 8, 12, … the last term is negative: the loss is
    then not bounded from below, and a flow that leaves the origin far behind may run away.

    Args:
        order: n, one or even: other odd orders have no term of their own.

    Raises:
        ArgumentError: The order is neither one nor a positive even number.

    Example:
        >>> import gradflow as gf
        >>> gf.losses.TaylorSoftplus(2).coefficients
        (0.6931471805599453, 0.5, 0.125)
    """

    order: int = eqx.field(static=True)

    def __check_init__(self) -> None:
        order = positive_int("order", self.order)
        if order > 1 and order % 2:
            raise ArgumentError("order", "1 or an even number (odd powers above x vanish)", order)

    @property
    def coefficients(self) -> tuple[float, ...]:
        """The coefficients of x⁰ … xⁿ; the first is ln 2."""
        return (math.log(2), *(float(_coefficient(power)) for power in range(1, self.order + 1)))

    @property
    def slope_coefficients(self) -> tuple[float, ...]:
        """The coefficients of φ′, for x⁰ … xⁿ⁻¹."""
        return _derivative(self.coefficients)

    def value(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return Σ cₘ xᵐ."""
        return _polynomial(self.coefficients, x)

    def slope(self, x: Float[Array, "..."]) -> Float[Array, "..."]:
        """Return Σ m cₘ xᵐ⁻¹."""
        return _polynomial(self.slope_coefficients, x)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Return the value of a polynomial, lowest power first, by Horner's rule."""
    if not coefficients:
        return jnp.zeros_like(x)
    highest = jnp.full_like(x, coefficients[-1])
    return functools.reduce(lambda total, c: total * x + c, coefficients[-2::-1], highest)


def _derivative(coefficients: tuple[float, ...]) -> tuple[float, ...]:
    """Return the coefficients of the derivative."""
    return tuple(power * c for power, c in enumerate(coefficients))[1:]


@functools.cache
def _coefficient(power: int) -> Fraction:
    """Return the coefficient of xᵐ in log(1 + e^x), m ≥ 1.

    It is ½ for m = 1, (2ᵐ − 1) Bₘ/(m · m!) for even m, and zero for other odd m.
    """
    if power == 1:
        return Fraction(1, 2)
    if power % 2:
        return Fraction(0)
    factorial = functools.reduce(lambda a, b: a * b, range(1, power + 1), 1)
    return Fraction(2**power - 1) * _bernoulli(power) / (power * factorial)


@functools.cache
def _bernoulli(m: int) -> Fraction:
    """Return the Bernoulli number Bₘ by the recurrence Σ_{j ≤ m} C(m + 1, j) Bⱼ = 0."""
    if m == 0:
        return Fraction(1)
    total, binomial = Fraction(0), 1
    for j in range(m):
        total += binomial * _bernoulli(j)
        binomial = binomial * (m + 1 - j) // (j + 1)
    return -total / (m + 1)
