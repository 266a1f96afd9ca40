"""What eigenvalues and a start say before any run."""

import functools
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import one_of, real_array
from gradflow._errors import ArgumentError
from gradflow.methods import RULES, Rule
from gradflow.methods._logistic import LOG_81, half_height_time, logistic_log_squared
from gradflow.methods._mode_amplitudes import log_squared_starts, triangular_start
from gradflow.problems._validate_start import Start, checked_pair, checked_side
from gradflow.targets import Spectrum
from gradflow.theory._coupled_modes import crossing_times

PredictionRule = Rule | Literal["clusters"]
PREDICTION_RULES: tuple[PredictionRule, ...] = (*RULES, "clusters")


def predict_steps(spec: Spectrum, w0: Start, rule: PredictionRule = "qr") -> Float[Array, " k"]:
    """Half-height times of each mode from W₀: t_k = ln(λ_k/s₀² − 1)/λ_k, or with its neighbours.

    Args:
        spec: Spectrum of the target; of the problem's `linearisation` where W and C are untied.
        w0: Where training starts. May be traced. A pair (W₀, C₀) where they are untied: then both
            sides of a balanced start have these step times.
        rule: How s₀ is read off W₀. "paper": s₀ = σ, with σ² = ‖W₀‖²_F/V; "row": the length of
            row k of UᵀW₀; "qr": |R_kk| of W₀ᵀU = QR, what earlier modes leave free to this one;
            "clusters": no s₀, but the exact flow of R's block around mode k
            (`gradflow/theory/_coupled_modes.py`), for modes that rise while others do. For that the
            last modes want the eigenvalues after them: a spectrum of some fifty more than d.

    Returns:
        Times (k,); nan where λ_k ≤ 0, where s₀² ≥ λ_k/2 already, and under "qr" and "clusters"
        beyond mode d.

    Raises:
        ArgumentError: Unknown rule, or W₀ of another vocabulary.

    Source: "paper" is karkada2025, Lemma 3.1; "qr" and "clusters" are gradflow's own.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0])), k=2)
        >>> w0 = np.diag([1e-3, 1e-4])
        >>> gf.predict_steps(spec, w0, rule="qr").round(4)
        Array([4.971..., 9.556...], dtype=float64)
    """
    one_of("rule", rule, PREDICTION_RULES)
    return _steps(*arrays_of(spec, w0), rule)


def predict_from_eigenpairs(
    eigenvalues: Float[Array, " k"],
    eigenvectors: Float[Array, "R k"],
    w0: Start,
    rule: PredictionRule,
) -> Float[Array, " k"]:
    """`predict_steps` from eigenpairs that may be traced, in the dtype of W₀."""
    start = _checked_start(eigenvectors.shape[0], w0)
    return _steps(eigenvalues.astype(start.dtype), eigenvectors.astype(start.dtype), start, rule)


@functools.partial(jax.jit, static_argnames="rule")
def _steps(
    eigenvalues: Float[Array, " k"],
    eigenvectors: Float[Array, "R k"],
    start: Float[Array, "R d"],
    rule: PredictionRule,
) -> Float[Array, " k"]:
    if rule == "clusters":
        return crossing_times(eigenvalues, *triangular_start(eigenvectors, start))
    return half_height_time(eigenvalues, log_squared_starts(eigenvectors, start, rule))


def predict_rise_times(
    spec: Spectrum, w0: Start, rule: PredictionRule = "qr"
) -> Float[Array, " k"]:
    """How long each step takes, from a tenth to nine tenths of λ_k: ln 81/λ_k for a mode alone.

    Args:
        spec: As for `predict_steps`.
        w0: As for `predict_steps`.
        rule: "clusters" for modes that rise while others do; the others differ only in which modes
            have a step.

    Returns:
        Durations (k,); nan where `predict_steps` is, and with "clusters" where a tenth is reached
        from the beginning, or nine tenths never.

    Raises:
        ArgumentError: As for `predict_steps`.
    """
    one_of("rule", rule, PREDICTION_RULES)
    eigenvalues, eigenvectors, start = arrays_of(spec, w0)
    if rule == "clusters":
        triangle = triangular_start(eigenvectors, start)
        late, early = (crossing_times(eigenvalues, *triangle, share) for share in (0.9, 0.1))
        return late - early
    steps = _steps(eigenvalues, eigenvectors, start, rule)
    return jnp.where(jnp.isnan(steps), jnp.nan, LOG_81 / eigenvalues)


