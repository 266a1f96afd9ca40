"""The rule "clusters" is the exact flow where a window holds everything, and close elsewhere."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.theory import _coupled_modes

SIZE, DIM = 20, 6
LINE = 1e-7


def target_of(eigenvalues, seed=0):
    """A target with these eigenvalues in a random basis."""
    size = len(eigenvalues)
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]
    return gf.Target(basis * np.asarray(eigenvalues) @ basis.T)


SPECTRA = {
    "close": np.concatenate([np.linspace(5.0, 4.0, 8), np.linspace(2.0, -3.0, SIZE - 8)]),
    "degenerate": np.concatenate(
        [[6.0, 5.0, 5.0, 5.0, 4.0, 4.0], np.linspace(3.0, -2.0, SIZE - 6)]
    ),
    "negative": np.concatenate([[4.0, 3.9, 1.0, 0.0], np.linspace(-1.0, -9.0, SIZE - 4)]),
}


def measured(target, w0, scale, dim):
    times = gf.time_grid(gf.spectrum(target, dim), scale, dim, 120)
    solution = gf.solve(gf.Quadratic(target), w0, times, method=gf.Exact(compress=False))
    measurement = gf.measure(solution)
    return np.asarray(measurement.steps), np.asarray(measurement.rise_times)


@pytest.fixture(scope="module", params=SPECTRA)
def small(request):
    """A target that fits into one window, a start, and what the exact flow does."""
    target, scale = target_of(SPECTRA[request.param]), 1e-3
    w0 = gf.gaussian_init(jax.random.key(1), SIZE, DIM, scale)
    return gf.spectrum(target, SIZE), w0, measured(target, w0, scale, DIM)


def test_a_window_with_everything_is_exact(small):
    """Up to what the last bracket leaves, and the straight line across it."""
    spec, w0, (steps, _) = small
    predicted = np.asarray(gf.predict_steps(spec, w0, "clusters"))[:DIM]
    np.testing.assert_allclose(predicted, steps, rtol=LINE)


def test_narrower_brackets_leave_less(small, monkeypatch):
    """The same with forty rounds more in place of eight: nothing but the bracket was missing."""
    spec, w0, (steps, _) = small
    monkeypatch.setattr(_coupled_modes, "_MORE_ROUNDS", 40)
    jax.clear_caches()
    predicted = np.asarray(gf.predict_steps(spec, w0, "clusters"))[:DIM]
    jax.clear_caches()
    np.testing.assert_allclose(predicted, steps, rtol=1e-8)


def test_rise_times_are_exact_too(small):
    """Those that end within the measured times; differences of times five to ten times as long."""
    spec, w0, (_, rises) = small
    predicted = np.asarray(gf.predict(spec, w0, rule="clusters").rise_times)[:DIM]
    risen = np.isfinite(rises)
    assert risen.sum() >= 2
    np.testing.assert_allclose(predicted[risen], rises[risen], rtol=20 * LINE)


def test_batches_are_loops(small):
    spec, _, _ = small
    starts = np.stack([gf.gaussian_init(jax.random.key(i), SIZE, DIM, 1e-3) for i in range(3)])
    rule = lambda w0: gf.predict_steps(spec, w0, "clusters")  # noqa: E731
    together = jax.jit(jax.vmap(rule))(starts)
    np.testing.assert_allclose(together, [rule(start) for start in starts], rtol=1e-8)


def test_what_the_start_is_turned_by_does_not_matter(small):
    spec, w0, _ = small
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(DIM, DIM)))[0]
    before, after = (gf.predict_steps(spec, start, "clusters") for start in (w0, w0 @ turn))
    np.testing.assert_allclose(before, after, rtol=1e-8)


def test_any_scale_is_served_without_overflow(small):
    """t_k λ_k moves by ln of the squared ratio of scales, to the order of s₀²."""
    spec, w0, _ = small
    near, far = (
        np.asarray(gf.predict_steps(spec, w0 * factor, "clusters"))[:2] for factor in (1e-7, 1e-147)
    )
    shift = (far - near) * spec.eigenvalues[:2]
    np.testing.assert_allclose(shift, 2 * np.log(1e140), rtol=1e-3)


def test_untied_starts_rise_with_both_sides():
    target = target_of(SPECTRA["close"])
    problem = gf.Quadratic(target, tied=False)
    w0 = gf.balanced_init(jax.random.key(2), SIZE, DIM, 1e-4)
    spec = gf.spectrum(problem.linearisation, SIZE)
    times = gf.time_grid(spec, 1e-4, DIM, 200)
    steps = gf.measure_steps(gf.solve(problem, w0, times))
    predicted = gf.predict_steps(spec, w0, "clusters")[:DIM]
    np.testing.assert_allclose(predicted[:3], steps[:3], rtol=LINE)


@pytest.mark.slow
def test_windows_are_enough_where_they_are_smaller_than_the_flow():
    """d = 40 modes with gaps of 2 to 3 %: a hundred times better than without neighbours.

    What a window leaves out is worst for the last modes.
    """
    eigenvalues = 10 * np.arange(1, 201) ** -0.7
    target, scale, dim = target_of(eigenvalues), 1e-4, 40
    w0 = gf.gaussian_init(jax.random.key(3), 200, dim, scale)
    steps, _ = measured(target, w0, scale, dim)
    errors = {
        rule: np.abs(
            np.asarray(gf.predict_steps(gf.spectrum(target, 100), w0, rule))[:dim] / steps - 1
        )
        for rule in ("qr", "clusters")
    }
    assert np.median(errors["clusters"]) <= np.median(errors["qr"]) / 100
    assert errors["clusters"].max() <= 0.01 < errors["qr"].max()


def test_sigmoids_pass_through_the_predicted_times(small):
    spec, w0, (steps, _) = small
    at_steps = gf.predict(spec, w0, rule="clusters").singular_values(np.sort(steps[:2]))
    halves = np.sqrt(np.diagonal(np.asarray(at_steps))[:2] ** 2 / spec.eigenvalues[:2])
    np.testing.assert_allclose(halves, np.sqrt(0.5), rtol=20 * LINE)


@pytest.mark.parametrize("scale", [1e-1, 1e-4])
def test_embeddings_are_right_to_first_order_at_all_times(scale):
    """‖ŴŴᵀ − WWᵀ‖/‖WWᵀ‖ on Wikipedia counts; one digit better than sigmoids without the rest."""
    target = gf.mstar(gf.load_statistics("wikipedia-2k").top(100))
    spec, dim = gf.spectrum(target, 100), 8
    w0 = gf.gaussian_init(jax.random.key(0), 100, dim, scale)
    times = gf.time_grid(spec, scale, dim, 40)
    solved = gf.solve(gf.Quadratic(target), w0, times, embeddings=True)
    values = gf.predict(spec, w0, rule="clusters").singular_values(times)[:, :dim]
    products = {
        "exact": np.einsum("tvd,tud->tvu", solved.embeddings, solved.embeddings),
        "embeddings": np.einsum("tvd,tud->tvu", *[gf.predict(spec, w0).embeddings(times)] * 2),
        "sigmoids": np.einsum(
            "vk,tk,uk->tvu", spec.eigenvectors[:, :dim], values**2, spec.eigenvectors[:, :dim]
        ),
    }
    size = np.linalg.norm(products["exact"], axis=(1, 2))
    errors = {
        name: np.linalg.norm(product - products["exact"], axis=(1, 2)) / size
        for name, product in products.items()
    }
    assert errors["embeddings"].max() <= 0.06
    assert np.median(errors["embeddings"]) <= 0.1 * np.median(errors["sigmoids"])


def test_untied_embeddings_have_both_sides():
    target = target_of(5 * 0.8 ** np.arange(SIZE))
    problem = gf.Quadratic(target, tied=False)
    w0 = gf.balanced_init(jax.random.key(2), SIZE, DIM, 1e-4)
    spec = gf.spectrum(problem.linearisation, 2 * SIZE)
    times = gf.time_grid(spec, 1e-4, DIM, 20)
    solved = gf.solve(problem, w0, times, embeddings=True)
    sides = np.concatenate([solved.embeddings, solved.context.embeddings], axis=1)
    closed_form = np.asarray(gf.predict(spec, w0).embeddings(times))
    exact, predicted = (np.einsum("tvd,tud->tvu", w, w) for w in (sides, closed_form))
    errors = np.linalg.norm(predicted - exact, axis=(1, 2)) / np.linalg.norm(exact, axis=(1, 2))
    assert errors.max() <= 0.06


def test_errors_are_one_line(small):
    spec, w0, _ = small
    with pytest.raises(gf.ArgumentError, match=r"^times: wanted shape \(T,\), got shape"):
        gf.predict(spec, w0).embeddings([[1.0]])
    with pytest.raises(gf.ArgumentError, match=r"^rule: wanted one of 'paper', 'row', 'qr', 'clu"):
        gf.predict(spec, w0, rule="best")


def test_single_precision_stays_and_says_the_same(small):
    spec, w0, _ = small
    single = gf.predict_steps(spec, np.asarray(w0, np.float32), "clusters")
    assert single.dtype == np.float32
    double = gf.predict_steps(spec, np.asarray(w0, np.float32).astype(float), "clusters")
    np.testing.assert_allclose(single, double, rtol=1e-3)


@pytest.mark.parametrize("rule", ["qr", "clusters"])
def test_a_direction_that_the_start_lacks_has_no_time(small, rule):
    """A repeated column leaves rounding where R_66 would be; the flow never learns that mode."""
    spec, w0, _ = small
    repeated = np.asarray(w0).copy()
    repeated[:, 2] = repeated[:, 1]
    predicted = np.asarray(gf.predict_steps(spec, repeated, rule))
    assert np.isfinite(predicted[0])
    assert np.isnan(predicted[DIM - 1])


def test_modes_after_an_absent_one_keep_their_time(small):
    """A start in the span of all eigenvectors but the second, against the exact flow.

    The sixth direction is left to the seventh mode, which is not among the first d.
    """
    spec, w0, _ = small
    second = spec.eigenvectors[:, 1]
    start = w0 - np.outer(second, second @ w0)
    target = gf.Target(spec.eigenvectors * spec.eigenvalues @ spec.eigenvectors.T)
    times = gf.time_grid(gf.spectrum(target, DIM), 1e-3, DIM, 120)
    solution = gf.solve(gf.Quadratic(target), start, times, method=gf.Exact(compress=False))
    # The second largest singular value is that of the third mode.
    ends = np.delete(spec.eigenvalues, 1)[:DIM]
    steps = gf.measure_steps(dataclasses.replace(solution, plateaus=jnp.asarray(ends)))
    predicted = np.asarray(gf.predict_steps(spec, start, "clusters"))[:DIM]
    assert np.isnan(predicted[1])
    np.testing.assert_allclose(predicted[2:4], steps[1:3], rtol=2e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda spec, w0: gf.predict_steps(5, w0),
            "spec: wanted a gradflow.Spectrum or a problem, got int",
        ),
        (lambda spec, w0: gf.predict_steps(spec, "a"), "w0: wanted an array of float32"),
        (lambda spec, w0: gf.predict_steps(spec, (w0, w0[:3])), r"w0\[0\]: wanted shape \(V, d\)"),
        (lambda spec, w0: gf.predict(spec, w0).singular_values(5.0), r"times: wanted shape \(T,\)"),
        (lambda spec, w0: gf.predict(spec, w0).embeddings([-1.0]), "times: wanted numbers of at"),
    ],
)
def test_wrong_arguments_are_one_line(small, call, message):
    spec, w0, _ = small
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        call(spec, w0)


def test_whole_numbers_do_not_cut_eigenvalues():
    spec = gf.spectrum(gf.Target(np.diag([9.9, 7.9])), 2)
    integers, reals = (
        gf.predict_steps(spec, np.eye(2, dtype=kind), "row") for kind in (int, float)
    )
    np.testing.assert_allclose(integers, reals, rtol=1e-14)
