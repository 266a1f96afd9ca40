"""Full-batch SGNS by stabilised steps against diffrax's Tsit5 and Dopri8, at equal accuracy.

    python benchmarks/sgns_flow.py --words 400 --dim 12

For each weighting and scale a tight run of Tsit5 over the whole `gradflow.time_grid` says where
each of the first modes rises through half of what it ends at, and when. Every method then runs to a
little after the last of these, at looser and then tighter tolerances, half a decade apart, until
those step times are right to the accuracies asked for; a row is the loosest tolerance that reaches
one. Columns: largest relative error of a step time, gradients, seconds of a run (what is looked at
included, the same for all), seconds of compiling, and both as multiples of what stabilised steps
took.
"""

import argparse
import functools
import time
from collections.abc import Callable
from typing import NamedTuple

import diffrax
import jax
import numpy as np

import gradflow as gf
from gradflow.methods import AbstractMethod, Stabilised

TIGHT = 1e-10
# How far beyond the last step runs go, and how many times they are looked at.
BEYOND, LOOKS = 1.1, 200
METHODS: dict[str, tuple[Callable[[float], AbstractMethod], list[float]]] = {
    "Stabilised": (
        Stabilised,
        [10 ** (-x / 2) for x in range(2, 13)],
    ),
    "Tsit5": (
        lambda rtol: gf.Adaptive(rtol, solver=diffrax.Tsit5()),
        [10 ** (-x / 2) for x in range(4, 17)],
    ),
    "Dopri8": (
        lambda rtol: gf.Adaptive(rtol, solver=diffrax.Dopri8()),
        [10 ** (-x / 2) for x in range(4, 19)],
    ),
}


class Case(NamedTuple):
    """A start, times, where steps are measured and when they happen."""

    problem: gf.Contrastive
    start: jax.Array
    times: np.ndarray
    ends: np.ndarray
    steps: np.ndarray


class Row(NamedTuple):
    """What one run of a method took."""

    rtol: float
    error: float
    evaluations: int
    seconds: float
    compiling: float


def measured(solution: gf.Solution, ends: np.ndarray) -> np.ndarray:
    """Return when each mode reaches half of where it ends."""
    return np.asarray(gf.measure_steps(solution, plateaus=ends))


def case_of(problem: gf.Contrastive, dim: int, scale: float, modes: int) -> Case:
    """Return the case of one scale: times until the last step, and steps, by a tight run."""
    start = gf.gaussian_init(jax.random.key(0), problem.vocab_size, dim, scale)
    grid = gf.time_grid(gf.spectrum(problem.linearisation, dim), scale, dim)
    tight = gf.Adaptive(rtol=TIGHT, max_steps=1_000_000)
    flow = gf.solve(problem, start, grid, method=tight)
    ends = np.asarray(flow.singular_values[-1, :modes]) ** 2
    last = BEYOND * np.nanmax(measured(flow, ends))
    times = np.concatenate([[0.0], np.geomspace(grid[1], last, LOOKS - 1)])
    steps = measured(gf.solve(problem, start, times, method=tight), ends)
    return Case(problem, start, times, ends, steps)


def timed(case: Case, method: AbstractMethod) -> tuple[gf.Solution, float]:
    """Return a run and its seconds."""
    begin = time.perf_counter()
    solution = gf.solve(case.problem, case.start, case.times, method=method, throw=False)
    jax.block_until_ready(solution.singular_values)
    return solution, time.perf_counter() - begin


@functools.cache
def _compiled() -> set[AbstractMethod]:
    """Return settings that have been compiled, to which more are added."""
    return set()


def run(case: Case, make: Callable[[float], AbstractMethod], rtol: float) -> Row:
    """Return what one method does at one tolerance; it runs twice if the first time compiles."""
    method = make(rtol)
    solution, seconds = timed(case, method)
    compiling = 0.0
    if method not in _compiled():
        _compiled().add(method)
        first, (solution, seconds) = seconds, timed(case, method)
        compiling = max(first - seconds, 0.0)
    steps = measured(solution, case.ends)
    error = float(np.max(np.abs(steps / case.steps - 1)))
    return Row(rtol, error, int(solution.evaluations), seconds, compiling)


def rows_of(case: Case, name: str, accuracies: list[float]) -> dict[float, Row]:
    """Return, by accuracy, the run of the loosest tolerance that reaches it."""
    make, tolerances = METHODS[name]
    reached: dict[float, Row] = {}
    for rtol in tolerances:
        row = run(case, make, rtol)
        for accuracy in accuracies:
            if row.error <= accuracy:
                reached.setdefault(accuracy, row)
        if len(reached) == len(accuracies):
            break
    return reached


def show(case_name: str, accuracies: list[float], reached: dict[str, dict[float, Row]]) -> None:
    """Print the part of the table of one case."""
    for accuracy in accuracies:
        ours = reached["Stabilised"].get(accuracy)
        for name, rows in reached.items():
            head = f"{case_name:<16}{accuracy:>9.0e}  {name:<11}"
            row = rows.get(accuracy)
            if row is None:
                print(head + "not reached")
                continue
            line = f"{row.rtol:>9.0e}{row.error:>10.1e}{row.evaluations:>11}{row.seconds:>9.2f}"
            line += f"{row.compiling:>9.1f}"
            if ours is not None:
                line += (
                    f"{row.evaluations / ours.evaluations:>9.2f}{row.seconds / ours.seconds:>8.2f}"
                )
            print(head + line, flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=400)
    parser.add_argument("--dim", type=int, default=12)
    parser.add_argument("--modes", type=int, default=6)
    parser.add_argument("--scales", type=float, nargs="+", default=[1e-3, 1e-8, 1e-12])
    parser.add_argument("--weightings", nargs="+", default=["uniform", "none"])
    parser.add_argument("--accuracies", type=float, nargs="+", default=[1e-3, 1e-6])
    options = parser.parse_args()
    stats = gf.load_statistics("wikipedia-2k").top(options.words)
    heads = ("weighting, scale", "accuracy", "method", "rtol", "error", "gradients", "seconds")
    tail = ("compile", "× grad.", "× s")
    print(("{:<16}{:>9}  {:<11}{:>9}{:>10}{:>11}{:>9}{:>9}{:>9}{:>8}").format(*heads, *tail))
    for weighting in options.weightings:
        problem = gf.Contrastive(stats, weighting)
        for scale in options.scales:
            case = case_of(problem, options.dim, scale, options.modes)
            reached = {name: rows_of(case, name, options.accuracies) for name in METHODS}
            show(f"{weighting}, {scale:g}", options.accuracies, reached)


if __name__ == "__main__":
    main()
