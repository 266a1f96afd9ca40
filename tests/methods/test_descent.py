"""Descent in discrete steps: close to the flow at first order, with any optimiser."""

import numpy as np
import optax
import pytest

from gradflow.dynamics import solve
from gradflow.methods import Descent, Status
from gradflow.problems import Quadratic
from gradflow.targets import Target
from tests.exact_solutions import random_indefinite

PROBLEM = random_indefinite(1, 6, 3, 0.1, [0.0, 0.25, 0.5, 1.0, 2.0], "descent")


@pytest.fixture(scope="module")
def quadratic():
    return Quadratic(Target(PROBLEM.matrix))


def test_gradient_descent_is_a_first_order_method(quadratic):
    """Half the learning rate, half the error; and Richardson's extrapolation removes it."""
    found = [
        solve(quadratic, PROBLEM.w0, PROBLEM.times, method=Descent(optax.sgd(1 / n), n))
        for n in (1000, 2000, 4000)
    ]
    values = [np.asarray(solution.singular_values) for solution in found]
    errors = [np.abs(value[1:-1] / PROBLEM.singular_values[1:-1] - 1).max() for value in values]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(slopes, 1, atol=0.01)
    extrapolated = 2 * values[2] - values[1]
    np.testing.assert_allclose(extrapolated, PROBLEM.singular_values, rtol=errors[2] / 100)


def test_steps_are_counted_and_saved_where_they_belong(quadratic):
    """The state saved for t is that after round(t · steps_per_unit_time) plain steps in NumPy."""
    solution = solve(
        quadratic, PROBLEM.w0, PROBLEM.times, method=Descent(optax.sgd(0.01), 40), embeddings=True
    )
    assert solution.evaluations == 80
    w, wanted = PROBLEM.w0, {}
    for step in range(81):
        wanted[step] = w
        w = w - 0.01 * (w @ w.T - PROBLEM.matrix) @ w / 2
    for time, state in zip(PROBLEM.times, solution.embeddings, strict=True):
        np.testing.assert_allclose(state, wanted[round(40 * time)], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "optimizer",
    [optax.sgd(2e-4, momentum=0.9), optax.adam(1e-2)],
    ids=["momentum", "adam"],
)
def test_optimisers_with_state_learn_the_target(quadratic, optimizer):
    """The state is carried from one saved time to the next: more times, same end."""
    dense = solve(quadratic, PROBLEM.w0, np.arange(1.0, 6.0), method=Descent(optimizer, 1000))
    assert dense.status == Status.ok
    plateaus = np.sqrt(np.linalg.eigvalsh(PROBLEM.matrix)[::-1][:3])
    np.testing.assert_allclose(dense.singular_values[-1], plateaus, rtol=1e-3)
    once = solve(quadratic, PROBLEM.w0, [5.0], method=Descent(optimizer, 1000))
    np.testing.assert_allclose(once.singular_values[-1], dense.singular_values[-1], rtol=1e-13)


def test_momentum_speeds_the_flow_up_tenfold(quadratic):
    """With momentum β a learning rate η follows the flow at η/(1 − β)."""
    steps = 100_000
    method = Descent(optax.sgd(0.1 / steps, momentum=0.9), steps)
    found = solve(quadratic, PROBLEM.w0, PROBLEM.times, method=method)
    np.testing.assert_allclose(found.singular_values, PROBLEM.singular_values, rtol=2e-3)


def test_divergence_is_a_status(quadratic):
    method = Descent(optax.sgd(10.0), 100)
    solution = solve(quadratic, PROBLEM.w0, PROBLEM.times, method=method, throw=False)
    assert solution.status == Status.not_finite
    with pytest.raises(RuntimeError, match=r"^the flow met a number that is not finite \(reached"):
        solve(quadratic, PROBLEM.w0, PROBLEM.times, method=method)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match=r"^optimizer: wanted an optax optimiser, got float$"):
        Descent(0.1, 10)
    with pytest.raises(ValueError, match=r"^steps_per_unit_time: wanted a finite number above 0"):
        Descent(optax.sgd(0.1), 0)
