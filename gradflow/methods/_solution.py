"""What a solve gives back, whichever method made it."""

import abc
import enum
from collections.abc import Sequence

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
    unbalanced = 5

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
    Status.unbalanced: (
        "has no closed form here: WᵀW − CᵀC of the start is not a multiple of the identity; "
        "use Adaptive()"
    ),
}


class AbstractFlow(eqx.Module):
    """Singular values as a function of time, anywhere between the first time and the last."""

    @abc.abstractmethod
    def log_squared(self, time: Float[Array, ""]) -> Float[Array, " d"]:
        """ln s_k²(t), falling in k; −inf where a singular value is zero."""


class Solution(eqx.Module):
    """A flow at the times that were asked for.

    Attributes:
        times: (T,).
        singular_values: (T, d), of W, falling in d.
        loss: (T,), the loss as the problem defines it.
        status: A `Status` value.
        plateaus: (d,), where each s_k² ends; nan where the problem does not know.
        evaluations: Gradients computed; 0 for closed forms.
        flow: The singular values between the times. Closed forms evaluate themselves; numerical
            methods interpolate what they saved.
        embeddings: W (T, V, d) where they were asked for, else None.
        context: The same of C, where it is not W: its singular values, plateaus, flow and
            embeddings. Goes wherever a solution goes, such as `measure_steps(solution.context)`.
        snapshots: What the functions of `Snapshots` returned, each with the times in front.
    """

    times: Float[Array, " T"]
    singular_values: Float[Array, "T d"]
    loss: Float[Array, " T"]
    status: Int[Array, ""]
    plateaus: Float[Array, " d"]
    evaluations: Int[Array, ""]
    flow: AbstractFlow
    embeddings: Float[Array, "T V d"] | None = None
    context: "Solution | None" = None
    snapshots: dict[str, Array] = eqx.field(default_factory=dict)


def of_sides(
    times: Float[Array, " T"],
    singular_values: Float[Array, "T sides d"],
    loss: Float[Array, " T"],
    status: Int[Array, ""],
    plateaus: Float[Array, "sides d"],
    evaluations: Int[Array, ""],
    flows: Sequence[AbstractFlow],
    snapshots: dict[str, Array],
) -> Solution:
    """A solution from what is known of W, and of C where that is another."""

    def side(index: int, context: Solution | None) -> Solution:
        return Solution(
            times,
            singular_values[:, index],
            loss,
            status,
            plateaus[index],
            evaluations,
            flows[index],
            context=context,
            snapshots={} if index else snapshots,
        )

    return side(0, side(1, None) if len(flows) > 1 else None)


def finite_status(*arrays: Array) -> Int[Array, ""]:
    """`Status.ok`, or `Status.not_finite` where an entry is nan or infinite."""
    finite = jnp.stack([jnp.isfinite(array).all() for array in arrays]).all()
    return jnp.where(finite, int(Status.ok), int(Status.not_finite))
