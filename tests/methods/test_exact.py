"""The closed form keeps its digits: at any time, any scale, any spectrum, any start."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from gradflow.dynamics import solve, time_grid
from gradflow.methods import Adaptive, Exact, Snapshots, Status
from gradflow.methods._snapshots import embeddings_of
from gradflow.methods.exact._echelon import echelon_rows
from gradflow.methods.exact._spectral_compression import interpolative_nodes
from gradflow.methods.exact._tied import TiedPlan
from gradflow.problems import Quadratic
from gradflow.targets import Target, spectrum
from tests.exact_solutions import WALSH, ExactProblem, walsh_target

EPS = np.finfo(float).eps


# --- against an independent integrator ---------------------------------------------------------


def dop853(matrix, w0, times, rotation):
    """Singular values by SciPy, in a frame where each column grows with a mode of its own.

    Without the rotation DOP853's own rounding of large entries would fall into dormant modes.
    """
    start = w0 @ rotation

    def flow(_, w):
        w = w.reshape(start.shape)
        return (matrix @ w - w @ (w.T @ w)).ravel() / 2

    atol = 1e-16 * np.abs(start).max()
    found = scipy.integrate.solve_ivp(
        flow, (0, times[-1]), start.ravel(), "DOP853", times, rtol=1e-12, atol=atol
    )
    states = found.y.T.reshape(-1, *start.shape)
    return np.array([np.linalg.svd(np.linalg.qr(w)[1], compute_uv=False) for w in states])


@pytest.fixture(scope="module", params=[0, 1, 2], ids=lambda seed: f"seed {seed}")
def random_problem(request):
    """Sixty words, eigenvalues in a semicircle from −4 to 4."""
    random = np.random.default_rng(request.param)
    matrix = random.normal(size=(60, 60))
    target = Target((matrix + matrix.T) / np.sqrt(30))
    return Quadratic(target), random.normal(size=(60, 8)) / np.sqrt(8)


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-1, 1e-4, 1e-8])
def test_exact_and_adaptive_agree_with_dop853(random_problem, scale):
    problem, direction = random_problem
    spec = spectrum(problem.linearisation, 8)
    w0, times = scale * direction, time_grid(spec, scale, 8, num=24)
    rotation = np.linalg.qr(w0.T @ spec.eigenvectors)[0]
    wanted = dop853(problem.linearisation.todense(), w0, times, rotation)
    exact = solve(problem, w0, times).singular_values
    # What is left is the integrator's: 1e-12 a step.
    np.testing.assert_allclose(exact, wanted, rtol=1e-11)
    adaptive = solve(problem, w0, times, method=Adaptive(rtol=1e-10)).singular_values
    np.testing.assert_allclose(adaptive, wanted, rtol=2e-9)


# --- against the Riccati formula in hundreds to thousands of digits ------------------------------

GAUSSIAN = np.random.default_rng(5).normal(size=(8, 3))
# Whole numbers, so that starts in a subspace are there exactly and not to rounding.
WHOLE = np.random.default_rng(6).integers(-9, 10, size=(8, 3)).astype(float)
LATE = [0.0, 1.0, 4.0, 10.0, 30.0, 100.0]


def case(name, eigenvalues, w0, times=LATE):
    eigenvalues = np.asarray(eigenvalues, dtype=float)
    matrix = walsh_target(eigenvalues)
    return ExactProblem(name, matrix, w0, np.asarray(times), walsh=eigenvalues)


def spanned_by(columns, scale=2.0**-10):
    """A start in the span of some eigenvectors, exactly."""
    return scale * WALSH[:, columns] @ WHOLE[: len(columns)]


LATEST = case(
    "λ₁t = 10⁴",
    [4, 3, 2.5, 1, 0.5, -1, -2, -3],
    1e-3 * GAUSSIAN,
    [0.0, 1.0, 4.0, 10.0, 100.0, 2500.0],
)
CASES = (
    case("large start", [4, 3, 2.5, 1, 0.5, -1, -2, -3], 30 * GAUSSIAN),
    case("small gaps", [4, 4 - 2**-7, 4 - 2**-6, 3, 2, 1, 0, -1], 1e-4 * GAUSSIAN),
    case("zero eigenvalues", [2, 1, 0, 0, 0, 0, -1, -2], 1e-2 * GAUSSIAN),
    case("all zero", [0] * 8, GAUSSIAN),
    case("repeated eigenvalues", [2, 2, 2, 1, 1, 1, -1, -1], 1e-3 * GAUSSIAN),
    case("pairs", [3, 3, 2, 2, 1, 1, 0, 0], 1e-3 * GAUSSIAN),
    case("M = 3 I", [3] * 8, 1e-3 * GAUSSIAN),
    case("M = −I", [-1] * 8, GAUSSIAN, [0.0, 0.1, 1.0, 10.0, 100.0, 300.0]),
    case("fewer positive than d", [2, -1, -1.5, -2, -2, -2.5, -3, -4], 1e-2 * GAUSSIAN),
    case("negative definite", [-0.5, -1, -1, -1.5, -2, -2, -3, -4], GAUSSIAN),
    case("a duplicate column", [4, 3, 2, 1, 0, -1, -2, -3], 1e-3 * GAUSSIAN[:, [0, 1, 0]]),
    case("equal columns", [4, 3, 2, 1, 0, -1, -2, -3], 1e-3 * GAUSSIAN[:, [0, 0, 0]]),
    case("a zero column", [4, 3, 2, 1, 0, -1, -2, -3], 1e-3 * GAUSSIAN * [1, 0, 1]),
    case("zero", [4, 3, 2, 1, 0, -1, -2, -3], 0 * GAUSSIAN),
    case("orthogonal to the top", [4, 3, 2, 1, 0, -1, -2, -3], spanned_by([1, 2, 3])),
    case("misses two of three", [4, 3, 2, 1, 0, -1, -2, -3], spanned_by([1, 4, 5])),
    case("in the plane of two", [4, 3, 2, 1, 0, -1, -2, -3], spanned_by([0, 2])),
    case("in the negative part", [4, 3, 2, 1, 0, -1, -2, -3], spanned_by([5, 6, 7])),
    case(
        "scale 1e-100",
        [4, 3, 2, 1, 0.5, -1, -2, -3],
        1e-100 * GAUSSIAN,
        [0.0, 50.0, 120.0, 160.0, 300.0, 1000.0],
    ),
    case("graded columns", [4, 3, 2, 1, 0.5, -1, -2, -3], GAUSSIAN * [1.0, 1e-4, 1e-8]),
)
STEEP = case("steep columns", [4, 3, 2, 1, 0.5, -1, -2, -3], GAUSSIAN * [1.0, 1e-8, 1e-16])


@eqx.filter_jit
def closed_form(plan, w0, times, kept):
    """The plan's run, which needs no problem beside it: one compilation for all cases."""
    return plan.run(w0, times, (kept,))


