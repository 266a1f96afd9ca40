"""Every loss, weighting and side, integrated by gradflow and by SciPy from a gradient of its own.

Each weighting, each kind of loss and both sides occur; all combinations run in
`benchmarks/every_problem.py`.
"""

import jax
import numpy as np
import pytest
import scipy.integrate

import gradflow as gf
from gradflow.targets import pair_weights

SIZE, DIM, SCALE = 40, 4, 1e-2
RANDOM = np.random.default_rng(0)
ARRAYS = tuple(RANDOM.uniform(0.5, 2.0, size=(2, SIZE, SIZE)))
SLOPES = {
    "sgns": lambda x: 1 / (1 + np.exp(-x)),
    "nce": lambda x: 1 / (1 + np.exp(-x)),
    1: lambda x: 0.5 + 0 * x,
    2: lambda x: 0.5 + x / 4,
    4: lambda x: 0.5 + x / 4 - x**3 / 48,
    6: lambda x: 0.5 + x / 4 - x**3 / 48 + x**5 / 480,
}
CASES = [
    ("sgns", "uniform", True),
    ("sgns", "word2vec", False),
    ("sgns", ARRAYS, True),
    ("nce", "unigram", False),
    ("nce", "word2vec", True),
    (1, "none", False),
    (4, "none", True),
]


def problem_of(stats, loss, weighting, tied, k):
    if loss == "sgns":
        return gf.Contrastive(stats, weighting, k, tied=tied)
    if loss == "nce":
        return gf.NCE(stats, weighting, k, tied=tied, log_partition=np.log(SIZE))
    return gf.Taylor(stats, loss, weighting, k, tied=tied)


def by_dop853(stats, loss, weighting, tied, k, start, times, rate):
    """Singular values of each side, from the weights and a gradient written here."""
    weights = pair_weights(stats, weighting, k)
    A, B = weights.positive, weights.negative()
    offset = np.log(k * weights.noise) + np.log(SIZE) if loss == "nce" else 0.0

    def flow(_, state):
        w = state.reshape(-1, DIM)[:SIZE]
        c = w if tied else state.reshape(-1, DIM)[SIZE:]
        R = (A + B) * SLOPES[loss](w @ c.T - offset) - A
        down = (R + R.T) @ w if tied else np.concatenate([R @ c, R.T @ w])
        return -down.ravel() / rate

    found = scipy.integrate.solve_ivp(
        flow, (0, times[-1] * rate), start.ravel(), "DOP853", times * rate, rtol=1e-12, atol=1e-15
    )
    assert found.success
    states = found.y.T.reshape(times.size, -1, SIZE, DIM)
    return np.linalg.svd(states, compute_uv=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "weighting", "tied"),
    CASES,
    ids=lambda value: value if isinstance(value, str) else "arrays" if value is ARRAYS else None,
)
def test_agrees_with_dop853(wikipedia, loss, weighting, tied):
    stats, k = wikipedia.top(SIZE), 0.7
    problem = problem_of(stats, loss, weighting, tied, k)
    w0, c0 = gf.gaussian_init(jax.random.key(0), 2 * SIZE, DIM, SCALE).reshape(2, SIZE, DIM)
    rates = problem.linearisation.top_eigenpairs(problem.rows)[0]
    # Far enough for the first mode to bend; order 1 never does.
    times = np.linspace(0, (15 if loss == 1 else 25) / rates[0], 9)
    solution = gf.solve(
        problem, w0 if tied else (w0, c0), times, method=gf.Adaptive(rtol=1e-9), embeddings=True
    )
    start = np.asarray(w0 if tied else np.concatenate([w0, c0]))
    wanted = by_dop853(stats, loss, weighting, tied, k, start, times, np.abs(rates).max())
    assert wanted[-1, 0, 0] > 20 * wanted[0, 0, 0], "the first mode has risen"
    np.testing.assert_allclose(solution.singular_values, wanted[:, 0], rtol=1e-7)
    if not tied:
        np.testing.assert_allclose(solution.context.singular_values, wanted[:, 1], rtol=1e-7)
    # The loss that is reported is that of the state that is kept.
    state = solution.embeddings
    if not tied:
        state = np.concatenate([state, solution.context.embeddings], axis=1)
    recomputed = [float(problem.loss(one)) for one in np.asarray(state)]
    np.testing.assert_allclose(solution.loss, recomputed, rtol=1e-13)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("weighting", ["uniform", "word2vec", ARRAYS])
@pytest.mark.parametrize("loss", SLOPES)
def test_the_linearisation_is_that_of_the_flow(wikipedia, loss, weighting, tied):
    """−∇L(εQ) = ½N εQ up to O(ε³), also where W₀'s two sides differ."""
    stats = wikipedia.top(SIZE)
    problem = problem_of(stats, loss, weighting, tied, 2.5)
    state = 1e-4 * RANDOM.normal(size=(problem.rows, DIM))
    wanted = problem.linearisation.todense() @ state / 2
    found = -np.asarray(problem.gradient(state))
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6 * np.abs(wanted).max())
    values, vectors = problem.linearisation.top_eigenpairs(5)
    exact = np.linalg.eigvalsh(problem.linearisation.todense())[::-1][:5]
    np.testing.assert_allclose(values, exact, rtol=1e-10)
    residual = problem.linearisation.todense() @ vectors - vectors * values
    assert np.abs(residual).max() < 1e-12 * np.abs(exact).max()


def test_tied_and_untied_starts_are_told_apart(sixty_words):
    tied, untied = gf.Contrastive(sixty_words), gf.Contrastive(sixty_words, tied=False)
    w0 = np.ones((60, 2))
    with pytest.raises(gf.ArgumentError, match=r"^w0: wanted one array, .* got a tuple of 2$"):
        gf.solve(tied, (w0, w0), [1.0])
    with pytest.raises(gf.ArgumentError, match=r"^w0: wanted a pair .* got shape \(60, 2\)$"):
        gf.solve(untied, w0, [1.0])
    with pytest.raises(gf.ArgumentError, match=r"^w0\[1\]: wanted shape \(V, d\) with V = 60"):
        gf.solve(untied, (w0, w0[:3]), [1.0])
    with pytest.raises(gf.ArgumentError, match=r"^w0: wanted two arrays of one shape and dtype"):
        gf.solve(untied, (w0, w0[:, :1]), [1.0])
