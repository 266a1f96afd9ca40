"""When modes are learned, and which directions they are then."""

import numpy as np
from jaxtyping import Array, Float

from gradflow.analysis._steps import measure_steps
from gradflow.methods import Solution


def learned_modes(
    solution: Solution,
    axes: Float[Array, "T V m"] | Float[np.ndarray, "T V m"],
    heights: Float[np.ndarray, " m"],
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, "V m"]]:
    """Return the times at which modes pass given heights, and the directions that they are then.

    Args:
        solution: The flow, or the training, that was followed.
        axes: Principal axes of W at the solution's times, as `PrincipalAxes` keeps them.
        heights: Heights that s_k² has to pass, one for each mode.

    Returns:
        Times (m,) at which s_k² first passes its height, read off the solution, in its units of
        time; and for each mode the k-th axis (V, m) at the first of the solution's times that is
        not before that. Both are nan for a mode that never gets there.

    Example:
        >>> import jax, gradflow as gf, numpy as np
        >>> from gradflow.analysis import learned_modes
        >>> problem = gf.Quadratic(gf.Target(np.diag([2.0, 1.0, -1.0])))
        >>> w0 = gf.gaussian_init(jax.random.key(0), 3, 2, 1e-6)
        >>> kept = gf.Snapshots({"axes": gf.methods.PrincipalAxes(2)})
        >>> sol = gf.solve(problem, w0, np.linspace(0, 60, 200), snapshots=kept)
        >>> times, directions = learned_modes(sol, sol.snapshots["axes"], np.array([1.0, 0.5]))
        >>> np.abs(directions).round(2).tolist()  # the eigenvectors of 2 and of 1
        [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    """
    steps = np.asarray(measure_steps(solution, plateaus=2 * heights))
    never = np.isnan(steps)
    rows = np.searchsorted(np.asarray(solution.times), np.where(never, 0.0, steps))
    directions = [np.asarray(axes[row])[:, mode] for mode, row in enumerate(rows)]
    return steps, np.where(never, np.nan, np.stack(directions, axis=1))
