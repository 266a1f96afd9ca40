"""Many exact trajectories against the same by diffrax's Tsit5: error, time and step count.

    python benchmarks/exact_against_tsit5.py --lanes 32 --tsit5-lanes 2

Every lane has its own seed, V = 2,000, d = 100, scale 1e-4, 400 times. Tsit5 is integrated at the
tolerance that is asked for, lane after lane; its time for all lanes is that of the lanes it was
given, scaled up. Errors are those of the first 50 step times: of Tsit5 against the exact flow, and
of the exact flow against itself without compression.
"""

import argparse
import time

import jax
import numpy as np

import gradflow as gf

SCALE, DIM, MODES = 1e-4, 100, 50


def exact(problem: gf.Quadratic, seeds: int, method: gf.Exact) -> tuple[np.ndarray, float]:
    """Step times (seed, mode) and seconds, compilation included."""
    start = time.perf_counter()
    data = gf.sweep(
        problem,
        [SCALE],
        seeds,
        DIM,
        method=method,
        measure={"steps": lambda solution, w0: gf.measure_steps(solution)},
        lanes_at_once=4,
    )
    return data["steps"].values[0, :, :MODES], time.perf_counter() - start


def tsit5(problem: gf.Quadratic, seed: int, rtol: float) -> tuple[np.ndarray, float, int]:
    """Step times (mode,), seconds and gradients, of one lane."""
    w0 = gf.gaussian_init(jax.random.key(seed), problem.vocab_size, DIM, SCALE)
    times = gf.time_grid(gf.spectrum(problem.linearisation, DIM), SCALE, DIM)
    start = time.perf_counter()
    solution = gf.solve(problem, w0, times, method=gf.Adaptive(rtol=rtol))
    jax.block_until_ready(solution.singular_values)
    seconds = time.perf_counter() - start
    return np.asarray(gf.measure_steps(solution, MODES)), seconds, int(solution.evaluations)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lanes", type=int, default=32)
    parser.add_argument("--tsit5-lanes", type=int, default=2)
    parser.add_argument("--rtol", type=float, nargs="+", default=[1e-8])
    options = parser.parse_args()
    gf.use_all_cores()
    problem = gf.Quadratic(gf.mstar(gf.load_statistics("wikipedia-2k")))
    problem.linearisation.top_eigenpairs(problem.vocab_size)

    steps, seconds = exact(problem, options.lanes, gf.Exact())
    full, _ = exact(problem, 1, gf.Exact(compress=False))
    error = np.abs(steps[:1] / full - 1).max()
    heads = ("method", "largest error", "gradients", "s a lane", "s, all", "ratio")
    print("{:<22}{:>15}{:>11}{:>10}{:>9}{:>7}".format(*heads))
    row = "{:<22}{:>15.1e}{:>11}{:>10.2f}{:>9.1f}{:>7.1f}"
    print(row.format("Exact", error, 0, seconds / options.lanes, seconds, 1.0))
    for rtol in options.rtol:
        runs = [tsit5(problem, seed, rtol) for seed in range(options.tsit5_lanes)]
        error = max(np.abs(run[0] / steps[seed] - 1).max() for seed, run in enumerate(runs))
        # The first run compiles; the median of several does not count that.
        lane = float(np.median([run[1] for run in runs]))
        whole = lane * options.lanes
        print(row.format(f"Tsit5, rtol {rtol:g}", error, runs[0][2], lane, whole, whole / seconds))


if __name__ == "__main__":
    main()
