"""Steps and plateau losses of any pair loss, for a small part of what its flow costs."""

import numpy as np
from jaxtyping import Float

from gradflow.dynamics import solve
from gradflow.methods import Reduced, Solution
from gradflow.problems import AbstractProblem
from gradflow.problems._validate_start import Start


def predict_flow(
    problem: AbstractProblem,
    w0: Start,
    times: Float[np.ndarray, " T"],
    *,
    modes: int = 6,
    words: int = 500,
    rtol: float = 0.1,
    seed: int = 0,
) -> Solution:
    """Return `solve(problem, w0, times, method=Reduced(words, modes, rtol, seed))`."""
    return solve(problem, w0, times, method=Reduced(words, modes, rtol, seed))
