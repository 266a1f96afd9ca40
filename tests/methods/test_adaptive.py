"""Adaptive integration of skip-gram with negative sampling: tolerances mean what they say."""

import diffrax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate
import scipy.optimize

from gradflow._errors import ArgumentError, SolveError
from gradflow.dynamics import solve, time_grid
from gradflow.methods import Adaptive, Status
from gradflow.problems import Contrastive, Quadratic
from gradflow.targets import Target, pair_weights, spectrum
from tests.exact_solutions import WALSH, along_eigenvectors, riccati, walsh_target

DIM, SCALE = 6, 1e-4


def sgns_by_dop853(stats, weighting, w0, times):
    """SGNS with a gradient written here, by SciPy at rtol 1e-11, in the frame of the fast modes."""
    weights = pair_weights(stats, weighting)
    A, B = weights.positive, weights.negative()
    vectors = np.linalg.eigh(A - B)[1][:, ::-1][:, :DIM]
    start = w0 @ np.linalg.qr(w0.T @ vectors)[0]
    # Frequent pairs are up to V² times more probable than others: time in units of the fastest.
    speed = np.linalg.eigvalsh(A - B)[-1]

    def flow(_, w):
        w = w.reshape(start.shape)
        sigmoid = 1 / (1 + np.exp(-w @ w.T))
        return 2 * ((A * (1 - sigmoid) - B * sigmoid) @ w).ravel() / speed

    found = scipy.integrate.solve_ivp(
        flow,
        (0, times[-1] * speed),
        start.ravel(),
        "DOP853",
        times * speed,
        rtol=1e-11,
        atol=1e-15 * SCALE,
    )
    w = found.y.T.reshape(-1, *start.shape)
    singular_values = [np.linalg.svd(np.linalg.qr(state)[1], compute_uv=False) for state in w]
    x = w @ w.mT
    loss = np.sum(A * np.logaddexp(0, -x) + B * np.logaddexp(0, x), axis=(1, 2))
    return np.array(singular_values), loss


@pytest.mark.slow
@pytest.mark.parametrize("weighting", ["uniform", "none"])
def test_sgns_agrees_with_dop853_over_all_steps(sixty_words, weighting):
    problem = Contrastive(sixty_words, weighting)
    w0 = SCALE * np.random.default_rng(0).normal(size=(60, DIM)) / np.sqrt(DIM)
    times = time_grid(spectrum(problem.linearisation, DIM), SCALE, DIM, num=40)
    solution = solve(problem, w0, times, method=Adaptive(rtol=1e-9))
    wanted, loss = sgns_by_dop853(sixty_words, weighting, w0, times)
    assert (wanted[-1] > 1e3 * wanted[0]).sum() >= 4, "most modes have risen"
    np.testing.assert_allclose(solution.singular_values, wanted, rtol=1e-8)
    np.testing.assert_allclose(solution.loss, loss, rtol=1e-9)
    assert np.isnan(solution.plateaus).all()


# --- how the error follows the tolerance ---------------------------------------------------------

# Two by two modes that do not commute with the start, on eight words.
COUPLED = walsh_target([4, 3, 2, 1, 0, -1, -2, -3])
START = 1e-2 * np.random.default_rng(1).normal(size=(8, 3))
TIMES = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 6.0])


def errors_and_evaluations(solver, tolerances):
    problem = Quadratic(Target(COUPLED))
    wanted = riccati(COUPLED, START, TIMES, 60).singular_values
    found = [
        solve(problem, START, TIMES, method=Adaptive(rtol=rtol, solver=solver))
        for rtol in tolerances
    ]
    errors = [np.abs(solution.singular_values / wanted - 1).max() for solution in found]
    return np.array(errors), np.array([int(solution.evaluations) for solution in found])


