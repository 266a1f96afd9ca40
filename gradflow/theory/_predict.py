"""The verb of theory: from a spectrum or a problem, and a start or a scale, to what will happen."""

from typing import overload

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow._checks import at_most_words, one_of, positive_float
from gradflow._errors import ArgumentError
from gradflow.methods._logistic import half_height_time
from gradflow.methods._mode_amplitudes import (
    log_squared_diagonal,
    log_squared_starts,
    triangular_start,
)
from gradflow.problems import AbstractProblem
from gradflow.problems._second_order import mode_curvatures
from gradflow.problems._validate_start import Start, checked_pair, checked_side, checked_start
from gradflow.targets import Spectrum, spectrum
from gradflow.theory._coupled_modes import COMPETITORS, crossing_times
from gradflow.theory._prediction import PREDICTION_RULES, Prediction, PredictionRule
from gradflow.theory._step_distribution import StepDistribution


@overload
def predict(
    spec: Spectrum | AbstractProblem, w0: Start, *, rule: PredictionRule = "qr"
) -> Prediction: ...


@overload
def predict(
    spec: Spectrum | AbstractProblem, *, scale: float, dim: int, tied: bool = True
) -> StepDistribution: ...


def predict(
    spec: Spectrum | AbstractProblem,
    w0: Start | None = None,
    *,
    rule: PredictionRule = "qr",
    scale: float | None = None,
    dim: int | None = None,
    tied: bool = True,
) -> Prediction | StepDistribution:
    """Predict when each mode is learned and how, from eigenvalues and a start, before any run.

    A problem with a closed form is predicted through its `linearisation`, as its spectrum would be.
    Any other loss of pairs is predicted by the first two orders at the origin: mode k grows at the
    rate λ_k of the linearisation towards the plateau p_k at which the second order holds it, with
    u_k and v_k the mode's unit vectors on the sides of W and C (the same where they are tied),

        p_k = sides · λ_k / Σ_ij (4 ∂²L/∂x_ij²) u_ki² v_kj²,    sides = 1 tied, 2 untied.

    How good that is depends on how far modes end from the origin and on how much they see of each
    other. SGNS on the 60 most frequent words of Wikipedia (σ = 1e-4, d = 10, tied or untied),
    against `solve`: with uniform weights the first three steps are right to 0.2 %, the first six to
    about 2 %; with "unigram", "none" and "word2vec" the first to 0.5 %, but the next ones come up
    to 44 % later than predicted, since weights couple modes and earlier ones hold later ones back.

    Args:
        spec: Spectrum of the target, or a problem. Of untied embeddings, the spectrum of the
            problem's `linearisation`.
        w0: Where training starts; a pair (W₀, C₀) where untied, and then either side of a balanced
            start has these times. May be traced.
        rule: How s₀ is read off W₀. "paper": s₀ = σ, with σ² = ‖W₀‖²_F/V (σ/√2 where untied: the
            part of both sides that grows); "row": the length of row k of UᵀW₀; "qr": |R_kk| of
            W₀ᵀU = QR, what earlier modes leave free to this one;
            "clusters": no s₀, but the exact flow of R's block around mode k, for modes that rise
            while others do; only where there is a closed form. It wants the eigenvalues after the
            last modes: a spectrum of some fifty more than d.
        scale: In place of a start, σ of Gaussian ones: entries N(0, σ²/d), untied those of
            `balanced_init` or `independent_init`.
        dim: d, together with scale.
        tied: Whether W and C share their embeddings, for a spectrum and a scale.

    Returns:
        A `Prediction` from a start, of all k modes of a spectrum or the first d of a problem; a
        `StepDistribution` over starts of a scale.

    Raises:
        ArgumentError: Neither a spectrum nor a problem; neither a start nor a scale and a dim, or
            both; an unknown rule; "clusters" without a closed form; W₀ of another vocabulary; a
            scale that is not a positive number, or dim not an integer from 1 to V.

    Source: "paper" is karkada2025, Lemma 3.1; the distribution by bartlett1934; the rest is
    gradflow's own.

    Example:
        >>> import numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0])), k=2)
        >>> prediction = gf.predict(spec, np.diag([1e-3, 1e-4]))
        >>> prediction.steps.round(4), prediction.plateaus
        (Array([4.971..., 9.556...], dtype=float64), Array([3., 2.], dtype=float64))
        >>> prediction.loss([0.0, 7.0, 99.0]).round(2)
        Array([1.62, 0.49, 0.  ], dtype=float64)
        >>> gf.predict(spec, scale=1e-3, dim=2).median.round(2)
        array([5.09, 7.99])
    """
    if w0 is None:
        if scale is None or dim is None:
            raise ArgumentError("w0", "a start, or a scale and a dim in its place", "none of them")
        return _over_starts(spec, scale, dim, tied)
    for name, value in (("scale", scale), ("dim", dim)):
        if value is not None:
            raise ArgumentError(name, "nothing beside w0, which has one", value)
    one_of("rule", rule, PREDICTION_RULES)
    if isinstance(spec, AbstractProblem):
        return _of_problem(spec, w0, rule)
    sides = 2 if isinstance(w0, tuple) else 1
    energy = sides / 8 * _checked(spec).squared_norm
    return _prediction(spec.eigenvalues, spec.eigenvectors, w0, rule, energy)


