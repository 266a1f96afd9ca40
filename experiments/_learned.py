"""When modes are learned, and which directions they are then."""

import numpy as np
from jaxtyping import Array, Float

import gradflow as gf


def learned_modes(
    solution: gf.Solution,
    axes: Float[Array, "T V m"] | Float[np.ndarray, "T V m"],
    heights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Times (m,) at which s_k² passes its height, and the k-th axis (V, m) at the next look."""
    steps = np.asarray(gf.measure_steps(solution, plateaus=2 * heights))
    looks = np.searchsorted(np.asarray(solution.times), np.where(np.isnan(steps), 0.0, steps))
    learned = np.stack([np.asarray(axes[look])[:, mode] for mode, look in enumerate(looks)], axis=1)
    return steps, np.where(np.isnan(steps), np.nan, learned)
