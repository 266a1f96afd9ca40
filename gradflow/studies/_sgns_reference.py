"""Full-batch SGNS on the most frequent words, with the quadratic theory beside it."""

import jax
import numpy as np
import xarray as xr

from gradflow.analysis import measure
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import solve, time_grid
from gradflow.dynamics._time_grid import stretched
from gradflow.initialisation import gaussian_init
from gradflow.methods import Adaptive
from gradflow.methods._mode_amplitudes import RULES
from gradflow.problems import Contrastive
from gradflow.studies._shown_lane import theory_of
from gradflow.targets import spectrum
from gradflow.theory import predict_steps

# The logarithm bends the plateaus, so SGNS is watched for longer than the quadratic flow.
_LONGER = 2.0
_EXTRA_TIMES = 60


def follow_sgns(
    stats: CooccurrenceStatistics,
    *,
    negatives: float = 1.0,
    dim: int = 12,
    scale: float = 1e-6,
    rtol: float = 1e-6,
    num_times: int = 400,
    seed: int = 0,
) -> xr.Dataset:
    """Return the SGNS flow, uniform weighting, and what the eigenvalues of M* say of it.

    Args:
        stats: Counts of the words to embed.
        negatives: k.
        dim: d.
        scale: Initialisation scale.
        rtol: Error per substep of the integrator.
        num_times: How many times are kept.
        seed: Seed of W₀.

    Returns:
        Dataset: `t`, `loss` (time), `singular_values` and `theory` (time, mode), `eigenvalue`,
        `plateaus` (of s_k², at the last time), `measured`, `step_group` and `top_words` (mode),
        `predicted` (rule, mode), `status`, `evaluations`.
    """
    problem = Contrastive(stats, "uniform", negatives)
    spec = spectrum(problem.linearisation, dim)
    w0 = gaussian_init(jax.random.key(seed), stats.vocab_size, dim, scale)
    grid = time_grid(spec, scale, dim, max(8, num_times - _EXTRA_TIMES))
    times = stretched(grid, _LONGER, _EXTRA_TIMES)
    solution = solve(problem, w0, times, method=Adaptive(rtol=rtol), throw=False)
    measurement = measure(solution)
    return xr.Dataset(
        {
            "loss": ("time", np.asarray(solution.loss)),
            "singular_values": (("time", "mode"), np.asarray(solution.singular_values)),
            **theory_of(spec, w0, times),
            "eigenvalue": ("mode", spec.eigenvalues),
            "plateaus": ("mode", np.asarray(measurement.plateaus)),
            "measured": ("mode", np.asarray(measurement.steps)),
            "predicted": (
                ("rule", "mode"),
                np.stack([np.asarray(predict_steps(spec, w0, rule)) for rule in RULES]),
            ),
            "status": int(solution.status),
            "evaluations": int(solution.evaluations),
        },
        {
            "t": ("time", times, {"units": "gradient-flow time"}),
            "mode": np.arange(1, dim + 1),
            "rule": list(RULES),
        },
        {"words": stats.vocab_size, "weighting": "uniform", "scale": scale, "seed": seed},
    )
