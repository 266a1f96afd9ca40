"""The first plateau: from a small start the flow is linear, and known, until something grew.

Near the origin dQ/dt = ½NQ + O(Q³), as f is odd where a loss is one of QQᵀ. In the basis of N this
is evaluated at any time at once.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from gradflow._precision import default_dtype, qr
from gradflow.problems import AbstractProblem

# All eigenvectors are computed up to this many rows; beyond, LAPACK takes longer than it saves, and
# d of them only choose a frame to start in, for which few digits will do.
_MOST_ROWS = 2_500
_FEW_DIGITS = 1e-4
# ‖W‖² at which the flow counts as no longer linear, in units of rtol times the validity radius.
_SHARE = 0.1
_BISECTIONS = 60
# What a step along the top eigenvector should take off its rate, so that the cubic term is seen
# above rounding (also float32's) and below the next one.
_LEAST_LOSS, _MOST_LOSS = 1e-3, 1e-1
_DECADES = 16


class StabilisedPlan(eqx.Module):
    """The linear flow at the origin, and how far from there it reaches.

    Attributes:
        eigenvalues: (n,), falling; n = R, or n = d where R is large.
        eigenvectors: (R, n).
        fastest: The largest |λ|.
        validity_radius: S₁ = λ₁/κ, ‖w‖² along the top eigenvector u at which the cubic term of the
            flow, f(su)·u = ½λ₁s − ½κs³ + …, would cancel the linear one; ∞ where there is none.
        plateaus: As the problem knows them.
    """

    eigenvalues: Float[Array, " n"]
    eigenvectors: Float[Array, "R n"]
    fastest: Float[Array, ""]
    validity_radius: Float[Array, ""]
    plateaus: Float[Array, "sides d"]

    @property
    def complete(self) -> bool:
        """Whether these are all eigenvectors."""
        return self.eigenvectors.shape[0] == self.eigenvectors.shape[1]


def stabilised_plan(problem: AbstractProblem, dim: int) -> StabilisedPlan:
    """Return eigenpairs, and κ from a few gradients of one column, all before any tracing."""
    if problem.rows <= _MOST_ROWS:
        rates, vectors = problem.linearisation.eigenbasis
    else:
        rates, vectors = problem.linearisation.top_eigenpairs(dim, tolerance=_FEW_DIGITS)
    fastest = float(abs(rates).max())
    with jax.ensure_compile_time_eval():
        validity_radius = _validity_radius_of(problem, vectors[:, :1], float(rates[0]), fastest)
    arrays: tuple[Any, ...] = (
        rates,
        vectors,
        fastest or 1.0,
        validity_radius,
        problem.plateaus(dim),
    )
    return StabilisedPlan(*(jnp.asarray(array, default_dtype()) for array in arrays))


def _validity_radius_of(
    problem: AbstractProblem, top: np.ndarray, rate: float, fastest: float
) -> float:
    """Return S₁ by one difference along the top eigenvector, in units of |λ|max."""
    direction = jnp.asarray(top, default_dtype())
    # κ is seen where the cubic term takes a share of the rate that is above rounding and still
    # small; that size of w differs by tens of decades between losses, so it is looked for.
    square = 1.0
    for _ in range(2 * _DECADES):
        slope = float(_slope_along(problem, direction, jnp.asarray(square**0.5, direction.dtype)))
        taken = abs(rate - 2 * slope) / (fastest or 1.0)
        if _LEAST_LOSS <= taken <= _MOST_LOSS:
            return square / taken
        # Not a number: the size was far too large.
        square *= 10.0 if taken < _LEAST_LOSS else 0.1
        if square > 10.0**_DECADES:
            break
    return float("inf")


@eqx.filter_jit
def _slope_along(
    problem: AbstractProblem, direction: Float[Array, "R 1"], size: Float[Array, ""]
) -> Float[Array, ""]:
    """Return f(su)·u / s."""
    return -jnp.vdot(problem.gradient(size * direction), direction) / size


class LinearPhase(eqx.Module):
    """The linear flow of one start.

    Attributes:
        rotation: Frame in which W₀ᵀU is triangular: column k misses the k − 1 fastest directions.
            Each then grows at a pace of its own, and keeps its digits beside those that are faster.
        coordinates: UᵀW₀ in that frame (n, d).
        exit_time: When the linear flow ends; zero where it never was.
    """

    rotation: Float[Array, "d d"]
    coordinates: Float[Array, "n d"]
    exit_time: Float[Array, ""]


def linear_phase_of(
    plan: StabilisedPlan, start: Float[Array, "R d"], rtol: float, end: Float[Array, ""]
) -> LinearPhase:
    """Return the frame of a start, and how long the flow stays linear."""
    rotation, triangle = qr((plan.eigenvectors.T @ start).T)
    # Signs of QR differ between starts that differ by a rotation; these do not.
    dim = start.shape[1]
    diagonal = jnp.diagonal(triangle)[:dim]
    signs = jnp.where(diagonal < 0, -1.0, 1.0).astype(start.dtype)
    coordinates = triangle.T * signs
    if not plan.complete:
        return LinearPhase(rotation * signs, coordinates, jnp.zeros((), start.dtype))
    # ln‖W(t)‖² = ln Σ_k e^{λ_k t} ‖row k‖², in logarithms: squares of small starts would underflow.
    goal = jnp.log(_SHARE * rtol * plan.validity_radius)
    sizes = jnp.sum((coordinates / _largest(coordinates)) ** 2, axis=1)
    logs = jnp.log(sizes) + 2 * jnp.log(_largest(coordinates))

    def halve(_: Array, between: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = between
        middle = (low + high) / 2
        beyond = jax.nn.logsumexp(plan.eigenvalues * middle + logs) > goal
        return jnp.where(beyond, low, middle), jnp.where(beyond, middle, high)

    # ln‖W‖² is convex in t, so it crosses the goal from below once at most.
    # Where it never does, bisection ends at `end`.
    linear = jax.nn.logsumexp(plan.eigenvalues * end + logs) <= goal
    small = jax.nn.logsumexp(logs) <= goal
    crossing, _ = lax.fori_loop(0, _BISECTIONS, halve, (jnp.zeros_like(end), end))
    exit_time = jnp.where(small, jnp.where(linear, end, crossing), 0.0)
    return LinearPhase(rotation * signs, coordinates, exit_time)


def _largest(array: Array) -> Array:
    largest = jnp.max(jnp.abs(array))
    return jnp.where(largest > 0, largest, 1.0)


def linear_state(
    plan: StabilisedPlan, phase: LinearPhase, time: Float[Array, ""]
) -> Float[Array, "R d"]:
    """Return e^{½Nt}W₀, in the frame of the phase."""
    grown = jnp.exp(plan.eigenvalues * time / 2)[:, None] * phase.coordinates
    return plan.eigenvectors @ grown
