"""What eigenvalues and one start say before any run, as one object."""

import functools
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import positive_int, real_array
from gradflow._errors import ArgumentError
from gradflow.methods._logistic import LOG_81, half_height_time, logistic_log_squared
from gradflow.methods._mode_amplitudes import RULES, Rule, log_squared_starts, triangular_start
from gradflow.theory._coupled_modes import crossing_times
from gradflow.theory._embeddings import triangular_flow
from gradflow.theory._stepness import Stepness, stepness

PredictionRule = Rule | Literal["clusters"]
PREDICTION_RULES: tuple[PredictionRule, ...] = (*RULES, "clusters")


class Prediction(eqx.Module):
    """When each mode is learned from one start, and how, before any run.

    Mode k alone follows ds_k²/dt = λ_k s_k² (1 − s_k²/p_k), so that s_k² is logistic at rate λ_k on
    its way to the plateau p_k. All that differs between problems is λ_k and p_k: least squares
    without weights have p_k = λ_k tied and 2λ_k untied, with λ_k of the problem's `linearisation`;
    any other loss of pairs has them from its first two orders at the origin (see `predict`).

    It is a pytree of arrays: `predict` and all that is read off its result may be traced, but
    `stepness`. Beyond mode d, which embeddings have no direction for, everything is zero or nan
    under the rules "qr" and "clusters".

    Attributes:
        rates: λ (n,), falling: the modes that are predicted, and some that compete with the last
            of them.
        vectors: Their eigenvectors (R, n), R = V rows tied, 2V untied.
        start: W₀ (V, d), or [W₀; C₀]/2 (2V, d) where untied: from a balanced start, the squared
            singular values of half of [W; C] are logistic like those of tied embeddings.
        curvatures: ρ (n,), the pair weight that each mode feels; ones for unweighted least squares.
            The plateaus are λ/ρ tied, 2λ/ρ untied.
        loss_at_origin: L of embeddings that are zero.
        rule: How s₀ is read off the start.
        sides: One where words and contexts share their embeddings, two where they do not.
        modes: How many of the modes are predicted, k.
        closed_form: Whether the flow has one: then modes are known to interact only through R of
            W₀ᵀU = QR.
    """

    rates: Float[Array, " n"]
    vectors: Float[Array, "R n"]
    start: Float[Array, "R d"]
    curvatures: Float[Array, " n"]
    loss_at_origin: Float[Array, ""]
    rule: PredictionRule = eqx.field(static=True)
    sides: int = eqx.field(static=True)
    modes: int = eqx.field(static=True)
    closed_form: bool = eqx.field(static=True, default=True)

    @property
    def eigenvalues(self) -> Float[Array, " k"]:
        """λ_k, the rate at which s_k² grows."""
        return self.rates[: self.modes]

    @property
    def plateaus(self) -> Float[Array, " k"]:
        """Where s_k² of mode k alone ends: zero where λ_k ≤ 0, infinite where nothing holds it."""
        rates, curvatures = self.eigenvalues, self.curvatures[: self.modes]
        held = curvatures > 0
        plateaus = self.sides * rates / jnp.where(held, curvatures, 1.0)
        return jnp.where(rates > 0, jnp.where(held, plateaus, jnp.inf), 0.0)

    @property
    def steps(self) -> Float[Array, " k"]:
        """When s_k² reaches half of its plateau: t_k = ln(p_k/s₀² − 1)/λ_k, for a mode alone.

        nan where λ_k ≤ 0, where s₀² is above half of the plateau already, where the start has
        nothing of mode k, and under "qr" and "clusters" beyond mode d.
        """
        return _steps(self)[: self.modes]

    @property
    def rise_times(self) -> Float[Array, " k"]:
        """From a tenth to nine tenths of the plateau: ln 81/λ_k for a mode alone.

        nan where `steps` is, and under "clusters" where a tenth is reached from the beginning, or
        nine tenths never.
        """
        if self.rule == "clusters":
            heights = jnp.asarray([0.1, 0.9], self.start.dtype)  # arrays: one compilation for all
            return (_crossings(self, heights[1]) - _crossings(self, heights[0]))[: self.modes]
        return jnp.where(jnp.isnan(self.steps), jnp.nan, LOG_81 / self.eigenvalues)

    def singular_values(self, times: Float[np.ndarray, " T"]) -> Float[Array, "T k"]:
        """Return the sigmoids s_k(t) of either side, in the order of the eigenvalues.

        Each is logistic at rate λ_k from the rule's s₀; under "clusters", through half height at
        the time that this rule predicts.

        Args:
            times: (T,), from zero or later.

        Returns:
            (T, k).

        Raises:
            ArgumentError: Times that are not numbers of at least 0 in one row.

        Source: karkada2025, Lemma 3.1.
        """
        return _singular_values(self, self._times(times))

    def loss(self, times: Float[np.ndarray, " T"]) -> Float[Array, " T"]:
        """Return the loss that the sigmoids make: L(0) and what each of the first d modes takes.

        Along one mode, x = s² u_k v_kᵀ, the loss is to second order in x (exactly, for least
        squares)

            L = L(0) + Σ_k (λ_k sides/4) (s_k⁴/(2 p_k) − s_k²),

        which is ⅛‖M‖² + ⅛ Σ_k (s_k⁴ − 2 λ_k s_k²) for tied least squares, where p_k = λ_k. Untied,
        λ_k of the linearisation is half of M's singular value σ_k and p_k = σ_k, so it is
        ⅛‖M‖² + ⅛ Σ_k (s_k⁴ − 2 σ_k s_k²). Every mode that is learned takes sides · λ_k p_k/8 away.
        From a start whose columns are eigenvectors this is the loss of the flow to rounding;
        from others, columns carry parts of several modes for a while, which this leaves out.

        Args:
            times: (T,), from zero or later.

        Returns:
            (T,).

        Raises:
            ArgumentError: Times that are not numbers of at least 0 in one row.
        """
        return _loss(self, self._times(times))

    def embeddings(self, times: Float[np.ndarray, " T"]) -> Float[Array, "T R d"]:
        """Return W(t) in a frame of its own: columns in the order in which they are learned.

        With a closed form every column has all its components: the flow is L⁻¹H with
        H_ij = R_ij e^{λ_j t/2}, W₀ᵀU = QR and LLᵀ = I + R diag((e^{λ_j t} − 1)/λ_j) Rᵀ. That matrix
        is graded and, scaled by its diagonal, nearly the identity; here L is taken to first order
        in what it has beside the diagonal. So column i is logistic as a whole, carries components
        of the modes after i (what the sigmoids of `singular_values` leave out), and gives them up
        to their own columns later. On Wikipedia counts WWᵀ is right to 1 to 8 % at the worst time
        and to 0.01 to 0.2 % at most times (scales 1e-8 to 0.1), where the sigmoids miss 5 to 17 %
        (figures/predictions).

        Without a closed form column k is u_k times its sigmoid.

        Args:
            times: (T,), from zero or later.

        Returns:
            W (T, V, d), or [W; C] (T, 2V, d) where untied; right up to one rotation on the right
            for each time, so WWᵀ, singular values and left singular vectors can be compared.
            Components beyond the n eigenvectors are left out.

        Raises:
            ArgumentError: Times that are not numbers of at least 0 in one row.
        """
        return _embeddings(self, self._times(times))

    def stepness(self, modes: int | None = None, gap: float = 0.01) -> Stepness:
        """Judge how stepwise this run will be: separations of neighbours in rise times.

        Args:
            modes: How many modes, at most; None for all that grow.
            gap: Neighbours whose eigenvalues differ by less than this share are one step.

        Returns:
            Stepness of the first modes with eigenvalues above zero, at most d.

        Raises:
            ArgumentError: There is no such mode, or gap is not a positive number.
        """
        rates = np.asarray(self.eigenvalues, np.float64)
        count = min(int((rates > 0).sum()), self.start.shape[1])
        if modes is not None:
            count = min(positive_int("modes", modes), count)
        if count == 0:
            raise ArgumentError("spec", "an eigenvalue above zero", f"{rates[:1]}")
        steps, rises = np.asarray(self.steps)[:count], np.asarray(self.rise_times)[:count]
        return stepness(steps, rises, rates[:count], gap)

    def _times(self, times: Float[np.ndarray, " T"]) -> Float[Array, " T"]:
        return jnp.asarray(checked_times(times), self.start.dtype)


