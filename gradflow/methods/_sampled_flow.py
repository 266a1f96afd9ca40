"""Singular values between the times at which a numerical method saved them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from gradflow.methods._solution import AbstractFlow

_POINTS = 8


class SampledFlow(AbstractFlow):
    """ln s_k² by the polynomial through the eight nearest saved times.

    With the rates of change it is Hermite's, of degree fifteen: on a grid of `gradflow.time_grid`
    with 400 times and a scale of 1e-12 or more, a step time is then found to 1e-9 of itself and
    better. Without them it is Lagrange's, of degree seven, and good to 1e-5
    (tests/methods/test_sampled_flow.py).

    Attributes:
        times: (T,), rising.
        log_squares: (T, d), ln s_k² at those times.
        rates: (T, d), their derivatives with respect to time, or None.

    Example:
        >>> import jax.numpy as jnp
        >>> times = jnp.linspace(0.0, 1.0, 9)
        >>> SampledFlow(times, times[:, None] ** 2).log_squared(jnp.asarray(0.3)).round(9)
        Array([0.09], dtype=float64)
    """

    times: Float[Array, " T"]
    log_squares: Float[Array, "T d"]
    rates: Float[Array, "T d"] | None = None

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """Return ln s_k²(t); −∞ where one of the saved times around has it."""
        points = min(_POINTS, self.times.size)
        # As many saved times before t as after it, fewer at both ends.
        before = jnp.searchsorted(self.times, time) - points // 2
        # ln 0 cannot be interpolated. A side that starts at zero, as C does in word2vec, grows
        # linearly at first: a line in s serves up to the second saved time, where windows begin.
        at_zero = _starts_at_zero(self.log_squares)
        lowest = jnp.where(at_zero.any() & (self.times.size > points), 1, 0)
        start = jnp.clip(before, lowest, self.times.size - points)

        def around(array: Array) -> Array:
            return jax.lax.dynamic_slice_in_dim(array, start, points)

        nodes, values = around(self.times), around(self.log_squares)
        # −∞ times a weight is nan, so absent modes are interpolated as zero and put back after it.
        present = ~jnp.isneginf(values).any(axis=0)
        values = jnp.where(present, values, 0.0)
        weights = _lagrange_weights(nodes, time)
        if self.rates is None:
            logs = weights @ values
        else:
            rates = jnp.where(present, around(self.rates), 0.0)
            logs = _hermite(nodes, weights, time, values, rates)
        logs = jnp.where(present, logs, -jnp.inf)
        if self.times.size < 2:
            return logs
        share = (time - self.times[0]) / (self.times[1] - self.times[0])
        line = self.log_squares[1] + 2 * jnp.log(jnp.clip(share, 0.0, 1.0))
        return jnp.where(at_zero & (share < 1), line, logs)


def _starts_at_zero(log_squares: Float[Array, "T d"]) -> Bool[Array, " d"]:
    """Return which modes are zero at the first saved time and not at the second."""
    if len(log_squares) < 2:
        return jnp.zeros(log_squares.shape[1], bool)
    return jnp.isneginf(log_squares[0]) & ~jnp.isneginf(log_squares[1])


def _lagrange_weights(nodes: Float[Array, " n"], time: Float[Array, ""]) -> Float[Array, " n"]:
    """Return w such that Σ w_i f(node_i) is f(t) for every polynomial f of degree below n."""
    same = jnp.eye(nodes.size, dtype=bool)
    above = jnp.where(same, 1.0, time - nodes[None, :])
    below = jnp.where(same, 1.0, nodes[:, None] - nodes[None, :])
    return jnp.prod(above / below, axis=1)


def _hermite(
    nodes: Float[Array, " n"],
    weights: Float[Array, " n"],
    time: Float[Array, ""],
    values: Float[Array, "n d"],
    rates: Float[Array, "n d"],
) -> Float[Array, " d"]:
    """Return Σ w_i² [(1 − 2 w_i'(node_i)(t − node_i)) f_i + (t − node_i) f_i'].

    That is f(t) for every polynomial f of degree up to 2n − 1. The slope w_i'(node_i) of a Lagrange
    weight at its own node is Σ_{j ≠ i} 1/(node_i − node_j).
    """
    same = jnp.eye(nodes.size, dtype=bool)
    slopes = jnp.sum(
        jnp.where(same, 0.0, 1 / jnp.where(same, 1.0, nodes[:, None] - nodes[None, :])), axis=1
    )
    ahead = time - nodes
    return (weights**2 * (1 - 2 * slopes * ahead)) @ values + (weights**2 * ahead) @ rates