LIMITATION = pytest.mark.xfail(
    strict=True, reason="columns of W₀ below 1e-15 of the largest are taken for rounding"
)


@pytest.mark.parametrize(
    "problem",
    [pytest.param(LATEST, marks=pytest.mark.slow), *CASES, pytest.param(STEEP, marks=LIMITATION)],
    ids=lambda case: case.name,
)
def test_exact_agrees_with_the_riccati_formula(problem):
    plan = Exact().plan(Quadratic(Target(problem.matrix)), 3, problem.times[-1])
    kept = Snapshots({"w": embeddings_of}, problem.times)
    found = closed_form(plan, jnp.asarray(problem.w0), jnp.asarray(problem.times), kept)
    assert found.status == Status.ok
    wanted = problem.singular_values
    # An eigenvalue known to a few ulp of the largest makes e^{λt/2} that uncertain.
    largest = np.abs(np.linalg.eigvalsh(problem.matrix)).max()
    rtol = 2e-14 + 2 * EPS * largest * problem.times[:, None]
    # Exact zeros of rank-deficient starts are known to rounding of the whole.
    atol = 1e-300 + np.where(wanted == 0, 4 * EPS * wanted[:, :1], 0)
    error = np.abs(found.singular_values - wanted)
    assert (error <= atol + rtol * wanted).all(), error / np.where(wanted > 0, wanted, 1)
    scale = problem.squared_norm + np.sum(wanted**4, axis=1)
    assert (np.abs(found.loss - problem.loss) <= 2e-15 * scale).all()
    w = np.asarray(found.snapshots["w"])
    size = np.maximum(wanted[:, :1, None] ** 2, 1e-290)
    assert (np.abs(w @ w.mT - problem.answer.products) <= 1e-13 * size).all()


