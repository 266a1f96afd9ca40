"""One step of the stabilised method, and states within it.

The flow is dW/dt = f(W) = −∇L(W). A step from t starts by turning W on the right so that its
columns are nearly orthogonal, the largest first: each then follows one mode, grows as a logistic at
a rate of its own, and that growth is taken out (lawson1967): W = Z e(t), column by column, with

    (ln e)' = D − κ(e² − 1),   e = 1 at the start of the step,

D the rate of the column there, and κ, how fast it saturates, as seen over the step before. What is
left for the Runge–Kutta method, dZ/dt = f(Ze)/e − Z(ln e)', is slow while columns sleep and while
they grow, so that steps are limited by the decay of what has been learned; against that the
stages are many and stable (`gradflow/methods/stabilised/_tableaus.py`).

Along plateaus it is the error, not stability, that limits a step h: stages are of order 1 each, so
what has been learned, decaying at rates up to ρ while its equilibrium drifts in a time τ, is missed
by (h/τ)² times a factor that grows faster than hρ, about a half at hρ = 8 (order reduction). Hence
steps where hρ ≈ 10, whatever the plateau's length.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from gradflow.methods.stabilised._column_frame import (
    column_error_norm,
    column_rates,
    column_sizes,
    growth_after,
    orthogonalised,
)
from gradflow.methods.stabilised._tableaus import Family

Field = Callable[[Float[Array, "R d"]], Float[Array, "R d"]]

# Step control. The estimate of order 3 overstates the error of the order 4 that is kept.
_ERROR_SHARE = 0.05
_SAFETY, _LEAST, _MOST = 0.75, 0.2, 4.0
# While everything grows linearly, an error in a direction grows with it and stays as a shift of its
# step time; later errors decay with what has been learned. So until λ₁t = 6 errors count 20-fold.
_EARLY_UNTIL, _EARLY = 6.0, 20.0
_FIRST_STEP = 0.3
# Steps between estimates of the spectral radius; iterations of the first ones and of others.
_RADIUS_EVERY, _FIRST_ITERATIONS, _ITERATIONS = 6, 6, 2
_RADIUS_MARGIN = 1.15
# Growth of ‖w‖² over a substep below which its saturation cannot be told.
_LEAST_GROWTH = 1.02
# Errors in units of the tolerance beyond which the spectral radius must have been wrong.
_WILD = 100.0
_DUE = 99


class Step(NamedTuple):
    """The last accepted step: all that states within it are interpolated from.

    Attributes:
        begin: Its first time.
        length: h.
        rotation: What turns the frame of the run into that of the step.
        ends: Z at both ends (2, R, d).
        slopes: dZ/dt at both ends.
        rate: D.
        saturation: κ.
    """

    begin: Float[Array, ""]
    length: Float[Array, ""]
    rotation: Float[Array, "d d"]
    ends: Float[Array, "2 R d"]
    slopes: Float[Array, "2 R d"]
    rate: Float[Array, " d"]
    saturation: Float[Array, " d"]


class Progress(NamedTuple):
    """Where a run is.

    Attributes:
        time: t.
        length: The next h to try.
        state: W, in the frame `rotation` turned it into.
        velocity: f(W).
        saturation: κ of each column.
        rotation: Product of all rotations so far.
        probe: Vector of the power iteration.
        radius: Spectral radius of the Jacobian as last seen.
        since: Accepted steps since then.
        accepted: Steps accepted.
        tried: Steps accepted or rejected.
        evaluations: Gradients.
        last: The last accepted step.
    """

    time: Float[Array, ""]
    length: Float[Array, ""]
    state: Float[Array, "R d"]
    velocity: Float[Array, "R d"]
    saturation: Float[Array, " d"]
    rotation: Float[Array, "d d"]
    probe: Float[Array, "R d"]
    radius: Float[Array, ""]
    since: Int[Array, ""]
    accepted: Int[Array, ""]
    tried: Int[Array, ""]
    evaluations: Int[Array, ""]
    last: Step


def init_state(
    field: Field,
    time: Float[Array, ""],
    state: Float[Array, "R d"],
    rotation: Float[Array, "d d"],
    fastest: Float[Array, ""],
) -> Progress:
    """Return the state before the first substep; `fastest` is the largest |λ| at the origin."""
    dim = state.shape[1]
    still = jnp.zeros(dim, state.dtype)
    rest = jnp.zeros_like(state)
    unit, none = jnp.ones((), state.dtype), jnp.zeros((), jnp.int32)
    return Progress(
        time=time,
        length=_FIRST_STEP / fastest,
        state=state,
        velocity=field(state),
        saturation=still,
        rotation=rotation,
        # Any vector that is nobody's eigenvector will do.
        probe=jax.random.normal(jax.random.key(1), state.shape, state.dtype),
        radius=fastest,
        since=none + _DUE,
        accepted=none,
        tried=none,
        evaluations=none + 1,
        last=Step(
            time, unit, rotation, jnp.stack([state, state]), jnp.stack([rest, rest]), still, still
        ),
    )


def advance(
    field: Field,
    family: Family,
    rtol: float,
    fastest: Float[Array, ""],
    end: Float[Array, ""],
    now: Progress,
) -> Progress:
    """Try one step, not beyond `end`."""
    # Columns that each follow one mode, and the rate at which each grows now.
    now = _reorthogonalise(now)
    sizes = column_sizes(now.state)
    rate = column_rates(now.state, now.velocity, sizes)
    saturation = jnp.where(rate > 0, jnp.maximum(now.saturation, 0.0), 0.0)
    # How stiff the flow is, by power iteration every few substeps: what a method of s stages may
    # step over is its real interval of stability over that.
    iterations = jnp.where(
        now.since >= _RADIUS_EVERY, jnp.where(now.accepted < 3, _FIRST_ITERATIONS, _ITERATIONS), 0
    )
    probe, radius = _power(field, now, iterations)
    stiffness = _RADIUS_MARGIN * (radius + jnp.maximum(rate.max(), 0.0))
    longest = 0.999 * family.reach[-1] / stiffness
    length = jnp.minimum(jnp.minimum(now.length, end - now.time), longest)
    member = jnp.searchsorted(family.reach, stiffness * length)
    member = jnp.minimum(member, family.reach.size - 1)
    # dZ/dt at the start, where e = 1: what is left when the growth of columns is taken out.
    slope = now.velocity - now.state * rate
    after, slope_after, error = _stages(
        field, family, member, length, rate, saturation, now.state, slope
    )
    # Each column's error in units of its own size, at the larger end; what is not a number is huge.
    error_norm = column_error_norm(error, rtol * jnp.maximum(sizes, column_sizes(after)))
    error_norm = (
        _ERROR_SHARE * error_norm * jnp.where(now.time * fastest < _EARLY_UNTIL, _EARLY, 1.0)
    )
    error_norm = jnp.where(jnp.isfinite(error_norm), jnp.maximum(error_norm, 1e-10), 1e8)
    step = Step(
        begin=now.time,
        length=length,
        rotation=now.rotation,
        ends=jnp.stack([now.state, after]),
        slopes=jnp.stack([slope, slope_after]),
        rate=rate,
        saturation=saturation,
    )
    now = now._replace(
        probe=probe,
        radius=radius,
        since=jnp.where(iterations > 0, 0, now.since),
        tried=now.tried + 1,
        evaluations=now.evaluations + family.stages[member] + iterations,
    )
    return _accept_or_reject(now, step, error_norm, end)


def _accept_or_reject(
    now: Progress, step: Step, error_norm: Float[Array, ""], end: Float[Array, ""]
) -> Progress:
    """Return the state after an accepted or a rejected substep, with the next h."""
    accept = error_norm < 1
    factor = jnp.clip(_SAFETY * error_norm**-0.25, _LEAST, _MOST)
    # The error of a method of order 3 in its estimate goes as h⁴. After a rejection h always falls.
    length = step.length * jnp.where(accept, factor, jnp.minimum(factor, 0.9))
    until = step.begin + step.length
    growth, growth_rate = growth_after(step.rate, step.saturation, step.length)
    state = step.ends[1] * growth
    velocity = (step.slopes[1] + step.ends[1] * growth_rate) * growth
    # κ of each column as this substep showed it: by how much its rate fell while its square grew.
    before, after = column_sizes(step.ends[0]), column_sizes(state)
    grown = (after / jnp.where(before > 0, before, 1.0)) ** 2
    grows = grown > _LEAST_GROWTH
    slowed = (step.rate - column_rates(state, velocity, after)) * grown
    saturation = jnp.where(grows, slowed / jnp.where(grows, grown - 1, 1.0), 0.0)
    # The last substep ends at `end` itself, not a rounding before it.
    close = until >= end - 8 * jnp.finfo(end.dtype).eps * jnp.abs(end)
    fresh = now._replace(
        time=jnp.where(close, end, until),
        state=state,
        velocity=velocity,
        saturation=saturation,
        since=now.since + 1,
        accepted=now.accepted + 1,
        last=step,
    )
    stale = now._replace(since=jnp.where(error_norm > _WILD, _DUE, now.since))
    chosen = jax.tree.map(lambda a, b: jnp.where(accept, a, b), fresh, stale)
    return chosen._replace(length=length)


def _stages(
    field: Field,
    family: Family,
    member: Int[Array, ""],
    length: Float[Array, ""],
    rate: Float[Array, " d"],
    saturation: Float[Array, " d"],
    start: Float[Array, "R d"],
    slope: Float[Array, "R d"],
) -> tuple[Float[Array, "R d"], Float[Array, "R d"], Float[Array, "R d"]]:
    """Return Z and dZ/dt at the end of a substep, and the difference of orders 4 and 3."""

    def slope_at(z: Array, moment: Array) -> Array:
        growth, growth_rate = growth_after(rate, saturation, length * moment)
        return field(z * growth) / growth - z * growth_rate

    # First s − 4 Euler steps, which make the interval of stability long ...
    def euler(j: Array, carry: tuple) -> tuple:
        z, slope, moment = carry
        z = z + length * family.euler[member, j] * slope
        moment = moment + family.euler[member, j]
        return z, slope_at(z, moment), moment

    zero = jnp.zeros((), start.dtype)
    steps = family.stages[member] - 4
    base, slope, _ = lax.fori_loop(0, steps, euler, (start, slope, zero))
    # ... then four stages that make the result of order 4, and the slope at its end.
    slopes = jnp.zeros((5, *start.shape), start.dtype).at[0].set(slope)

    def finish(j: Array, carry: tuple) -> tuple:
        _, slopes = carry
        z = base + length * jnp.tensordot(family.finisher[member, j], slopes, 1)
        return z, slopes.at[j].set(slope_at(z, family.moments[member, j]))

    end, slopes = lax.fori_loop(1, 5, finish, (base, slopes))
    return end, slopes[4], length * jnp.tensordot(family.error[member], slopes, 1)


def within(step: Step, time: Float[Array, ""]) -> Float[Array, "R d"]:
    """Return W at a time within the substep, in its frame: Hermite's cubic for Z, times growth."""
    since = time - step.begin
    x = since / step.length
    (z0, z1), (s0, s1) = step.ends, step.slopes
    value = (1 + 2 * x) * (1 - x) ** 2 * z0 + x**2 * (3 - 2 * x) * z1
    bent = x * (1 - x) ** 2 * s0 - x**2 * (1 - x) * s1
    return (value + step.length * bent) * growth_after(step.rate, step.saturation, since)[0]