def checked_times(times: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """Return times if they are numbers in one row, from zero or later; traced ones unseen."""
    if isinstance(times, jax.core.Tracer):
        return times
    checked = real_array("times", times)
    if checked.ndim != 1:
        raise ArgumentError("times", "shape (T,)", f"shape {checked.shape}")
    if checked.size and not checked.min() >= 0:
        raise ArgumentError("times", "numbers of at least 0", f"from {checked.min():g}")
    return checked


def _steps(prediction: Prediction) -> Float[Array, " n"]:
    if prediction.rule == "clusters":
        return _crossings(prediction, jnp.asarray(0.5, prediction.start.dtype))
    return _half_height_times(prediction.rates, _log_starts(prediction))


# What is read off a start costs a reduction by reflections, in running and compiling: it is one
# program for steps, curves and losses, and these are small ones.
_half_height_times = jax.jit(half_height_time)


@eqx.filter_jit
def _crossings(prediction: Prediction, height: Float[Array, ""]) -> Float[Array, " n"]:
    """Return when each mode, beside its neighbours in the spectrum, reaches a share of λ_k."""
    triangle = triangular_start(prediction.vectors, prediction.start)
    return crossing_times(prediction.rates, *triangle, height)


@eqx.filter_jit
def _log_starts(prediction: Prediction) -> Float[Array, " n"]:
    """Return ln y₀ of y = ρ s²/sides, which follows dy/dt = (λ − y) y whatever the loss."""
    rates, rule = prediction.rates, prediction.rule
    starts = log_squared_starts(
        prediction.vectors, prediction.start, "qr" if rule == "clusters" else rule
    )
    if rule == "clusters":
        steps = _steps(prediction)
        # The logistic that is at half height then began at λ/(1 + e^{λt}).
        passing = jnp.log(rates) - jax.nn.softplus(rates * steps)
        starts = jnp.where(jnp.isnan(steps), starts, passing)
    held = prediction.curvatures > 0
    return starts + jnp.log(jnp.where(held, prediction.curvatures, 0.0))


def _sigmoids(
    rates: Float[Array, " n"], log_starts: Float[Array, " n"], times: Float[Array, " T"]
) -> Float[Array, "T n"]:
    """Return ln y(t)."""
    return jax.vmap(functools.partial(logistic_log_squared, rates, log_starts))(times)


def _singular_values(prediction: Prediction, times: Float[Array, " T"]) -> Float[Array, "T k"]:
    return _singular_values_from(_log_starts(prediction), prediction, times)


@eqx.filter_jit
def _singular_values_from(
    log_starts: Float[Array, " n"], prediction: Prediction, times: Float[Array, " T"]
) -> Float[Array, "T k"]:
    logs = _sigmoids(prediction.rates, log_starts, times)
    units = jnp.sqrt(prediction.sides / prediction.curvatures)
    return (jnp.exp(logs / 2) * units)[:, : prediction.modes]


def _loss(prediction: Prediction, times: Float[Array, " T"]) -> Float[Array, " T"]:
    return _loss_from(_log_starts(prediction), prediction, times)


@eqx.filter_jit
def _loss_from(
    log_starts: Float[Array, " n"], prediction: Prediction, times: Float[Array, " T"]
) -> Float[Array, " T"]:
    # In y = ρ s²/sides: what a mode takes is sides²/ρ times (y² − 2λy)/8.
    count = min(prediction.modes, prediction.start.shape[1])
    heights = jnp.exp(_sigmoids(prediction.rates, log_starts, times)[:, :count])
    taken = heights * (heights - 2 * prediction.rates[:count]) / prediction.curvatures[:count]
    return prediction.loss_at_origin + prediction.sides**2 / 8 * jnp.sum(taken, axis=1)


@eqx.filter_jit
def _embeddings(prediction: Prediction, times: Float[Array, " T"]) -> Float[Array, "T R d"]:
    dim = prediction.start.shape[1]
    if prediction.closed_form:
        triangle, log_unit = triangular_start(prediction.vectors, prediction.start)
        coordinates = triangular_flow(prediction.rates, triangle, log_unit, times)
        # The start is that of half of [W; C] where there are two sides.
        columns = prediction.sides * jnp.einsum("vk,tdk->tvd", prediction.vectors, coordinates)
    else:
        count = min(dim, prediction.modes)
        # Eigenvectors have unit length, so each side of [u; v] has 1/√2.
        sizes = jnp.sqrt(prediction.sides) * _singular_values(prediction, times)[:, None, :count]
        columns = prediction.vectors[:, :count] * sizes.astype(prediction.start.dtype)
    return jnp.pad(columns, ((0, 0), (0, 0), (0, dim - columns.shape[2])))
