"""Every loss × weighting × tied or untied against SciPy's DOP853, on the 40 most frequent words.

    python benchmarks/every_problem.py

d = 4, σ = 1e-2, k = 0.7, far enough for the first mode to rise; Adaptive at rtol 1e-9, DOP853 at
rtol 1e-12 with a gradient written in NumPy (`tests/methods/test_every_problem.py`, which runs some
of the combinations). Errors are relative, of singular values of both sides, the largest over modes
and nine times.
"""

import itertools
import time

import jax
import numpy as np

import gradflow as gf
from tests.methods.test_every_problem import (
    ARRAYS,
    DIM,
    SCALE,
    SIZE,
    SLOPES,
    by_dop853,
    problem_of,
)

WEIGHTINGS = {name: name for name in ("uniform", "none", "unigram", "word2vec")}
# λ₁t of the last time; order 1 grows for ever, and order 4, which has no lower bound, bursts with
# some weights soon after it bends.
_LAST = {1: 15, 4: 17}


def main() -> None:
    """One row a combination."""
    stats, k = gf.load_statistics("wikipedia-2k").top(SIZE), 0.7
    print(f"{'loss':<10}{'weighting':<10}{'side':<9}{'error':>9}{'evals':>7}{'risen':>8}{'s':>7}")
    worst = 0.0
    weightings = {**WEIGHTINGS, "arrays": ARRAYS}
    for loss, name, tied in itertools.product(SLOPES, weightings, (True, False)):
        begin = time.perf_counter()
        weighting = weightings[name]
        problem = problem_of(stats, loss, weighting, tied, k)
        w0, c0 = gf.gaussian_init(jax.random.key(0), 2 * SIZE, DIM, SCALE).reshape(2, SIZE, DIM)
        rates = problem.linearisation.top_eigenpairs(problem.rows)[0]
        times = np.linspace(0, _LAST.get(loss, 25) / rates[0], 9)
        solution = gf.solve(problem, w0 if tied else (w0, c0), times, method=gf.Adaptive(rtol=1e-9))
        start = np.asarray(w0 if tied else np.concatenate([w0, c0]))
        wanted = by_dop853(stats, loss, weighting, tied, k, start, times, np.abs(rates).max())
        sides = [solution] if solution.context is None else [solution, solution.context]
        error = max(
            np.abs(side.singular_values / wanted[:, index] - 1).max()
            for index, side in enumerate(sides)
        )
        worst = max(worst, error)
        label = f"Taylor {loss}" if isinstance(loss, int) else loss.upper()
        risen = wanted[-1, 0, 0] / wanted[0, 0, 0]
        print(
            f"{label:<10}{name:<10}{'tied' if tied else 'untied':<9}{error:>9.1e}"
            f"{int(solution.evaluations):>7}{risen:>8.0f}{time.perf_counter() - begin:>7.1f}",
            flush=True,
        )
    print(f"largest error: {worst:.1e}")


if __name__ == "__main__":
    main()
