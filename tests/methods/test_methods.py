"""The contract that every method keeps: right values, shapes, dtypes, symmetries, batches."""

import functools

import equinox as eqx
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import optax
import pytest
import scipy.integrate

from gradflow._errors import ArgumentError
from gradflow.dynamics import solve
from gradflow.methods import Adaptive, Descent, Exact, Modes, Status
from gradflow.problems import Quadratic
from gradflow.targets import Target
from tests.exact_solutions import NAMED, PROBLEMS, logistics, riccati

STEPS = 20_000  # of descent, in a unit of time
METHODS = {
    "exact": Exact(),
    "exact, not compressed": Exact(compress=False),
    "modes": Modes(),
    "adaptive": Adaptive(rtol=1e-10),
    "descent": Descent(optax.sgd(1 / STEPS), STEPS),
}
# Relative error of singular values. Adaptive: its rtol times what some hundred steps add up to.
# Descent: ln s² is late by λ²t/(4 STEPS), 1e-3 at λ²t = 60.
TOLERANCES = {
    "exact": 1e-14,
    "exact, not compressed": 1e-14,
    "modes": 1e-14,
    "adaptive": 1e-9,
    "descent": 1e-3,
}
# What remains between two ways to the same numbers. Adaptive takes other steps; descent rounds
# a singular value of a hundredth beside one of one, 80,000 times.
ROUNDING = {"exact": 2e-14, "modes": 2e-14, "adaptive": 1e-9, "descent": 1e-12}
# The two that most tests look at: one where modes decouple, one where they do not.
DECOUPLED, COUPLED = "commuting, zero and negative eigenvalues", "8 by 8, indefinite"
# Compression begins at larger sizes (test_exact.py): without it, the same code runs here.
UNCOMPRESSED = {DECOUPLED, COUPLED}


def cases():
    for problem in PROBLEMS:
        for method in METHODS:
            if method == "modes" and not problem.decoupled:
                continue
            if "not" in method and problem.name not in UNCOMPRESSED:
                continue
            marks = [] if problem.matrix.shape == (8, 8) else [pytest.mark.slow]
            yield pytest.param(problem.name, method, marks=marks, id=f"{problem.name}: {method}")


every_case = pytest.mark.parametrize(("name", "method"), list(cases()))
every_method = pytest.mark.parametrize("method", [m for m in METHODS if "not" not in m])


@functools.cache
def quadratic(name):
    return Quadratic(Target(NAMED[name].matrix))


@functools.cache
def solved(name, method):
    problem = NAMED[name]
    return solve(
        quadratic(name), problem.w0, problem.times, method=METHODS[method], embeddings=True
    )


@pytest.mark.parametrize("problem", [p for p in PROBLEMS if p.decoupled], ids=lambda p: p.name)
def test_the_two_exact_answers_agree_where_both_apply(problem):
    by_logistics = logistics(problem.matrix, problem.eigenvalues, problem.w0, problem.times)
    by_riccati = riccati(problem.matrix, problem.w0, problem.times, 100)
    # The start itself is along eigenvectors to rounding only.
    np.testing.assert_allclose(by_logistics.singular_values, by_riccati.singular_values, rtol=2e-14)
    scale = problem.squared_norm
    np.testing.assert_allclose(by_logistics.loss, by_riccati.loss, atol=1e-15 * scale)
    np.testing.assert_allclose(by_logistics.products, by_riccati.products, atol=1e-14)


def test_the_exact_answer_is_the_matrix_exponential_formula():
    """WWᵀ from mpmath's expm and inverse of M alone, no eigenvalues."""
    problem = NAMED["2 by 2, not commuting"]
    with mpmath.workdps(60):
        M, start = mpmath.matrix(problem.matrix.tolist()), mpmath.matrix(problem.w0.tolist())
        for time, product in zip(problem.times, problem.answer.products, strict=True):
            half = mpmath.expm(M * (float(time) / 2))
            grown = mpmath.inverse(M) * (half * half - mpmath.eye(2))
            bracket = mpmath.eye(2) + start.T * grown * start
            wanted = half * start * mpmath.inverse(bracket) * start.T * half
            np.testing.assert_allclose(product, np.array(wanted.tolist(), float), rtol=1e-14)


def test_the_exact_answer_solves_the_differential_equation():
    problem = NAMED[COUPLED]

    def flow(_, w):
        w = w.reshape(problem.w0.shape)
        return (problem.matrix @ w - w @ (w.T @ w)).ravel() / 2

    found = scipy.integrate.solve_ivp(
        flow,
        (0, problem.times[-1]),
        problem.w0.ravel(),
        "DOP853",
        problem.times,
        rtol=1e-12,
        atol=1e-14,
    )
    w = found.y.T.reshape(-1, *problem.w0.shape)
    np.testing.assert_allclose(w @ w.mT, problem.answer.products, atol=1e-10)


@every_case
def test_singular_values_are_right(name, method):
    found = solved(name, method).singular_values
    np.testing.assert_allclose(found, NAMED[name].singular_values, rtol=TOLERANCES[method])


