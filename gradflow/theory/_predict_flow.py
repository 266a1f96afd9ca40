"""Steps and plateau losses of any pair loss, for a small part of what its flow costs."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from gradflow._checks import positive_float, positive_int
from gradflow._precision import qr
from gradflow.dynamics import solve
from gradflow.methods import Solution, Stabilised
from gradflow.problems import AbstractProblem, MergedWords, alike
from gradflow.problems._coarse_grained import check_pairs
from gradflow.problems._validate_start import Start, checked_start

# Columns beside those of the modes that are asked for: the next ones take part of what is learned.
_SPARE = 4


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
    """Follow the flow of any pair loss roughly, at a fraction of its cost.

    Three things are left out of the full run. Words that the flow treats alike share an embedding
    (`gradflow.dynamics.alike`), so a gradient costs (words/V)² of the whole. Only the columns that
    become the first modes are followed, in the frame where W₀ᵀU is triangular; the others are
    dormant until later. And columns that sleep are not followed step by step: until the first mode
    wakes the flow is linear, and later their exponential growth is taken out of each step
    (`Stabilised`), so that a loose tolerance is enough.

    Args:
        problem: `Contrastive`, `Taylor` or `NCE`. Quadratic ones are better served by
            `predict_steps`, or solved exactly.
        w0: Where training starts; a pair where untied.
        times: When to look, as for `solve`.
        modes: How many modes matter.
        words: How many groups of words at most; V or more for all words.
        rtol: Tolerance of the steps.
        seed: Of the grouping.

    Returns:
        A solution as that of `solve`, with modes + 4 singular values at most: goes into
        `measure_steps` and `plateau_losses`. How good: benchmarks/any_loss.py.

    Raises:
        ArgumentError: As for `solve`, or a problem that is not of pairs.
        SolveError: The flow could not be followed to the last time.

    Source: gradflow's own; kunin2025 for alternating between dormant and active modes.
    """
    check_pairs(problem)
    state = checked_start(problem, w0)
    columns = min(positive_int("modes", modes) + _SPARE, state.shape[1])
    count = min(positive_int("words", words), problem.vocab_size)
    merged = MergedWords(problem, alike(problem, count, seed))
    start = tuple(merged.merged(side) for side in problem.sides(state))
    vectors = jnp.asarray(merged.linearisation.top_eigenpairs(columns)[1], state.dtype)
    frame = qr(jnp.concatenate(start).T @ vectors)[0][:, :columns]
    columns_of = tuple(side @ frame for side in start)
    return solve(
        merged, columns_of if isinstance(w0, tuple) else columns_of[0], times,
        method=Stabilised(rtol=positive_float("rtol", rtol)),
    )  # fmt: skip
