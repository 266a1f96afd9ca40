"""Step times, measured and predicted, as measures of a sweep."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow.analysis._steps import measure_steps
from gradflow.methods import Solution
from gradflow.targets import Spectrum
from gradflow.theory._predict import PredictionRule, predict_from_eigenpairs


class MeasuredSteps(eqx.Module):
    """Measured step times of the first modes of W, or of C, nan for the rest.

    Attributes:
        modes: How many are measured.
        context: Whether they are those of C, which there is where it is not W.
    """

    modes: int = eqx.field(static=True)
    context: bool = eqx.field(static=True, default=False)

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        """The step times (d,) of one lane."""
        side = solution.context if self.context else solution
        assert side is not None
        return _padded(measure_steps(side, self.modes), solution.plateaus.size)


class PredictedSteps(eqx.Module):
    """Predicted step times of the first modes by one rule, nan for the rest.

    Attributes:
        eigenvalues: λ (k,), falling; with "clusters" also of modes after those predicted.
        eigenvectors: Their eigenvectors (R, k).
        modes: How many modes are predicted.
        rule: How times are read off W₀.
    """

    eigenvalues: Float[Array, " k"]
    eigenvectors: Float[Array, "R k"]
    modes: int = eqx.field(static=True)
    rule: PredictionRule = eqx.field(static=True)

    def __init__(self, spec: Spectrum, modes: int, rule: PredictionRule) -> None:
        used = None if rule == "clusters" else modes
        self.eigenvalues = jnp.asarray(spec.eigenvalues[:used])
        self.eigenvectors = jnp.asarray(spec.eigenvectors[:, :used])
        self.modes = modes
        self.rule = rule

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        """The step times (d,) of one lane."""
        steps = predict_from_eigenpairs(self.eigenvalues, self.eigenvectors, w0, self.rule)
        return _padded(steps[: self.modes], solution.plateaus.size)


class ByRule(eqx.Module):
    """Predicted step times of the first modes by each of some rules.

    Attributes:
        predictions: One for each rule.
    """

    predictions: tuple[PredictedSteps, ...]

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, "rule d"]:
        """The step times (rule, d) of one lane."""
        return jnp.stack([predict(solution, w0) for predict in self.predictions])


def _padded(steps: Float[Array, " m"], dim: int) -> Float[Array, " d"]:
    return jnp.pad(steps, (0, dim - steps.size), constant_values=jnp.nan)