def _reorthogonalise(now: Progress) -> Progress:
    """Return the state in a frame where columns are nearly orthogonal, the largest first."""
    state, rotation = orthogonalised(now.state)
    return now._replace(
        state=state,
        velocity=now.velocity @ rotation,
        saturation=now.saturation @ rotation**2,
        rotation=now.rotation @ rotation,
        probe=now.probe @ rotation,
    )


def _power(
    field: Field, now: Progress, iterations: Int[Array, ""]
) -> tuple[Float[Array, "R d"], Float[Array, ""]]:
    """Return the spectral radius of ∂f/∂W, which is symmetric, by differences of f."""
    # Far above rounding: the radius is wanted to a few per cent, and the flow bends little on it.
    nudge = jnp.finfo(now.state.dtype).eps ** (1 / 3) * jnp.linalg.norm(now.state)
    nudge = jnp.where(nudge > 0, nudge, 1.0)

    def iterate(_: Array, carry: tuple) -> tuple:
        probe, _ = carry
        size = jnp.linalg.norm(probe)
        probe = probe / jnp.where(size > 0, size, 1.0)
        image = (field(now.state + nudge * probe) - now.velocity) / nudge
        return image, jnp.linalg.norm(image)

    return lax.fori_loop(0, iterations, iterate, (now.probe, now.radius))