@pytest.mark.slow
@pytest.mark.parametrize("solver", [diffrax.Tsit5(), diffrax.Dopri5()], ids=["tsit5", "dopri5"])
def test_the_error_falls_with_the_tolerance_and_as_the_fifth_power_of_the_work(solver):
    tolerances = [1e-5, 1e-11]
    errors, evaluations = errors_and_evaluations(solver, tolerances)
    assert (np.diff(errors) < 0).all()
    assert (errors < 20 * np.array(tolerances)).all()
    # Between tolerances a factor of 10⁶ apart; saved states are interpolated at order four.
    order = np.log(errors[0] / errors[-1]) / np.log(evaluations[-1] / evaluations[0])
    assert 4.5 < order < 5.5


@pytest.mark.slow
def test_evaluations_are_counted_in_gradients():
    """Three a step for Bosh3, which passes its fourth on to the next step."""
    method = Adaptive(rtol=1e-4, solver=diffrax.Bosh3(), max_steps=7)
    solution = solve(Quadratic(Target(COUPLED)), START, TIMES, method=method, throw=False)
    assert solution.evaluations == 7 * 3


@pytest.mark.slow
def test_default_tolerance_times_steps_that_start_at_1e_8():
    """The trap: elementwise tolerances bias step times of tiny starts by up to percents."""
    rates, length = [4, 3, 2, 1, 0, -1, -2, -3], 1e-8
    problem = along_eigenvectors(rates, [0, 1, 2], [length] * 3, TIMES, "tiny")
    spec = spectrum(Target(problem.matrix), 3)
    times = time_grid(spec, length, 3, num=400)
    solution = solve(Quadratic(Target(problem.matrix)), problem.w0, times, method=Adaptive())
    for mode, rate in enumerate(rates[:3]):
        height = np.log(rate / 2)
        values = 2 * np.log(np.asarray(solution.singular_values[:, mode]))
        after = int(np.argmax(values > height))
        found = scipy.optimize.brentq(
            lambda t, mode=mode, height=height: (
                float(solution.flow.log_squared(jnp.asarray(t))[mode]) - height
            ),
            times[after - 1],
            times[after],
        )
        wanted = np.log(rate / length**2 - 1) / rate
        assert abs(found / wanted - 1) < 1e-6


# --- failures ------------------------------------------------------------------------------------


@pytest.mark.slow
def test_too_few_steps_give_a_status_or_one_line():
    problem, method = Quadratic(Target(COUPLED)), Adaptive(max_steps=7)
    solution = solve(problem, START, TIMES, method=method, throw=False)
    assert solution.status == Status.too_many_steps
    np.testing.assert_allclose(
        solution.singular_values[0], np.linalg.svd(START, compute_uv=False), rtol=1e-12
    )
    with pytest.raises(SolveError, match=r"ran out of steps .*\(reached 0 of 6\)") as caught:
        solve(problem, START, TIMES, method=method)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rtol": 0.0}, "rtol: wanted a finite number above 0, got 0.0"),
        ({"rtol": np.nan}, "rtol: wanted a finite number above 0, got nan"),
        ({"atol": -1.0}, "atol: wanted a finite number above 0, got -1.0"),
        ({"max_steps": 0}, "max_steps: wanted an integer of at least 1, got 0"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ArgumentError) as caught:
        Adaptive(**settings)
    assert str(caught.value) == message


@pytest.mark.slow
def test_a_start_that_misses_a_mode_or_a_column_is_followed():
    """Zero columns and starts orthogonal to the fastest mode do not spoil the others."""
    problem = along_eigenvectors(
        [4, 3, 2, 1, 0, -1, -2, -3], [1, 2, 4], [1e-3, 1e-2, 0.0], TIMES, "partly absent"
    )
    solution = solve(
        Quadratic(Target(problem.matrix)), problem.w0, TIMES, method=Adaptive(rtol=1e-10)
    )
    assert solution.status == Status.ok
    # The fastest mode is fed by rounding, about 1e-19 at first, and grows e^12-fold.
    np.testing.assert_allclose(
        solution.singular_values, problem.singular_values, rtol=1e-9, atol=1e-12
    )
    assert np.abs(WALSH[:, 4] @ problem.w0).max() < 1e-15