def test_what_is_not_there_at_the_start_never_grows():
    """A start exactly orthogonal to the top eigenvector stays so, 10⁴ e-foldings long."""
    problem = next(case for case in CASES if case.name == "orthogonal to the top")
    solution = solve(Quadratic(Target(problem.matrix)), problem.w0, problem.times, embeddings=True)
    np.testing.assert_allclose(solution.singular_values[-1], np.sqrt([3, 2, 1]), rtol=1e-13)
    along_top = np.einsum("v,tvd->td", WALSH[:, 0] / np.sqrt(8), solution.embeddings)
    assert np.abs(along_top).max() < 1e-14


# --- structure -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_flowing_twice_is_flowing_once(random_problem):
    """flow(t₁ + t₂) = flow(t₂) ∘ flow(t₁), the state passed on as embeddings."""
    problem, direction = random_problem
    times = np.array([0.0, 2.0, 3.0, 5.0])
    once = solve(problem, 1e-2 * direction, times, embeddings=True)
    twice = solve(problem, once.embeddings[1], times, embeddings=True)
    np.testing.assert_allclose(twice.singular_values[0], once.singular_values[1], rtol=1e-13)
    np.testing.assert_allclose(twice.singular_values[2], once.singular_values[3], rtol=1e-12)
    np.testing.assert_allclose(twice.loss[2], once.loss[3], rtol=1e-13)
    product = lambda w: np.asarray(w @ w.T)  # noqa: E731
    np.testing.assert_allclose(
        product(twice.embeddings[2]), product(once.embeddings[3]), atol=1e-12
    )


@pytest.fixture(scope="module")
def long_tailed():
    """A power law of either sign, as word statistics have it, in a random basis."""
    random = np.random.default_rng(0)
    rates = np.concatenate([20 / np.arange(1.0, 251) ** 0.7, -6 / np.arange(1.0, 151) ** 0.7])
    vectors = np.linalg.qr(random.normal(size=(400, 400)))[0]
    return Quadratic(Target((vectors * rates) @ vectors.T))


@pytest.mark.slow
@pytest.mark.parametrize("scale", [1e-8, 0.3])
def test_compression_changes_rounding_only(long_tailed, scale):
    problem, target = long_tailed, long_tailed.linearisation
    spec = spectrum(target, 10)
    w0 = scale * np.random.default_rng(1).normal(size=(400, 10)) / np.sqrt(10)
    times = time_grid(spec, scale, 10, num=40)
    plan = Exact().plan(problem, 10, times[-1])
    assert 0 < plan.nodes.size < 100, "the tail is compressed"
    small = solve(problem, w0, times)
    full = solve(problem, w0, times, method=Exact(compress=False))
    # At 1e-8, dormant singular values stand beside large ones.
    spread = full.singular_values[:, 0] / full.singular_values[:, -1]
    assert spread.max() > (1e5 if scale == 1e-8 else 2)
    np.testing.assert_allclose(small.singular_values, full.singular_values, rtol=1e-10)
    np.testing.assert_allclose(small.loss, full.loss, rtol=0, atol=1e-13 * target.squared_norm)


@pytest.mark.slow
def test_a_start_that_misses_the_head_is_marked_and_solve_repeats_it_in_full():
    """Diagonal target, hence eigenvectors that are words, and a first word at zero."""
    rates = np.concatenate([[9.0, 8.0, 7.0], np.linspace(1.0, -1.0, 397)])
    problem = Quadratic(Target(np.diag(rates)))
    w0 = 1e-3 * np.random.default_rng(2).normal(size=(400, 3))
    w0[0] = 0
    times = jnp.array([0.0, 10.0, 1e4])
    plan = Exact().plan(problem, 3, 1e4)
    assert plan.nodes.size > 0
    marked = jax.jit(lambda w0: Exact().run(problem, plan, w0, times, ()))(jnp.asarray(w0))
    assert marked.status == Status.start_misses_head
    solution = solve(problem, w0, times, embeddings=True)
    assert solution.status == Status.ok
    full = solve(problem, w0, times, method=Exact(compress=False))
    np.testing.assert_allclose(solution.singular_values, full.singular_values, rtol=1e-12)
    np.testing.assert_allclose(solution.singular_values[-1], np.sqrt(rates[1:4]), rtol=1e-9)
    assert np.abs(solution.embeddings[:, 0]).max() < 1e-15


