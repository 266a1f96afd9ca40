"""Untied embeddings: closed forms, conservation, and which modes are learned."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

import gradflow as gf

SIZE, DIM = 60, 6


@pytest.fixture(scope="module")
def target(sixty_words):
    return gf.mstar(sixty_words)


def by_dop853(matrix, w0, c0, times):
    """dW/dt = ¼(M − WCᵀ)C and dC/dt = ¼(M − WCᵀ)ᵀW, by SciPy."""

    def flow(_, state):
        w, c = state.reshape(2, SIZE, DIM)
        rest = matrix - w @ c.T
        return np.concatenate([rest @ c, rest.T @ w]).ravel() / 4

    start = np.concatenate([w0, c0]).ravel()
    found = scipy.integrate.solve_ivp(
        flow, (0, times[-1]), start, "DOP853", times, rtol=1e-12, atol=1e-18
    )
    return found.y.T.reshape(-1, 2, SIZE, DIM)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("imbalance", "scale"), [(0.0, 1e-5), (0.4, 1e-5), (-0.4, 1e-1), (30.0, 1e-5)]
)
def test_the_closed_form_agrees_with_dop853(target, imbalance, scale):
    """Balanced and λ-balanced, λ of both signs, below and above the eigenvalues."""
    w0, c0 = gf.balanced_init(jax.random.key(1), SIZE, DIM, scale, imbalance=imbalance)
    times = np.linspace(0, 5.0, 9)
    problem = gf.Quadratic(target, tied=False)
    solution = gf.solve(problem, (w0, c0), times, embeddings=True)
    states = by_dop853(target.todense(), w0, c0, times)
    wanted = np.linalg.svd(states, compute_uv=False)
    # The small side is made of differences of numbers of the size of √|λ|.
    atol = 1e-14 * np.sqrt(abs(imbalance))
    assert (wanted[-1, :, 0] > 2.5).all(), "the first mode has risen"
    np.testing.assert_allclose(solution.singular_values, wanted[:, 0], rtol=1e-8, atol=atol)
    np.testing.assert_allclose(solution.context.singular_values, wanted[:, 1], rtol=1e-8, atol=atol)
    w, c = np.asarray(solution.embeddings), np.asarray(solution.context.embeddings)
    product = states[:, 0] @ states[:, 1].mT
    np.testing.assert_allclose(w @ c.mT, product, atol=1e-8 * np.abs(product).max())
    loss = np.sum((product - target.todense()) ** 2, axis=(1, 2)) / 8
    np.testing.assert_allclose(solution.loss, loss, rtol=1e-9)
    difference = w.mT @ w - c.mT @ c
    np.testing.assert_allclose(difference, imbalance * np.eye(DIM)[None].repeat(9, 0), atol=1e-9)


def test_the_largest_modes_are_learned_negative_ones_included(target):
    """The end is the best rank-d approximation of M: its top |λ_k|, not its top λ_k."""
    eigenvalues = np.linalg.eigvalsh(target.todense())
    largest = np.sort(np.abs(eigenvalues))[::-1][:DIM]
    assert -eigenvalues[0] in largest, "a large negative eigenvalue is among them"
    start = gf.balanced_init(jax.random.key(0), SIZE, DIM, 1e-3)
    solution = gf.solve(gf.Quadratic(target, tied=False), start, [4e3])
    for side in (solution, solution.context):
        np.testing.assert_allclose(side.singular_values[0] ** 2, largest, rtol=1e-6)
        np.testing.assert_allclose(side.plateaus, largest, rtol=1e-12)


@pytest.mark.slow
def test_plateaus_of_unequal_sides(target):
    """s_W² s_C² = λ_k² and s_W² − s_C² = λ at the end."""
    start = gf.balanced_init(jax.random.key(0), SIZE, DIM, 1e-3, imbalance=2.0)
    solution = gf.solve(gf.Quadratic(target, tied=False), start, [4e3])
    w, c = solution.singular_values[0] ** 2, solution.context.singular_values[0] ** 2
    largest = np.sort(np.abs(np.linalg.eigvalsh(target.todense())))[::-1][:DIM]
    np.testing.assert_allclose(w * c, largest**2, rtol=1e-6)
    np.testing.assert_allclose(w - c, 2.0, rtol=1e-10)
    np.testing.assert_allclose(solution.plateaus, w, rtol=1e-6)
    np.testing.assert_allclose(solution.context.plateaus, c, rtol=1e-6)


@pytest.mark.slow
def test_the_integrated_flow_agrees_and_conserves_what_it_should(target):
    problem = gf.Quadratic(target, tied=False)
    start = gf.balanced_init(jax.random.key(2), SIZE, DIM, 1e-4, imbalance=0.1)
    times = np.linspace(0, 30.0, 60)
    kept = gf.Snapshots({"imbalance": gf.methods.imbalance})
    exact = gf.solve(problem, start, times)
    for rtol in (1e-6, 1e-9):
        found = gf.solve(problem, start, times, method=gf.Adaptive(rtol=rtol), snapshots=kept)
        np.testing.assert_allclose(found.singular_values, exact.singular_values, rtol=50 * rtol)
        drift = np.abs(found.snapshots["imbalance"] - 0.1 * np.eye(DIM)).max()
        assert drift < 50 * rtol * float(found.singular_values[-1, 0] ** 2)


@pytest.mark.slow
def test_steps_of_both_sides_are_those_of_the_theory(target):
    """From a small balanced start, s² of either side is a logistic at half the tied rate."""
    spec = gf.spectrum(gf.Quadratic(target, tied=False).linearisation, DIM)
    start = gf.balanced_init(jax.random.key(0), SIZE, DIM, 1e-6)
    solution = gf.solve(gf.Quadratic(target, tied=False), start, gf.time_grid(spec, 1e-6, DIM))
    predicted = gf.predict_steps(spec, start)
    for side in (solution, solution.context):
        measured = gf.measure_steps(side)
        assert np.isfinite(measured).all()
        np.testing.assert_allclose(measured[:3], predicted[:3], rtol=2e-3)


@pytest.mark.slow
def test_word2vec_s_own_start_is_nearly_balanced():
    """WᵀW − CᵀC is V/(12d²) up to √(d/V), so no closed form takes it, and integration does."""
    size, dim = 400, 4
    w0, c0 = gf.word2vec_init(jax.random.key(0), size, dim)
    assert float(jnp.abs(w0).max()) <= 0.5 / dim
    gram = np.asarray(w0.T @ w0)
    np.testing.assert_allclose(
        gram / (size / (12 * dim**2)), np.eye(dim), atol=4 * np.sqrt(dim / size)
    )
    problem = gf.Quadratic(gf.mstar(gf.load_statistics("wikipedia-2k").top(size)), tied=False)
    refused = gf.solve(problem, (w0, c0), [1.0], method=gf.Exact(), throw=False)
    assert refused.status == gf.Status.unbalanced
    with pytest.raises(gf.SolveError, match="not a multiple of the identity"):
        gf.solve(problem, (w0, c0), [1.0], method=gf.Exact())
    followed = gf.solve(problem, (w0, c0), [0.0, 0.2])
    assert followed.evaluations > 0, "the default integrates where the closed form does not apply"
    assert followed.context.singular_values[0, 0] == 0
    assert followed.context.singular_values[1, 0] > 1


@pytest.mark.parametrize("imbalance", [0.0, 1e-3, -2.0])
def test_balanced_starts_are(imbalance):
    w, c = gf.balanced_init(jax.random.key(3), 50, 5, 1e-4, imbalance=imbalance)
    small, large = (c, w) if imbalance >= 0 else (w, c)
    np.testing.assert_allclose(w.T @ w - c.T @ c, imbalance * np.eye(5), atol=1e-15)
    assert 0.5e-4 < float(jnp.linalg.norm(small)) / np.sqrt(50) < 2e-4
    # Independent directions: the two sides do not span the same space.
    overlap = np.linalg.qr(small)[0].T @ np.linalg.qr(large)[0]
    assert np.linalg.norm(overlap, 2) < 0.9


@pytest.mark.slow
def test_sweeps_over_untied_starts(target):
    problem = gf.Quadratic(target, tied=False)
    data = gf.sweep(problem, scales=[1e-2, 1e-4], seeds=2, dims=3, num_times=20)
    assert (data.status == 0).all()
    assert data.context_singular_values.sizes == data.singular_values.sizes
    w0 = gf.balanced_init(jax.random.key(1), SIZE, 3, 1e-4)
    alone = gf.solve(problem, w0, data.t.sel(scale=1e-4).values)
    lane = data.sel(scale=1e-4, seed=1)
    np.testing.assert_allclose(lane.singular_values, alone.singular_values, rtol=1e-9)
    np.testing.assert_allclose(
        lane.context_singular_values, alone.context.singular_values, rtol=1e-9
    )
    with pytest.raises(gf.ArgumentError, match=r"^init: wanted a pair \(W₀, C₀\)"):
        gf.sweep(problem, scales=[1e-2], seeds=1, dims=2, init=gf.gaussian_init)
