"""Step times over seeds: closed forms and draws against starts that are really drawn."""

import jax
import numpy as np
import pytest
import scipy.stats

import gradflow as gf

SIZE, DIM, STARTS = 40, 6, 400
APART = np.concatenate([10 * 0.6 ** np.arange(DIM), np.linspace(0.3, -5.0, SIZE - DIM)])
CLOSE = np.concatenate([np.linspace(5.0, 4.5, DIM), np.linspace(4.4, -5.0, SIZE - DIM)])
SCALE = 1e-5


def spectrum_of(eigenvalues):
    basis = np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0]
    return gf.spectrum(gf.Target(basis * eigenvalues @ basis.T), SIZE)


def over_seeds(spec, rule, init=gf.gaussian_init):
    """Predicted times of starts that are drawn in full."""
    keys = jax.random.split(jax.random.key(1), STARTS)
    one = lambda key: gf.predict_steps(spec, init(key, SIZE, DIM, SCALE), rule)  # noqa: E731
    return np.asarray(jax.jit(jax.vmap(one))(keys))[:, :DIM]


def test_quantiles_are_those_of_drawn_starts():
    """Kolmogorov's test, mode by mode; 1e-3 each is what chance passes in 166 of 167 suites."""
    steps = gf.predict(spectrum_of(APART), scale=SCALE, dim=DIM)
    drawn = over_seeds(spectrum_of(APART), "qr")
    shares = np.linspace(0.001, 0.999, 999)
    quantiles = steps.quantile(shares)
    for mode in range(DIM):
        rank = lambda t, mode=mode: np.interp(t, quantiles[:, mode], shares)  # noqa: E731
        assert scipy.stats.kstest(drawn[:, mode], rank).pvalue > 1e-3
    np.testing.assert_allclose(steps.mean, drawn.mean(axis=0), atol=4 * (steps.std / 20).max())
    np.testing.assert_allclose(steps.std, drawn.std(axis=0), rtol=0.25)


def test_intervals_hold_their_share_of_exact_flows():
    """90 % intervals against measured steps of the exact flow, modes pooled: 87 to 93 %."""
    spec = spectrum_of(APART)
    problem = gf.Quadratic(gf.Target((spec.eigenvectors * APART) @ spec.eigenvectors.T))
    measure = {"steps": lambda solution, w0: gf.measure_steps(solution)}
    data = gf.sweep(problem, [SCALE], 150, DIM, num_times=60, measure=measure)
    low, high = gf.predict(spec, scale=SCALE, dim=DIM).interval(0.9)
    steps = data.steps.values[0]
    assert 0.87 <= np.mean((steps >= low) & (steps <= high)) <= 0.93


@pytest.mark.parametrize("eigenvalues", [APART, CLOSE], ids=["apart", "close"])
def test_draws_of_r_are_draws_of_starts(eigenvalues):
    """Two samples of the rule "clusters", one without any W₀."""
    spec = spectrum_of(eigenvalues)
    drawn = np.asarray(gf.predict(spec, scale=SCALE, dim=DIM).sample(jax.random.key(2), STARTS))
    starts = over_seeds(spec, "clusters")
    for mode in range(DIM):
        assert scipy.stats.ks_2samp(drawn[:, mode], starts[:, mode]).pvalue > 1e-3


def test_neighbours_narrow_what_each_would_do_alone():
    """Close modes take turns: together their steps spread less than the closed form says."""
    spec = spectrum_of(CLOSE)
    drawn = np.asarray(gf.predict(spec, scale=SCALE, dim=DIM).sample(jax.random.key(2), 100))
    alone = gf.predict(spec, scale=SCALE, dim=DIM)
    assert drawn[:, -1].std() < 0.7 * alone.std[-1]


@pytest.mark.parametrize("init", [gf.balanced_init, gf.independent_init])
def test_untied_starts_have_a_quarter_of_the_square(init):
    """Medians of 400 starts, to four of their standard errors (1.25 σ/√n)."""
    target = gf.Target(np.diag(APART))
    spec = gf.spectrum(gf.Quadratic(target, tied=False).linearisation, DIM)
    steps = gf.predict(spec, scale=SCALE, dim=DIM, tied=False)
    drawn = np.median(over_seeds(spec, "qr", init), axis=0)
    assert (np.abs(drawn - steps.median) < 4 * 1.25 * steps.std / np.sqrt(STARTS)).all()


def test_a_mode_that_is_never_learned_has_no_time():
    spec = gf.spectrum(gf.Target(np.diag([2.0, 0.0, -1.0])), 3)
    steps = gf.predict(spec, scale=1e-3, dim=3)
    np.testing.assert_array_equal(np.isfinite(steps.median), [True, False, False])
    assert np.isfinite(steps.mean[0])
    assert np.isnan(steps.std[1:]).all()


def test_a_large_start_is_there_at_once():
    spec = gf.spectrum(gf.Target(np.diag([2.0, 1.0])), 2)
    assert gf.predict(spec, scale=100.0, dim=2).quantile(0.01)[0] == 0.0


def test_errors_are_one_line():
    spec = gf.spectrum(gf.Target(np.diag([2.0, 1.0])), 2)
    with pytest.raises(gf.ArgumentError, match=r"^scale: wanted a finite number above 0, got -1"):
        gf.predict(spec, scale=-1, dim=2)
    with pytest.raises(gf.ArgumentError, match=r"^q: wanted between zero and one, got 1\.5"):
        gf.predict(spec, scale=1.0, dim=2).quantile(1.5)
    with pytest.raises(
        gf.ArgumentError, match=r"^spec: wanted a gradflow.Spectrum or a problem, got list"
    ):
        gf.predict([1.0], scale=1.0, dim=2)
    with pytest.raises(gf.ArgumentError, match=r"^level: wanted between zero and one, got 90"):
        gf.predict(spec, scale=1.0, dim=2).interval(90)
    with pytest.raises(gf.ArgumentError, match=r"^dim: wanted at most the vocabulary size 2, got"):
        gf.predict(spec, scale=1.0, dim=100)


@pytest.mark.parametrize("scale", [1e-170, 1e200])
def test_squares_of_scales_do_not_overflow(scale):
    """ln of a squared scale shifts every quantile of t_k λ_k, but for scales above the plateau."""
    spec = gf.spectrum(gf.Target(np.diag([2.0, 1.0])), 2)
    steps = gf.predict(spec, scale=scale, dim=2).median * spec.eigenvalues
    near = gf.predict(spec, scale=1e-20, dim=2).median * spec.eigenvalues
    np.testing.assert_allclose(steps, np.maximum(near + 2 * np.log(1e-20 / scale), 0), rtol=1e-9)