def test_time_zero_alone_is_the_start():
    w0 = np.random.default_rng(3).normal(size=(4, 2))
    solution = solve(Quadratic(Target(np.diag([3.0, 2.0, 1.0, -1.0]))), w0, [0.0])
    wanted = np.linalg.svd(w0, compute_uv=False)
    np.testing.assert_allclose(solution.singular_values[0], wanted, rtol=1e-14)


# --- a few eigenvalues for many ------------------------------------------------------------------

TAILS = {
    "power law": 5 / np.arange(1.0, 400) ** 0.8,
    "both signs": np.linspace(2.0, -3.0, 300),
    "repeated": np.repeat([1.0, 0.5, 0.0, -0.5], 50),
    "all zero": np.zeros(50),
    "all equal": np.full(50, -2.0),
    "a single one": np.array([0.7]),
}


@pytest.mark.parametrize("last_time", [0.1, 30.0, 1e4])
@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_nodes_reproduce_exponentials_and_their_integrals(tail, last_time):
    nodes = interpolative_nodes(tail, last_time)
    chosen = tail[nodes.index]
    # Times between those at which it was fitted, and before the first.
    times = np.concatenate([[0.0], np.geomspace(1e-6, 1, 777) * last_time])[:, None]
    wanted = np.exp(times * (tail - tail[0]))
    found = np.exp(times * (chosen - tail[0])) @ nodes.coefficients
    assert np.abs(found - wanted).max() < 2e-14
    growth = lambda rates: np.where(  # noqa: E731
        rates * times == 0, times, np.expm1(rates * times) / np.where(rates == 0, 1, rates)
    )
    if tail[0] * last_time < 100:  # the integral itself does not overflow
        wanted, found = growth(tail), growth(chosen) @ nodes.coefficients
        assert (np.abs(found - wanted) <= 2e-14 * growth(tail[:1])).all()


def test_a_long_tail_needs_a_few_dozen_nodes():
    assert interpolative_nodes(np.linspace(2.0, -3.0, 4000), 30.0).index.size < 64


# --- rows in echelon form ------------------------------------------------------------------------


def test_generic_rows_are_the_triangle_of_a_qr():
    coordinates = np.random.default_rng(0).normal(size=(3, 8))
    rows, pivots = echelon_rows(jnp.asarray(coordinates))
    np.testing.assert_array_equal(pivots, [0, 1, 2])
    np.testing.assert_allclose(np.abs(rows), np.abs(np.linalg.qr(coordinates)[1]), rtol=1e-12)


@pytest.mark.parametrize(
    ("coordinates", "wanted"),
    [
        (GAUSSIAN.T * (np.arange(8) > 1), [2, 3, 4]),
        (GAUSSIAN.T[[0, 1, 0]], [0, 1, 8]),
        (GAUSSIAN.T[[0, 0, 0]], [0, 8, 8]),
        (GAUSSIAN.T * [[0], [1], [0]], [0, 8, 8]),
        (np.zeros((3, 8)), [8, 8, 8]),
        (np.array([[1.0, 2, 3], [1, 2, 4], [1, 2, 5]]) @ np.eye(3, 8), [0, 2, 8]),
        (np.array([[0.0, 1, 0], [0, 0, 0], [0, 0, 1]]) @ np.eye(3, 8, 4), [5, 6, 8]),
        (GAUSSIAN.T * [[1.0], [1e-6], [1e-12]], [0, 1, 2]),
        (1e-200 * GAUSSIAN.T, [0, 1, 2]),
    ],
    ids=[
        "first columns zero",
        "duplicate",
        "rank one",
        "zero rows",
        "zero",
        "dependent columns",
        "last columns",
        "graded",
        "tiny",
    ],
)
def test_rows_start_at_rising_pivots_and_keep_their_gram(coordinates, wanted):
    rows, pivots = echelon_rows(jnp.asarray(coordinates))
    np.testing.assert_array_equal(pivots, wanted)
    for row, pivot in zip(np.asarray(rows), wanted, strict=True):
        assert (row[:pivot] == 0).all()
        assert pivot == 8 or row[pivot] != 0
    size = np.abs(coordinates).max() or 1.0
    rows, coordinates = np.asarray(rows) / size, coordinates / size
    np.testing.assert_allclose(rows.T @ rows, coordinates.T @ coordinates, atol=1e-14)


# --- starts dominated by one direction ---------------------------------------------------------