@every_case
def test_loss_is_right(name, method):
    problem = NAMED[name]
    found = solved(name, method).loss
    atol = TOLERANCES[method] * problem.squared_norm
    np.testing.assert_allclose(found, problem.loss, rtol=0, atol=atol)


@every_case
def test_embeddings_have_the_exact_product(name, method):
    problem = NAMED[name]
    w = np.asarray(solved(name, method).embeddings)
    size = problem.singular_values.max() ** 2
    # Descent is late or early; the others are right to rounding of the largest entry.
    atol = 3 * TOLERANCES[method] * size
    np.testing.assert_allclose(w @ w.mT, problem.answer.products, rtol=0, atol=atol)


@every_case
def test_loss_is_that_of_the_embeddings(name, method):
    problem, solution = NAMED[name], solved(name, method)
    w = np.asarray(solution.embeddings)
    residual = w @ w.mT - problem.matrix
    recomputed = np.sum(residual**2, axis=(1, 2)) / 8
    np.testing.assert_allclose(
        solution.loss, recomputed, rtol=1e-13, atol=1e-15 * problem.squared_norm
    )


@every_case
def test_status_is_ok_and_loss_never_rises(name, method):
    solution = solved(name, method)
    assert solution.status == Status.ok
    assert (np.diff(solution.loss) <= 1e-15 * NAMED[name].squared_norm).all()


@every_case
def test_shapes_and_dtypes(name, method):
    solution, (size, dim) = solved(name, method), NAMED[name].w0.shape
    T = NAMED[name].times.size
    shapes = {
        "times": (T,),
        "singular_values": (T, dim),
        "loss": (T,),
        "plateaus": (dim,),
        "embeddings": (T, size, dim),
    }
    for field, shape in shapes.items():
        array = getattr(solution, field)
        assert (array.shape, array.dtype) == (shape, jnp.float64), field
    assert solution.status.shape == solution.evaluations.shape == ()
    np.testing.assert_array_equal(solution.times, NAMED[name].times)


@every_case
def test_singular_values_fall_and_plateaus_are_the_eigenvalues(name, method):
    solution = solved(name, method)
    assert (np.diff(solution.singular_values, axis=1) <= 0).all()
    rates = np.sort(np.linalg.eigvalsh(NAMED[name].matrix))[::-1][: NAMED[name].w0.shape[1]]
    np.testing.assert_allclose(solution.plateaus, np.maximum(rates, 0), atol=1e-14 * rates[0])


@eqx.filter_jit
def log_squared(flow, time):
    return flow.log_squared(time)


@every_case
def test_the_flow_passes_through_what_was_saved(name, method):
    solution = solved(name, method)
    for i in (1, solution.times.size - 1):
        found = log_squared(solution.flow, solution.times[i])
        saved = 2 * np.log(solution.singular_values[i])
        np.testing.assert_allclose(found, saved, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["exact", "adaptive", "descent"])
def test_rotating_the_start_on_the_right_changes_no_singular_value(method):
    problem = NAMED[COUPLED]
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    turned = solve(
        quadratic(COUPLED),
        problem.w0 @ rotation,
        problem.times,
        method=METHODS[method],
        embeddings=True,
    )
    rtol = ROUNDING[method]
    straight = solved(COUPLED, method)
    np.testing.assert_allclose(turned.singular_values, straight.singular_values, rtol=rtol)
    before, after = np.asarray(straight.embeddings), np.asarray(turned.embeddings)
    np.testing.assert_allclose(
        after @ after.mT, before @ before.mT, rtol=0, atol=rtol * np.abs(before).max() ** 2 * 10
    )


@every_method
def test_rotating_words_rotates_the_embeddings(method):
    """M → OMOᵀ, W₀ → OW₀: same singular values and loss, and WWᵀ → O WWᵀ Oᵀ."""
    name = DECOUPLED if method == "modes" else COUPLED
    problem, straight = NAMED[name], solved(name, method)
    size = len(problem.matrix)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(size, size)))[0]
    turned = solve(
        Quadratic(Target(rotation @ problem.matrix @ rotation.T)),
        rotation @ problem.w0,
        problem.times,
        method=METHODS[method],
        embeddings=True,
    )
    rtol = 10 * ROUNDING[method]
    np.testing.assert_allclose(turned.singular_values, straight.singular_values, rtol=rtol)
    np.testing.assert_allclose(turned.loss, straight.loss, atol=rtol * problem.squared_norm)
    w, turned_w = np.asarray(straight.embeddings), np.asarray(turned.embeddings)
    np.testing.assert_allclose(
        turned_w @ turned_w.mT, rotation @ (w @ w.mT) @ rotation.T, atol=10 * rtol
    )


