"""What a solve gives back, whichever method made it."""

import abc
import enum

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


class Status(enum.IntEnum):
    """How a lane ended. Only `ok` leaves numbers to be trusted at every time."""

    ok = 0
    too_many_steps = 1
    not_finite = 2
    start_misses_head = 3
    ill_conditioned = 4

    @property
    def meaning(self) -> str:
        """The status in words."""
        return _MEANINGS[self]


_MEANINGS = {
    Status.ok: "reached the last time",
    Status.too_many_steps: "ran out of steps before the last time; raise max_steps or loosen rtol",
    Status.not_finite: "met a number that is not finite",
    Status.start_misses_head: (
        "W₀ has no component along some leading eigenvectors; use Exact(compress=False)"
    ),
    Status.ill_conditioned: (
        "columns of W₀ are nearly parallel, which costs digits; use Exact(compress=False)"
    ),
}

# What the exact flow without compression can still follow.
NEEDS_FULL = frozenset({Status.start_misses_head, Status.ill_conditioned})


class AbstractFlow(eqx.Module):
    """Singular values as a function of time, anywhere between the first time and the last."""

    @abc.abstractmethod
    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """ln s_k²(t), falling in k; −inf where a singular value is zero."""


class Solution(eqx.Module):
    """A flow at the times that were asked for.

    Attributes:
        times: (T,).
        singular_values: (T, d), falling in d.
        loss: (T,), the loss as the problem defines it.
        status: A `Status` value.
        plateaus: (d,), where each s_k² ends; nan where the problem does not know.
        evaluations: Gradients computed; 0 for closed forms.
        flow: The singular values between the times. Closed forms evaluate themselves; numerical
            methods interpolate what they saved.
        embeddings: (T, V, d) where they were asked for, else None.
    """

    times: Float[Array, " T"]
    singular_values: Float[Array, "T d"]
    loss: Float[Array, " T"]
    status: Int[Array, ""]
    plateaus: Float[Array, " d"]
    evaluations: Int[Array, ""]
    flow: AbstractFlow
    embeddings: Float[Array, "T V d"] | None = None


def finite_status(*arrays: Array) -> Int[Array, ""]:
    """`Status.ok`, or `Status.not_finite` where an entry is nan or infinite."""
    finite = jnp.stack([jnp.isfinite(array).all() for array in arrays]).all()
    return jnp.where(finite, int(Status.ok), int(Status.not_finite))