DOMINATED = np.array([4.0, 3.0, 2.5, 1.0, 0.5, -1.0, -2.0, -3.0])


def dominated_case(noise):
    """One large component along an eigenvector behind the pivots, and a little of everything."""
    random = np.random.default_rng(1)
    w0 = np.outer(walsh_vector(4), [1.0, 2.0, -1.0]) + noise * random.normal(size=(8, 3))
    return ExactProblem(
        f"dominated, {noise}",
        walsh_target(DOMINATED),
        w0,
        np.array([0.0, 0.5, 2.0, 5.0]),
        walsh=DOMINATED,
    )


def walsh_vector(k):
    return WALSH[:, k] / np.sqrt(8)


@pytest.mark.parametrize("noise", [1e-4, 1e-8])
def test_a_dominated_start_loses_no_more_than_its_condition(noise):
    """Relative errors of about ε s₁/s₃, not its square; against mpmath."""
    case = dominated_case(noise)
    found = solve(Quadratic(Target(case.matrix)), case.w0, case.times).singular_values
    np.testing.assert_allclose(found, case.singular_values, rtol=20 * EPS / noise)


@pytest.mark.slow
def test_compression_says_when_it_cannot_follow_and_solve_repeats():
    """V = 300: the compressed lane is marked, and what solve returns agrees with the full form."""
    random = np.random.default_rng(3)
    rates = np.linspace(10, -5, 300)
    w0 = np.outer(np.eye(300)[40], [1.0, 1.0, 1.0]) + 1e-7 * random.normal(size=(300, 3))
    problem, times = Quadratic(Target(np.diag(rates))), np.linspace(0, 3, 5)
    plan = Exact().plan(problem, 3, 3.0)
    lane = eqx.filter_jit(Exact().run)(problem, plan, jnp.asarray(w0), jnp.asarray(times), ())
    assert int(lane.status) == Status.ill_conditioned
    repeated = solve(problem, w0, times)
    full = solve(problem, w0, times, method=Exact(compress=False))
    assert int(repeated.status) == Status.ok
    np.testing.assert_allclose(repeated.singular_values, full.singular_values, rtol=1e-13)


def test_a_start_too_large_to_follow_is_not_called_ok():
    problem = Quadratic(Target(np.diag([3.0, 2.0, 1.0, -1.0])))
    solution = solve(problem, 1e155 * np.eye(4, 2), [0.0, 1.0], throw=False)
    assert int(solution.status) != Status.ok or float(solution.singular_values[0, 0]) == 1e155


@pytest.mark.slow
def test_forward_derivatives_are_those_of_finite_differences():
    """jvp and jacfwd through the factorisations; reverse mode is not offered."""
    problem = Quadratic(Target(np.diag([3.0, 2.0, 1.0, -1.0])))
    plan, times = Exact().plan(problem, 2, 1.0), jnp.array([0.5, 1.0])
    w0 = jnp.asarray(np.random.default_rng(0).normal(size=(4, 2)))
    direction = jnp.asarray(np.random.default_rng(1).normal(size=(4, 2)))

    def values(w):
        return Exact().run(problem, plan, w, times, ()).singular_values

    _, derivative = jax.jvp(values, (w0,), (direction,))
    step = 1e-5
    difference = (values(w0 + step * direction) - values(w0 - step * direction)) / (2 * step)
    np.testing.assert_allclose(derivative, difference, rtol=1e-7)
    jacobian = jax.jacfwd(values)(w0)
    np.testing.assert_allclose(jnp.tensordot(jacobian, direction, 2), derivative, rtol=1e-10)


def test_embeddings_alone_are_those_of_a_run():
    """By the plan's short cut without nodes, against W of `solve` with them."""
    random = np.random.default_rng(3)
    matrix = random.normal(size=(60, 60))
    problem = Quadratic(Target((matrix + matrix.T) / np.sqrt(30)))
    w0, times = 1e-3 * random.normal(size=(60, 8)), np.array([0.0, 3.0, 8.0])
    plan = TiedPlan.of(problem, problem.quadratic_constant, 8, compress_until=None)
    alone = plan.embeddings(jnp.asarray(w0), jnp.asarray(times))
    run = solve(problem, w0, times, method=Exact(), embeddings=True).embeddings
    gram = lambda w: w @ w.transpose(0, 2, 1)  # noqa: E731
    np.testing.assert_allclose(gram(alone), gram(run), rtol=0, atol=1e-12 * 4)