def predict_singular_values(
    spec: Spectrum, w0: Start, times: Float[np.ndarray, " T"], rule: PredictionRule = "qr"
) -> Float[Array, "T k"]:
    """The sigmoids s_k(t), mode k logistic at rate λ_k from the rule's s₀.

    With "clusters", each through half height at the time which that rule predicts.

    Args:
        spec: Spectrum of the target; of the problem's `linearisation` where W and C are untied.
        w0: Where training starts; a pair where untied, and then of either side.
        times: (T,), from zero or later.
        rule: As in `predict_steps`.

    Returns:
        (T, k), in the order of the eigenvalues.

    Raises:
        ArgumentError: Unknown rule, W₀ of another vocabulary, or times that are not such.

    Source: karkada2025, Lemma 3.1.
    """
    one_of("rule", rule, PREDICTION_RULES)
    eigenvalues, eigenvectors, start = arrays_of(spec, w0)
    starts = log_squared_starts(eigenvectors, start, "qr" if rule == "clusters" else rule)
    if rule == "clusters":
        steps = _steps(eigenvalues, eigenvectors, start, rule)
        # The logistic that is at half height then began at s₀² = λ/(1 + e^{λt}).
        began = jnp.log(eigenvalues) - jax.nn.softplus(eigenvalues * steps)
        starts = jnp.where(jnp.isnan(steps), starts, began)
    found = _sigmoids(eigenvalues, starts, jnp.asarray(checked_late(times), start.dtype))
    return found * jnp.sqrt(2.0).astype(start.dtype) if isinstance(w0, tuple) else found


@jax.jit
def _sigmoids(
    eigenvalues: Float[Array, " k"], log_start: Float[Array, " k"], times: Float[Array, " T"]
) -> Float[Array, "T k"]:
    at = jax.vmap(lambda time: logistic_log_squared(eigenvalues, log_start, time))
    return jnp.exp(at(times) / 2)


def arrays_of(spec: Spectrum, w0: Start) -> tuple[Array, Array, Float[Array, "R d"]]:
    """Eigenvalues, eigenvectors and the start, of one dtype."""
    if not isinstance(spec, Spectrum):
        raise ArgumentError("spec", "a gradflow.Spectrum", type(spec).__name__)
    start = _checked_start(spec.eigenvectors.shape[0], w0)
    return (
        jnp.asarray(spec.eigenvalues, start.dtype),
        jnp.asarray(spec.eigenvectors, start.dtype),
        start,
    )


def checked_late(times: Float[np.ndarray, " T"]) -> Float[np.ndarray, " T"]:
    """Times in one row, from zero or later."""
    late = real_array("times", times)
    if late.ndim != 1:
        raise ArgumentError("times", "shape (T,)", f"shape {late.shape}")
    if late.size and not late.min() >= 0:
        raise ArgumentError("times", "numbers of at least 0", f"from {late.min():g}")
    return late


def _checked_start(rows: int, w0: Start) -> Float[Array, "R d"]:
    """W₀, or [W₀; C₀]/2: from a balanced start, s²(Q/2) is logistic like s²(W) of tied ones."""
    if isinstance(w0, tuple):
        return jnp.concatenate(checked_pair(rows // 2, w0)) / 2
    return checked_side("w0", rows, w0)


def loss_staircase(spec: Spectrum) -> Float[np.ndarray, " k+1"]:
    """Loss before the first step and after each: mode k takes λ_k²/8 away, uniform weighting.

    Args:
        spec: Spectrum of the target.

    Returns:
        (k + 1,), from ⅛‖M‖² down; eigenvalues at or below zero take nothing.

    Source: ⅛‖WWᵀ − M‖² with WWᵀ the first k modes of M.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> gf.loss_staircase(gf.spectrum(gf.Target(np.diag([4.0, 2.0])), k=2))
        array([2.5, 0.5, 0. ])
    """
    jumps = np.maximum(spec.eigenvalues, 0.0) ** 2 / 8
    return spec.squared_norm / 8 - np.concatenate([[0.0], np.cumsum(jumps)])