@every_method
def test_times_may_start_late_and_be_single(method):
    name = DECOUPLED if method == "modes" else COUPLED
    problem = NAMED[name]
    alone = solve(quadratic(name), problem.w0, problem.times[3:4], method=METHODS[method])
    assert alone.embeddings is None
    assert alone.singular_values.shape == (1, problem.w0.shape[1])
    # Adaptive takes other steps when it need not stop for the others.
    rtol = TOLERANCES[method] if method == "adaptive" else 1e-14
    together = solved(name, method)
    np.testing.assert_allclose(alone.singular_values[0], together.singular_values[3], rtol=rtol)
    np.testing.assert_allclose(alone.loss[0], together.loss[3], atol=rtol * problem.squared_norm)


@every_method
@pytest.mark.slow
def test_a_single_precision_start_gives_single_precision_results(method):
    name = DECOUPLED if method == "modes" else COUPLED
    problem = NAMED[name]
    loose = {"adaptive": Adaptive(rtol=1e-5)}.get(method, METHODS[method])
    start = jnp.asarray(problem.w0, jnp.float32)
    solution = solve(quadratic(name), start, problem.times, method=loose)
    for leaf in jax.tree.leaves(eqx.filter(solution, eqx.is_inexact_array)):
        assert leaf.dtype == jnp.float32
    # Descent adds up 80,000 steps that are each rounded.
    rtol = {"descent": 1e-2, "adaptive": 1e-3}.get(method, 1e-5)
    np.testing.assert_allclose(solution.singular_values, problem.singular_values, rtol=rtol)


@every_method
@pytest.mark.slow
def test_whole_numbers_become_double_precision(method):
    problem = Quadratic(Target([[2.0]]))
    solution = solve(problem, np.array([[1]]), [0.0, 0.5], method=METHODS[method])
    assert solution.singular_values.dtype == jnp.float64
    grown = np.sqrt(2 * np.e / (1 + np.e))
    np.testing.assert_allclose(solution.singular_values[:, 0], [1, grown], rtol=2e-5)


@every_method
@pytest.mark.slow
def test_a_batch_of_starts_is_a_loop_over_them(method):
    """vmap over `run`, as a sweep does it, against one `solve` each."""
    name = DECOUPLED if method == "modes" else COUPLED
    problem = NAMED[name]
    batch = jnp.asarray(problem.w0) * jnp.array([1.0, 0.3, 2.0])[:, None, None]
    plan = METHODS[method].plan(quadratic(name), batch.shape[2], problem.times[-1])
    times = jnp.asarray(problem.times)
    run = lambda w0: METHODS[method].run(quadratic(name), plan, w0, times, ())  # noqa: E731
    together = jax.jit(jax.vmap(run))(batch)
    for index, w0 in enumerate(batch):
        alone = solve(quadratic(name), w0, problem.times, method=METHODS[method], embeddings=True)
        for field in ("singular_values", "loss", "status", "evaluations"):
            np.testing.assert_allclose(
                getattr(together, field)[index], getattr(alone, field), rtol=2e-13, err_msg=field
            )


@pytest.mark.parametrize("method", [Exact(), Modes()], ids=["exact", "modes"])
def test_closed_forms_refuse_other_problems_with_one_line(method, two_words):
    from gradflow.problems import Contrastive

    wanted = r"^method: wanted one that integrates, as this Contrastive has no closed form, got"
    with pytest.raises(ValueError, match=wanted):
        solve(Contrastive(two_words), np.ones((2, 1)), [1.0], method=method)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"problem": 3}, "problem: wanted a gradflow problem, got int"),
        ({"method": "exact"}, "method: wanted a gradflow method, such as Exact(), got 'exact'"),
        ({"w0": np.ones(2)}, "w0: wanted shape (V, d) with V = 2 and 1 ≤ d ≤ V, got shape (2,)"),
        ({"w0": np.ones((3, 1))}, "w0: wanted shape (V, d) with V = 2"),
        ({"w0": np.ones((2, 3))}, "w0: wanted shape (V, d) with V = 2"),
        ({"w0": np.ones((2, 0))}, "w0: wanted shape (V, d) with V = 2"),
        ({"w0": [[1.0], [np.nan]]}, "w0: wanted finite entries, got nan or infinity"),
        ({"times": []}, "times: wanted shape (T,) with T ≥ 1, got shape (0,)"),
        ({"times": 1.0}, "times: wanted shape (T,) with T ≥ 1, got shape ()"),
        ({"times": [-1.0, 1.0]}, "times: wanted finite numbers of at least 0, got from -1.0"),
        ({"times": [0.0, np.inf]}, "times: wanted finite numbers of at least 0"),
        ({"times": [1.0, 1.0]}, "times: wanted rising numbers, got 1 then 1"),
        ({"times": [1.0, 2.0, 0.5]}, "times: wanted rising numbers, got 2 then 0.5"),
        ({"times": "soon"}, "times: wanted an array of numbers, got 'soon'"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_arguments_are_refused_with_one_line(changes, message):
    arguments = {
        "problem": Quadratic(Target(np.eye(2))),
        "w0": np.ones((2, 1)),
        "times": [0.0, 1.0],
        **changes,
    }
    problem, w0, times = (arguments.pop(name) for name in ("problem", "w0", "times"))
    with pytest.raises(ArgumentError) as caught:
        solve(problem, w0, times, **arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
