"""Everything that is measured after a run, in one object."""

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gradflow.analysis._plateaus import flattest_losses
from gradflow.analysis._steps import (
    HALF,
    RISE,
    Plateaus,
    checked_solution,
    crossing_times,
    plateau_heights,
)
from gradflow.methods import Solution
from gradflow.theory import Stepness, stepness
from gradflow.training import Training

if TYPE_CHECKING:
    import xarray as xr


class Measurement(eqx.Module):
    """When the modes of a run were learned, how long each took, and where the loss stood between.

    It is a pytree of arrays: `measure` may run inside `jit` and `vmap` and return it.

    Attributes:
        steps: (m,), the first time that s_k² reaches half of its plateau; nan where it never does.
        rise_times: (m,), the time from a tenth to nine tenths of the plateau: ln 81/λ_k where a
            mode of a quadratic problem is alone; nan where either is not crossed.
        plateaus: (m,), s_k² that steps and rises are measured against; nan where there is none.
        losses: (m + 1,), the loss on the plateau before the first step, between each two steps in
            the order of time, and after the last; nan where a step beside it is nan, or no saved
            time lies between the two.
        context: The same of C, where it is not W, else None.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-6)
        >>> gf.measure(gf.solve(problem, w0, np.linspace(0, 25, 99))).plateaus
        Array([4., 2.], dtype=float64)
    """

    steps: Float[Array, " m"]
    rise_times: Float[Array, " m"]
    plateaus: Float[Array, " m"]
    losses: Float[Array, " m+1"]
    context: "Measurement | None" = None

    def stepness(
        self,
        eigenvalues: Float[np.ndarray, " m"] | Float[Array, " m"] | None = None,
        gap: float = 0.01,
    ) -> Stepness:
        """Return how stepwise the run was: separations of its steps in units of their rise times.

        Args:
            eigenvalues: λ (m,), falling: neighbours closer than the gap count as one step of higher
                rank. Without them every mode is a step of its own.
            gap: Share (λ_k − λ_{k+1})/|λ_k| below which two modes are one step.

        Returns:
            Groups, times, rises, separations, how many are resolved, and the index.

        Raises:
            ArgumentError: Eigenvalues of another number than the steps, or a gap that is not a
                positive number.

        Example:
            >>> import jax, numpy as np, gradflow as gf
            >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
            >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-6)
            >>> gf.measure(gf.solve(problem, w0, np.linspace(0, 25, 99))).stepness().resolved
            2
        """
        values = None if eigenvalues is None else np.asarray(eigenvalues)
        return stepness(np.asarray(self.steps), np.asarray(self.rise_times), values, gap)

    def to_dataset(self) -> "xr.Dataset":
        """Return the measurement as labelled arrays.

        Returns:
            Dataset: `measured`, `rise_time`, `plateau` (mode) and `loss` (plateau); of C, where it
            is not W, the first three with "context_" before their names. Modes count from 1,
            plateaus of the loss from 0, which is before the first step.
        """
        import xarray as xr

        variables = _variables(self, "W", "")
        if self.context is not None:
            variables |= _variables(self.context, "C", "context_")
        attributes = {"long_name": "loss on the plateau, in the order of time"}
        variables["loss"] = ("plateau", np.asarray(self.losses), attributes)
        num_modes = self.steps.shape[-1]
        coordinates = {"mode": np.arange(1, num_modes + 1), "plateau": np.arange(num_modes + 1)}
        return xr.Dataset(variables, coordinates)

    def __repr__(self) -> str:
        if isinstance(self.steps, jax.core.Tracer) or self.steps.ndim != 1:
            return f"Measurement(steps of shape {self.steps.shape})"
        learned = int(jnp.isfinite(self.steps).sum())
        first = np.array2string(np.asarray(self.steps[:3]), precision=4, separator=", ")
        return f"Measurement({learned} of {self.steps.size} modes learned, steps {first}, ...)"


def _variables(measurement: Measurement, side: str, prefix: str) -> dict[str, tuple]:
    unit = {"units": "gradient-flow time"}
    described = {
        "measured": (measurement.steps, f"when s_k^2 of {side} is half its plateau", unit),
        "rise_time": (measurement.rise_times, f"10 % to 90 % of the plateau of {side}", unit),
        "plateau": (measurement.plateaus, f"s_k^2 of {side} that is measured against", {}),
    }
    return {
        prefix + name: ("mode", np.asarray(array), {"long_name": text, **more})
        for name, (array, text, more) in described.items()
    }


def measure(
    solution: Solution | Training, modes: int | None = None, *, plateaus: Plateaus | None = None
) -> Measurement:
    """Measure when each mode was learned, how long it took, and the losses between the steps.

    Steps and rises are found by root-finding on the flow between the saved times, not read off the
    grid. The function is pure: it may be used inside `jit`, `vmap` and as a measure of `sweep`;
    `measure_steps` returns the steps alone, for a third of the work.

    Args:
        solution: What `solve` or `train` returned.
        modes: Measure the first this many modes only; all by default.
        plateaus: s² (p,) to measure the first p modes against, where it is not to be their own. At
            most p modes are measured; C is measured against the same.

    Returns:
        Steps, rise times and plateaus (m,), losses (m + 1,), and the same of C where it is not W. A
        mode's own plateau is max(λ_k, 0) for quadratic problems; elsewhere it is s_k² at the last
        time, if the mode has settled there: less than 5 % of change over the last tenth of the
        time.

    Raises:
        ArgumentError: `solution` is of another kind, `modes` is not a positive integer, or
            `plateaus` are not real numbers of shape (p,), 1 ≤ p ≤ d.

    Example:
        >>> import jax, numpy as np, gradflow as gf
        >>> problem = gf.Quadratic(gf.Target(np.diag([4.0, 2.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), vocab_size=2, dim=2, scale=1e-6)
        >>> measured = gf.measure(gf.solve(problem, w0, np.linspace(0, 25, 99)))
        >>> np.asarray(measured.rise_times * np.array([4.0, 2.0]) / np.log(81)).round(3)
        array([1., 1.])
        >>> np.asarray(measured.losses).round(3)
        array([2.5, 0.5, 0. ])
    """
    run = checked_solution(solution)
    measurement = _measurement(run, plateau_heights(run, modes, plateaus))
    if run.context is None:
        return measurement
    context = _measurement(run.context, plateau_heights(run.context, modes, plateaus))
    return Measurement(
        measurement.steps, measurement.rise_times, measurement.plateaus, measurement.losses, context
    )


def _measurement(solution: Solution, heights: Float[Array, " m"]) -> Measurement:
    steps, begins, ends = crossing_times(solution, heights, jnp.asarray(HALF + RISE))
    # Steps of modes that are nearly tied may come out of order; nan goes to the end.
    losses = flattest_losses(solution.times, solution.loss, jnp.sort(steps))
    return Measurement(steps, ends - begins, heights, losses)
