"""Many exact trajectories against the same by diffrax's Tsit5: error, time and step count.

    python benchmarks/exact_against_tsit5.py --lanes 32 --tsit5-lanes 2

Every lane has its own seed, V = 2,000, d = 100, scale 1e-4, 400 times. Tsit5 is integrated at the
tolerance that is asked for, lane after lane; its time for all lanes is that of the lanes it was
given, scaled up. Errors are those of the first 50 step times: of Tsit5 against the exact flow, and
of the exact flow against itself without compression.
"""

import argparse
import time
from typing import Any

import jax
import numpy as np
import xarray as xr

import gradflow as gf

SCALE, DIM, MODES = 1e-4, 100, 50


def sweep(problem: gf.Quadratic, seeds: int, method: gf.Exact, **measure: Any) -> xr.Dataset:
    """Return the dataset of all lanes, four at a time."""
    return gf.sweep(problem, [SCALE], seeds, DIM, method=method, measure=measure, lanes_at_once=4)


def seconds_of(problem: gf.Quadratic, seeds: int) -> float:
    """Wall-clock seconds of the trajectories alone."""
    start = time.perf_counter()
    sweep(problem, seeds, gf.Exact())
    return time.perf_counter() - start


def exact_steps(problem: gf.Quadratic, seeds: int, method: gf.Exact) -> np.ndarray:
    """Step times (seed, mode)."""
    measured = sweep(problem, seeds, method, steps=lambda solution, w0: gf.measure_steps(solution))
    return measured["steps"].values[0, :, :MODES]


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

    compiled, seconds = (seconds_of(problem, options.lanes) for _ in range(2))
    steps = exact_steps(problem, options.tsit5_lanes, gf.Exact())
    full = exact_steps(problem, 1, gf.Exact(compress=False))
    error = np.abs(steps[:1] / full - 1).max()
    heads = ("method", "largest error", "gradients", "s a lane", "s, all", "ratio")
    print("{:<24}{:>15}{:>11}{:>10}{:>9}{:>7}".format(*heads))
    row = "{:<24}{:>15.1e}{:>11}{:>10.2f}{:>9.1f}{:>7.1f}"
    lane = compiled / options.lanes
    print(row.format("Exact, with compiling", error, 0, lane, compiled, 1.0))
    lane = seconds / options.lanes
    print(row.format("Exact, again", error, 0, lane, seconds, seconds / compiled), flush=True)
    for rtol in options.rtol:
        runs = [tsit5(problem, seed, rtol) for seed in range(options.tsit5_lanes)]
        error = max(np.abs(run[0] / steps[seed] - 1).max() for seed, run in enumerate(runs))
        # The first run compiles; the median of several does not count that.
        lane = float(np.median([run[1] for run in runs]))
        total = lane * options.lanes
        print(row.format(f"Tsit5, rtol {rtol:g}", error, runs[0][2], lane, total, total / compiled))


if __name__ == "__main__":
    main()
