"""Step times are where the flow says, however coarse the grid that brackets them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.methods._sampled_flow import SampledFlow
from gradflow.methods._solution import AbstractFlow

EIGENVALUES = np.array([9.0, 6.0, 4.0, 1.0, 0.0, -3.0])


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    return gf.Quadratic(gf.Target(basis * EIGENVALUES @ basis.T))


@pytest.fixture(scope="module")
def commuting_start(problem):
    """W₀ along eigenvectors: every mode is a logistic of its own."""
    vectors = problem.linearisation.top_eigenpairs(3)[1]
    return vectors * np.array([1e-3, 1e-4, 1e-5])


@pytest.mark.parametrize("method", [gf.Exact(), gf.Modes()])
@pytest.mark.parametrize("num", [4, 30])
def test_a_logistic_is_measured_where_its_formula_says(problem, commuting_start, method, num):
    solution = gf.solve(problem, commuting_start, np.linspace(0, 12, num), method=method)
    starts = np.array([1e-6, 1e-8, 1e-10])
    formula = np.log(EIGENVALUES[:3] / starts - 1) / EIGENVALUES[:3]
    np.testing.assert_allclose(gf.measure_steps(solution), formula, rtol=1e-10)


def test_other_heights_are_passed_where_the_formula_says(problem, commuting_start):
    """Against a third of λ of two modes: where s² = λ/6, and rises from λ/30 to 3λ/10."""
    solution = gf.solve(problem, commuting_start, np.linspace(0, 12, 30))
    values, starts = EIGENVALUES[:2], np.array([1e-6, 1e-8])
    passed = {n: np.log((values / starts - 1) / (n - 1)) / values for n in (6, 30, 10 / 3)}
    steps = gf.measure_steps(solution, plateaus=values / 3)
    measured = gf.measure(solution, plateaus=values / 3)
    np.testing.assert_allclose(steps, passed[6], rtol=1e-10)
    np.testing.assert_allclose(measured.steps, passed[6], rtol=1e-10)
    np.testing.assert_allclose(measured.rise_times, passed[10 / 3] - passed[30], rtol=1e-10)
    nothing = gf.measure_steps(solution, plateaus=np.array([np.nan, -1.0, 100.0]))
    assert np.isnan(nothing).all(), "no height, one below zero, one that is never reached"
    first = gf.measure_steps(solution, 1)
    np.testing.assert_allclose(gf.measure_steps(solution, 1, plateaus=values), first, rtol=1e-11)
    several = np.stack([values / 3, values, values / 5])
    mapped = jax.vmap(lambda heights: gf.measure_steps(solution, plateaus=heights))(several)
    looped = [gf.measure_steps(solution, plateaus=heights) for heights in several]
    np.testing.assert_allclose(mapped, looped, rtol=1e-12)


@pytest.mark.parametrize("plateaus", [np.ones((2, 2)), np.ones(4), np.ones(0), "high", 1j])
def test_other_heights_are_numbers_of_the_modes_that_there_are(problem, commuting_start, plateaus):
    solution = gf.solve(problem, commuting_start, np.linspace(0, 12, 30))
    numbers = isinstance(plateaus, np.ndarray)
    wanted = r"shape \(p,\) with 1 ≤ p ≤ d = 3" if numbers else "an array of numbers"
    with pytest.raises(gf.ArgumentError, match=f"plateaus: wanted {wanted}"):
        gf.measure_steps(solution, plateaus=plateaus)


@pytest.mark.slow
def test_the_flow_is_at_half_its_plateau_there(problem):
    w0 = gf.gaussian_init(jax.random.key(1), 6, 4, 1e-3)
    steps = gf.measure_steps(gf.solve(problem, w0, np.linspace(0, 40, 60)))
    at_steps = gf.solve(problem, w0, np.asarray(steps)).singular_values
    np.testing.assert_allclose(np.diagonal(at_steps) ** 2, EIGENVALUES[:4] / 2, rtol=1e-9)


@pytest.mark.slow
def test_the_grid_does_not_matter(problem):
    w0 = gf.gaussian_init(jax.random.key(2), 6, 3, 1e-3)
    spec = gf.spectrum(problem.linearisation, 3)
    coarse, fine = (
        gf.measure_steps(gf.solve(problem, w0, gf.time_grid(spec, 1e-3, 3, num)))
        for num in (40, 400)
    )
    np.testing.assert_allclose(coarse, fine, rtol=1e-9)


@pytest.mark.slow
def test_an_integrated_flow_has_the_same_steps(problem):
    w0 = gf.gaussian_init(jax.random.key(3), 6, 3, 1e-4)
    times = gf.time_grid(gf.spectrum(problem.linearisation, 3), 1e-4, 3)
    exact, integrated = (
        gf.measure_steps(gf.solve(problem, w0, times, method=method))
        for method in (gf.Exact(), gf.Adaptive(rtol=1e-10))
    )
    np.testing.assert_allclose(integrated, exact, rtol=1e-8)


@pytest.mark.slow
def test_modes_that_never_rise_or_begin_risen_are_nan(problem):
    vectors = problem.linearisation.top_eigenpairs(6)[1]
    w0 = vectors * np.array([2.9, 1e-3, 1e-3, 1e-60, 1e-3, 1e-3])
    steps = np.asarray(gf.measure_steps(gf.solve(problem, w0, np.linspace(0, 10, 50))))
    assert np.isnan(steps[0]), "above half its plateau at the first time"
    assert np.isfinite(steps[1:3]).all()
    assert np.isnan(steps[3]), "still asleep at the last time"
    assert np.isnan(steps[4:]).all(), "eigenvalues of zero and below have no plateau"


@pytest.mark.slow
def test_only_the_first_modes_where_asked_for(problem):
    solution = gf.solve(
        problem, gf.gaussian_init(jax.random.key(4), 6, 3, 1e-3), np.linspace(0, 20, 50)
    )
    np.testing.assert_allclose(
        gf.measure_steps(solution, modes=2), gf.measure_steps(solution)[:2], rtol=1e-11
    )


@pytest.mark.slow
def test_it_may_be_jitted(problem):
    solution = gf.solve(
        problem, gf.gaussian_init(jax.random.key(4), 6, 3, 1e-3), np.linspace(0, 20, 50)
    )
    jitted = eqx.filter_jit(gf.measure_steps)(solution)
    np.testing.assert_allclose(jitted, gf.measure_steps(solution), rtol=1e-12)


def test_elsewhere_the_plateau_is_the_run_s_own():
    """A mode that ends at 5, of which the problem knows nothing, steps where it passes 2.5."""
    times = jnp.linspace(0.0, 10.0, 200)
    squares = 5 / (1 + jnp.exp(-3 * (times - 4.321)))[:, None]
    solution = gf.Solution(
        times=times,
        singular_values=jnp.sqrt(squares),
        loss=jnp.zeros(200),
        status=jnp.asarray(0),
        plateaus=jnp.array([jnp.nan]),
        evaluations=jnp.asarray(0),
        flow=SampledFlow(times, jnp.log(squares)),
    )
    np.testing.assert_allclose(gf.measure(solution).plateaus, 5.0, rtol=1e-6)
    np.testing.assert_allclose(gf.measure_steps(solution), 4.321, rtol=1e-7)


@pytest.mark.slow
def test_the_root_finder_takes_few_evaluations(problem):
    """From a bracket of one interval of the usual grid: what its comment says."""
    w0 = gf.gaussian_init(jax.random.key(5), 6, 3, 1e-4)
    times = gf.time_grid(gf.spectrum(problem.linearisation, 3), 1e-4, 3)
    solution = gf.solve(problem, w0, times)
    evaluated = []

    class Counting(AbstractFlow):
        inner: AbstractFlow

        def log_squared(self, time):
            jax.debug.callback(lambda t: evaluated.append(float(t)), time)
            return self.inner.log_squared(time)

    counting = eqx.tree_at(lambda s: s.flow, solution, Counting(solution.flow))
    jax.block_until_ready(gf.measure_steps(counting))
    jax.effects_barrier()
    assert len(evaluated) / 3 <= 2 + 6, "both ends of the bracket, and at most six more"


def test_a_mode_that_has_not_settled_has_no_plateau_of_its_own():
    """Where only the run can say where a mode ends, one still on its way is not measured."""
    times = jnp.linspace(0.0, 10.0, 400)
    settled = 5 / (1 + jnp.exp(-3 * (times - 4.0)))
    rising = 1e-6 * jnp.exp(times)
    squares = jnp.stack([settled, rising], axis=1)
    solution = gf.Solution(
        times=times,
        singular_values=jnp.sqrt(squares),
        loss=jnp.zeros(400),
        status=jnp.asarray(0),
        plateaus=jnp.full(2, jnp.nan),
        evaluations=jnp.asarray(0),
        flow=SampledFlow(times, jnp.log(squares)),
    )
    steps = np.asarray(gf.measure_steps(solution))
    np.testing.assert_allclose(steps[0], 4.0, rtol=1e-6)
    assert np.isnan(steps[1])


@pytest.mark.parametrize("method", [gf.Adaptive(rtol=1e-8), gf.Stabilised(rtol=1e-6)])
def test_a_side_that_starts_at_zero_has_steps(method):
    """C₀ = 0, as in word2vec: ln s² is −∞ at the first saved time, and known from the second on."""
    problem = gf.Quadratic(gf.Target(np.diag([4.0, 3.0, 2.0, -1.0, -2.0, -3.0])), tied=False)
    frame = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 2)))[0]
    start, times = (0.5 * frame, np.zeros((6, 2))), np.linspace(0.0, 20.0, 161)
    context = gf.solve(problem, start, times, method=method).context
    exact = gf.solve(problem, start, times, method=gf.Exact()).context
    steps = gf.measure_steps(exact)
    assert np.isfinite(steps).all()
    np.testing.assert_allclose(gf.measure_steps(context, plateaus=exact.plateaus), steps, rtol=1e-4)
    np.testing.assert_allclose(context([0.3, 1.0]), exact([0.3, 1.0]), rtol=1e-3)
    between = context(times[1] / 2)
    np.testing.assert_allclose(between, exact(times[1] / 2), rtol=0.05)