def predict_steps(
    spec: Spectrum | AbstractProblem, w0: Start, rule: PredictionRule = "qr"
) -> Float[Array, " k"]:
    """Return the half-height time of each mode from W₀: `predict(spec, w0, rule=rule).steps`.

    Args:
        spec: As for `predict`.
        w0: As for `predict`. May be traced.
        rule: As for `predict`.

    Returns:
        Times (k,); nan where λ_k ≤ 0, where s₀² is above half of the plateau already, and under
        "qr" and "clusters" beyond mode d.

    Raises:
        ArgumentError: As for `predict`.

    Source: "paper" is karkada2025, Lemma 3.1; "qr" and "clusters" are gradflow's own.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> spec = gf.spectrum(gf.Target(np.diag([3.0, 2.0])), k=2)
        >>> w0 = np.diag([1e-3, 1e-4])
        >>> gf.predict_steps(spec, w0, rule="qr").round(4)
        Array([4.971..., 9.556...], dtype=float64)
    """
    return predict(spec, w0, rule=rule).steps


def steps_by_rule(
    eigenvalues: Float[Array, " k"],
    eigenvectors: Float[Array, "R k"],
    w0: Start,
    rules: tuple[PredictionRule, ...],
    modes: int,
) -> Float[Array, "rule m"]:
    """Return `predict_steps` of the first modes by several rules, as a part of compiled lanes.

    Eigenpairs may be traced, and all is in the dtype of W₀. R of W₀ᵀU = QR is what costs time; it
    is computed once for all rules.
    """
    start = _checked_start(eigenvectors.shape[0], w0)
    rates, vectors = (jnp.asarray(x, start.dtype) for x in (eigenvalues, eigenvectors))
    triangle = triangular_start(vectors, start)

    def steps(rule: PredictionRule) -> Float[Array, " m"]:
        if rule == "clusters":
            return crossing_times(rates, *triangle)[:modes]
        if rule == "qr":
            log_starts = log_squared_diagonal(*triangle, modes)
        else:
            log_starts = log_squared_starts(vectors[:, :modes], start, rule)
        return half_height_time(rates[:modes], log_starts)

    return jnp.stack([steps(rule) for rule in rules])


def _prediction(
    eigenvalues: Float[Array, " k"] | Float[np.ndarray, " k"],
    eigenvectors: Float[Array, "R k"] | Float[np.ndarray, "R k"],
    w0: Start,
    rule: PredictionRule,
    energy: float,
) -> Prediction:
    """Return the prediction of least squares, all arrays in the dtype of the start."""
    start = _checked_start(eigenvectors.shape[0], w0)
    rates = jnp.asarray(eigenvalues, start.dtype)
    return Prediction(
        rates=rates,
        vectors=jnp.asarray(eigenvectors, start.dtype),
        start=start,
        curvatures=jnp.ones_like(rates),
        loss_at_origin=jnp.asarray(energy, start.dtype),
        rule=rule,
        sides=2 if isinstance(w0, tuple) else 1,
        modes=rates.size,
    )


def _checked_start(rows: int, w0: Start) -> Float[Array, "R d"]:
    """Return W₀, or [W₀; C₀]/2, whose squared singular values are logistic like those of W₀."""
    if isinstance(w0, tuple):
        return jnp.concatenate(checked_pair(rows // 2, w0)) / 2
    return checked_side("w0", rows, w0)


def _of_problem(problem: AbstractProblem, w0: Start, rule: PredictionRule) -> Prediction:
    state = checked_start(problem, w0)
    sides, (rows, dim) = 1 if problem.tied else 2, state.shape
    constant = problem.quadratic_constant
    _check_closed_form(problem, rule)
    more = 0 if constant is None else COMPETITORS
    spec = spectrum(problem.linearisation, min(rows, dim + more))
    energy: float | Array
    if constant is None:
        energy = problem.loss(jnp.zeros_like(state))
    else:
        energy = constant + sides / 8 * spec.squared_norm
    return Prediction(
        rates=jnp.asarray(spec.eigenvalues, state.dtype),
        vectors=jnp.asarray(spec.eigenvectors, state.dtype),
        start=state / sides,
        curvatures=jnp.asarray(mode_curvatures(problem, spec.eigenvectors), state.dtype),
        loss_at_origin=jnp.asarray(energy, state.dtype),
        rule=rule,
        sides=sides,
        modes=dim,
        closed_form=constant is not None,
    )


def _check_closed_form(problem: AbstractProblem, rule: PredictionRule) -> None:
    if rule == "clusters" and problem.quadratic_constant is None:
        wanted = f"one of one mode, as this {type(problem).__name__} has no closed form"
        raise ArgumentError("rule", wanted, rule)


def _over_starts(
    spec: Spectrum | AbstractProblem, scale: float, dim: int, tied: bool
) -> StepDistribution:
    if not isinstance(spec, AbstractProblem):
        at_most_words("dim", dim, _checked(spec).eigenvectors.shape[0] // (1 if tied else 2))
        return StepDistribution(spec.eigenvalues, scale, dim, tied)
    at_most_words("dim", dim, spec.vocab_size)
    positive_float("scale", scale)  # before eigenvectors are computed, which may take long
    rows = spec.vocab_size * (1 if spec.tied else 2)
    pairs = spectrum(spec.linearisation, min(rows, dim + COMPETITORS))
    curvatures = None
    if spec.quadratic_constant is None:
        curvatures = mode_curvatures(spec, pairs.eigenvectors[:, :dim])
    return StepDistribution(pairs.eigenvalues, scale, dim, spec.tied, curvatures)


def _checked(spec: Spectrum) -> Spectrum:
    if not isinstance(spec, Spectrum):
        raise ArgumentError("spec", "a gradflow.Spectrum or a problem", type(spec).__name__)
    if (np.diff(spec.eigenvalues) > 0).any():
        wanted = 'eigenvalues that fall, as of spectrum(target, k, which="largest")'
        raise ArgumentError("spec", wanted, "some that rise")
    return spec
