"""The words as points at three times: before the first step, after it, and at the end."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from gradflow.dynamics import time_grid
from gradflow.initialisation import gaussian_init
from gradflow.methods.exact._tied import TiedPlan
from gradflow.problems import Quadratic
from gradflow.studies._step_groups import next_axis_apart
from gradflow.targets import Spectrum
from gradflow.theory import predict_steps

# Before the first step, in units of its time.
_BEFORE = 0.6


def embedding_slices(
    problem: Quadratic,
    spec: Spectrum,
    scale: float,
    dim: int,
    *,
    seed: int = 0,
    axes: tuple[int, int] | None = None,
) -> xr.Dataset:
    """Return words on two principal axes of W(t) while they are a point, a line and a cloud.

    Args:
        problem: Quadratic problem.
        spec: Spectrum of its target.
        scale: Initialisation scale; the smaller, the cleaner the line.
        dim: d.
        seed: Seed of W₀.
        axes: Two principal axes, counted from 1; the line is shown between their steps. Unless
            given they are axis 1 and the first axis that is learned two rise times after it, so
            that there is a time at which the words lie on a line. For the counts of karkada2025
            that is axis 3, as in its figure 1.

    Returns:
        Dataset with `coordinates` (slice, word, axis); `t` and `state` ("point", "line", "cloud")
        by slice; `step`, the predicted step time, by axis.
    """
    w0 = gaussian_init(jax.random.key(seed), problem.vocab_size, dim, scale)
    steps = np.asarray(predict_steps(spec, w0))
    if axes is None:
        axes = (1, next_axis_apart(steps, spec.eigenvalues))
    columns = [min(axis, dim) - 1 for axis in axes]
    last = float(time_grid(spec, scale, dim)[-1])
    first, second = (steps[mode] if np.isfinite(steps[mode]) else last for mode in columns)
    times = np.array([_BEFORE * first, np.sqrt(first * second), last])
    # Rising, also where both axes are learned at once.
    times = np.maximum.accumulate(times + last * 1e-9 * np.arange(3))
    # In full: nodes for the tail of the spectrum would cost more than they save at three times.
    plan = TiedPlan.of(problem, problem.quadratic_constant, dim, compress_until=None)
    embeddings = np.asarray(plan.embeddings(w0, jnp.asarray(times)))
    coordinates = _signed(embeddings, spec)[:, :, columns]
    words = [str(i) for i in range(len(w0))] if spec.words is None else list(spec.words)
    return xr.Dataset(
        {
            "coordinates": (("slice", "word", "axis"), coordinates),
            "t": ("slice", times, {"units": "gradient-flow time"}),
            "state": ("slice", ["point", "line", "cloud"]),
            "step": ("axis", steps[columns], {"units": "gradient-flow time"}),
        },
        {"word": words, "axis": [column + 1 for column in columns]},
        {"scale": scale, "seed": seed},
    )


def _signed(embeddings: Float[np.ndarray, "T V d"], spec: Spectrum) -> Float[np.ndarray, "T V d"]:
    """Principal axes have no sign of their own; give them the eigenvectors'."""
    overlaps = np.einsum("tvd,vd->td", embeddings, spec.eigenvectors[:, : embeddings.shape[2]])
    return embeddings * np.where(overlaps < 0, -1.0, 1.0)[:, None, :]
