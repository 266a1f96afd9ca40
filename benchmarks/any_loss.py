"""Steps and plateau losses of plain SGNS from merged words, beside its whole flow.

    python benchmarks/any_loss.py [--words 2000] [--scale 1e-6] [--weighting none]

The whole flow is followed by `Stabilised` at rtol 1e-4, the cheapest integration there is (step
times right to 1e-5 where that was checked, benchmarks/README.md). A step is half of where a mode
ends in its own run. Seconds are processor time of a second call, so nothing compiles; grouping the
words is counted too. Losses: error of the drop from the origin to each plateau.
"""

import argparse
import functools
import time
from collections.abc import Callable

import jax
import numpy as np

import gradflow as gf
from gradflow.analysis._plateaus import plateau_losses

DIM, MODES = 12, 6


def steps_of(solution: gf.Solution) -> np.ndarray:
    """Return when each of the first modes reaches half of where it ends."""
    ends = solution.singular_values[-1] ** 2
    return np.asarray(gf.measure_steps(solution, MODES, plateaus=ends))


def timed(run: Callable[[], gf.Solution]) -> tuple[gf.Solution, float]:
    """Return what a second call returns, and its processor seconds."""
    jax.block_until_ready(run().loss)
    begin = time.process_time()
    solution = run()
    jax.block_until_ready(solution.loss)
    return solution, time.process_time() - begin


def main() -> None:
    """Print one row a number of words."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--scale", type=float, default=1e-6)
    parser.add_argument("--weighting", default="none")
    options = parser.parse_args()
    problem = gf.Contrastive(
        gf.load_statistics("wikipedia-2k").top(options.words), options.weighting
    )
    w0 = gf.gaussian_init(jax.random.key(0), options.words, DIM, options.scale)
    times = gf.time_grid(gf.spectrum(problem.linearisation, DIM), options.scale, DIM, 200)
    flow, seconds = timed(lambda: gf.solve(problem, w0, times, method=gf.Stabilised(1e-4)))
    wanted = steps_of(flow)
    drops = plateau_drops(flow, wanted)
    print(f"whole flow: {int(flow.evaluations)} gradients, {seconds:.1f} s, steps {wanted}")
    print(
        f"{'words':>6}{'gradients':>11}{'seconds':>9}{'cost':>8}  step errors (%); median; losses"
    )
    for share in (0.1, 0.15, 0.3, 0.5, 1.0):
        count = round(share * options.words)
        reduced = gf.Reduced(words=count, modes=MODES)
        coarse, spent = timed(functools.partial(gf.solve, problem, w0, times, method=reduced))
        steps = steps_of(coarse)
        errors = 100 * (steps / wanted - 1)
        losses = 100 * (plateau_drops(coarse, steps) / drops - 1)
        print(
            f"{count:>6}{int(coarse.evaluations):>11}{spent:>9.2f}{spent / seconds:>8.3f}  "
            f"{np.round(errors, 1)}; {np.nanmedian(abs(errors)):.1f}; {np.round(losses, 1)}",
            flush=True,
        )


def plateau_drops(solution: gf.Solution, steps: np.ndarray) -> np.ndarray:
    """Return how far the loss has fallen on each plateau, in the order of time."""
    losses = plateau_losses(solution, np.sort(steps))
    return losses[0] - losses[1:]


if __name__ == "__main__":
    main()
