"""Singular values between the times at which a numerical method saved them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow.dynamics._solution import AbstractFlow

_POINTS = 8


class SampledFlow(AbstractFlow):
    """ln s_k² by the polynomial through the eight nearest saved times.

    On a time grid of `gradflow.time_grid`, with about twenty times in the rise of a mode, the
    interpolation error of a step time is below 1e-8 of it (tests/dynamics/test_sampled_flow.py).

    Attributes:
        times: (T,), rising.
        log_squared_values: (T, d), ln s_k² at those times.
    """

    times: Float[Array, " T"]
    log_squared_values: Float[Array, "T d"]

    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """ln s_k²(t), by Lagrange's polynomial of degree seven (fewer times: lower)."""
        points = min(_POINTS, self.times.size)
        left = jnp.searchsorted(self.times, time) - points // 2
        start = jnp.clip(left, 0, self.times.size - points)
        nodes = jax.lax.dynamic_slice_in_dim(self.times, start, points)
        values = jax.lax.dynamic_slice_in_dim(self.log_squared_values, start, points)
        return _lagrange_weights(nodes, time) @ values


def _lagrange_weights(nodes: Float[Array, " n"], time: Float[Array, ""]) -> Float[Array, " n"]:
    """Weights w with Σ w_i f(node_i) exact at `time` for polynomials of degree below n."""
    same = jnp.eye(nodes.size, dtype=bool)
    above = jnp.where(same, 1.0, time - nodes[None, :])
    below = jnp.where(same, 1.0, nodes[:, None] - nodes[None, :])
    return jnp.prod(above / below, axis=1)
