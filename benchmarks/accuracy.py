"""Exact and Adaptive against SciPy's DOP853: error, time and evaluations side by side.

    python benchmarks/accuracy.py

Quadratic: random indefinite targets, V = 60, d = 8, three scales. SGNS: the 60 most frequent words
of the embedded counts. Errors are relative, of singular values, the largest over times and modes.
SciPy integrates at rtol 1e-12 from W₀Q, with Q the rotation that makes W₀ᵀU triangular: from W₀
itself its own rounding would drown the modes that still sleep.
"""

import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

import gradflow as gf
from gradflow.targets._pair_weights import Weighting

VOCAB, DIM = 60, 8


def dop853(
    problem: gf.Quadratic | gf.Contrastive, w0: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, float, int]:
    """Singular values (T, d), seconds and evaluations."""
    gradient = eqx.filter_jit(problem.gradient)
    vectors = problem.linearisation.top_eigenpairs(w0.shape[1])[1]
    start_state = w0 @ np.linalg.qr(w0.T @ vectors)[0]

    def field(_: float, flat: np.ndarray) -> np.ndarray:
        return -np.asarray(gradient(jnp.asarray(flat.reshape(w0.shape)))).ravel()

    begin = time.perf_counter()
    solution = solve_ivp(
        field,
        (0.0, times[-1]),
        start_state.ravel(),
        method="DOP853",
        rtol=1e-12,
        atol=1e-14 * np.abs(w0).max(),
        t_eval=times,
    )
    seconds = time.perf_counter() - begin
    states = solution.y.T.reshape(len(times), *w0.shape)
    triangles = [np.linalg.qr(state, mode="r") for state in states]
    values = np.array([np.linalg.svd(triangle, compute_uv=False) for triangle in triangles])
    return values, seconds, solution.nfev


def compare(
    name: str, problem: gf.Quadratic | gf.Contrastive, scale: float, methods: dict[str, Any]
) -> None:
    """One row a method."""
    w0 = gf.gaussian_init(jax.random.key(0), problem.vocab_size, DIM, scale)
    times = gf.time_grid(gf.spectrum(problem.linearisation, DIM), scale, DIM, 200)
    reference, seconds, evaluations = dop853(problem, np.asarray(w0), times)
    row = "{:<28}{:>8}  {:<22}{:>10}{:>8}{:>8.2f}"
    print(row.format(name, f"{scale:.0e}", "DOP853 (reference)", "", evaluations, seconds))
    for label, method in methods.items():
        gf.solve(problem, w0, times, method=method)  # compiles
        begin = time.perf_counter()
        solution = gf.solve(problem, w0, times, method=method)
        values = np.asarray(solution.singular_values)
        seconds = time.perf_counter() - begin
        error = f"{np.abs(values / reference - 1).max():.1e}"
        print(row.format("", "", label, error, int(solution.evaluations), seconds))


def main() -> None:
    """Print the table."""
    print(f"{'problem':<28}{'scale':>8}  {'method':<22}{'error':>10}{'evals':>8}{'s':>8}")
    rng = np.random.default_rng(0)
    for scale in (1e-1, 1e-4, 1e-8):
        half = rng.normal(size=(VOCAB, VOCAB))
        problem = gf.Quadratic(gf.Target(half + half.T))
        methods = {"Exact": gf.Exact(), "Adaptive, rtol 1e-10": gf.Adaptive(rtol=1e-10)}
        compare("random indefinite", problem, scale, methods)
    stats = gf.load_statistics("wikipedia-2k").top(VOCAB)
    weightings: tuple[Weighting, ...] = ("uniform", "none")
    for weighting in weightings:
        sgns = gf.Contrastive(stats, weighting=weighting)
        methods = {f"Adaptive, rtol {rtol:g}": gf.Adaptive(rtol=rtol) for rtol in (1e-8, 1e-10)}
        compare(f"SGNS, weighting {weighting}", sgns, 1e-4, methods)


if __name__ == "__main__":
    main()
