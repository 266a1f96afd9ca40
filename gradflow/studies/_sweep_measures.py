"""Step times, measured and predicted, as measures of a sweep."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from gradflow.analysis import measure_steps
from gradflow.analysis._steps import rise_times
from gradflow.methods import Solution
from gradflow.targets import Spectrum
from gradflow.theory import PredictionRule
from gradflow.theory._predict import steps_by_rule


class MeasuredSteps(eqx.Module):
    """Measured step times of the first modes of W, or of C, nan for the rest.

    Attributes:
        modes: How many are measured.
        context: Whether they are those of C, which there is where it is not W.

    Example:
        >>> import gradflow as gf, numpy as np
        >>> from gradflow.studies import MeasuredSteps
        >>> problem = gf.Quadratic(gf.Target(np.diag([2.0, 1.0, -1.0])))
        >>> data = gf.sweep(problem, [1e-3], 1, 2, measure={"first": MeasuredSteps(1)})
        >>> np.isfinite(data["first"].values[0, 0]).tolist()
        [True, False]
    """

    modes: int = eqx.field(static=True)
    context: bool = eqx.field(static=True, default=False)

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        """The step times (d,) of one lane."""
        side = solution.context if self.context else solution
        assert side is not None
        return _padded(measure_steps(side, self.modes), solution.plateaus.size)


class RiseTimes(eqx.Module):
    """Measured rise times of the first modes of W, nan for the rest, as a measure of a sweep.

    Attributes:
        modes: How many are measured.

    Example:
        >>> import jax, gradflow as gf, numpy as np
        >>> from gradflow.studies import RiseTimes
        >>> problem = gf.Quadratic(gf.Target(np.diag([2.0, 1.0, -1.0])))
        >>> data = gf.sweep(problem, [1e-3], 1, 2, measure={"rises": RiseTimes(2)})
        >>> data["rises"].dims  # about ln 81/λ_k = 2.2 and 4.4
        ('scale', 'seed', 'mode')
        >>> np.round(data["rises"].values[0, 0], 1).tolist()
        [2.2, 4.4]
    """

    modes: int = eqx.field(static=True)

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, " d"]:
        return _padded(rise_times(solution, self.modes), solution.plateaus.size)


class PredictedSteps(eqx.Module):
    """Predicted step times of the first modes by each of some rules, nan for the rest.

    Attributes:
        eigenvalues: λ (k,), falling; with "clusters" also of modes after those predicted.
        eigenvectors: Their eigenvectors (R, k).
        modes: How many modes are predicted.
        rules: How times are read off W₀.
    """

    eigenvalues: Float[Array, " k"]
    eigenvectors: Float[Array, "R k"]
    modes: int = eqx.field(static=True)
    rules: tuple[PredictionRule, ...] = eqx.field(static=True)

    def __init__(self, spec: Spectrum, modes: int, rules: tuple[PredictionRule, ...]) -> None:
        used = None if "clusters" in rules else modes
        self.eigenvalues = jnp.asarray(spec.eigenvalues[:used])
        self.eigenvectors = jnp.asarray(spec.eigenvectors[:, :used])
        self.modes = modes
        self.rules = rules

    def __call__(self, solution: Solution, w0: Any) -> Float[Array, "rule d"]:
        """The step times (rule, d) of one lane."""
        pairs = self.eigenvalues, self.eigenvectors
        steps = steps_by_rule(*pairs, w0, self.rules, self.modes)
        missing = solution.plateaus.size - self.modes
        return jnp.pad(steps, ((0, 0), (0, missing)), constant_values=jnp.nan)


def _padded(steps: Float[Array, " m"], dim: int) -> Float[Array, " d"]:
    return jnp.pad(steps, (0, dim - steps.size), constant_values=jnp.nan)
