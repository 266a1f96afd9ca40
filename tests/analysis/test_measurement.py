"""A measurement is what formulas of logistic modes say, wherever it is made."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.analysis._plateaus import flattest_losses
from gradflow.methods._sampled_flow import SampledFlow

# W₀ along eigenvectors: every mode is a logistic of its own. tests/analysis/test_steps.py has the
# same sizes, so that nothing is compiled twice.
EIGENVALUES = np.array([9.0, 6.0, 4.0, 1.0, 0.0, -3.0])
STARTS = np.array([1e-6, 1e-8, 1e-10])
W0 = np.eye(6)[:, :3] * np.sqrt(STARTS)
TIMES = np.linspace(0, 12, 30)


@pytest.fixture(scope="module")
def solution():
    return gf.solve(gf.Quadratic(gf.Target(np.diag(EIGENVALUES))), W0, TIMES)


def test_all_is_what_the_formulas_of_logistics_say(solution):
    """Steps ln(λ/s₀² − 1)/λ, rises ln 81/λ, plateaus λ, and losses that fall by λ²/8 each."""
    measured = gf.measure(solution)
    values = EIGENVALUES[:3]
    np.testing.assert_allclose(measured.steps, np.log(values / STARTS - 1) / values, rtol=1e-10)
    np.testing.assert_allclose(measured.rise_times, np.log(81) / values, rtol=1e-9)
    np.testing.assert_allclose(measured.plateaus, values, rtol=1e-12)
    falls = -np.diff(measured.losses)
    # Steps of small scales are long apart; what is left on the plateaus is e^(−λ·distance).
    np.testing.assert_allclose(falls, values**2 / 8, rtol=0.05)
    np.testing.assert_allclose(measured.losses[0], (EIGENVALUES**2).sum() / 8, rtol=1e-4)
    assert measured.context is None
    np.testing.assert_allclose(gf.measure_steps(solution), measured.steps, rtol=1e-11)


def test_inside_jit_and_vmap_it_is_the_same(solution):
    """As a pytree of a lane; a batch of heights is a loop over them."""
    alone = gf.measure(solution)
    jitted = eqx.filter_jit(gf.measure)(solution)
    heights = jnp.asarray(EIGENVALUES[:3]) * jnp.array([[1.0], [0.5]])
    mapped = jax.vmap(lambda one: gf.measure(solution, plateaus=one))(heights)
    for name in ("steps", "rise_times", "plateaus", "losses"):
        wanted = getattr(alone, name)
        np.testing.assert_allclose(getattr(jitted, name), wanted, rtol=1e-10)
        np.testing.assert_allclose(getattr(mapped, name)[0], wanted, rtol=1e-10)
    assert "of shape (2, 3)" in repr(mapped)


def test_stepness_is_that_of_the_formulas(solution):
    steps, rises = (
        np.log(EIGENVALUES[:3] / STARTS - 1) / EIGENVALUES[:3],
        4.394449 / EIGENVALUES[:3],
    )
    wanted = np.diff(steps) / ((rises[1:] + rises[:-1]) / 2)
    measured = gf.measure(solution)
    np.testing.assert_allclose(measured.stepness().separations, wanted, rtol=1e-6)
    grouped = measured.stepness(EIGENVALUES[:3], gap=0.4)
    assert grouped.groups == ((1, 2, 3),)
    with pytest.raises(gf.ArgumentError, match=r"^eigenvalues: wanted shape \(3,\)"):
        measured.stepness(EIGENVALUES)


def test_the_dataset_has_all_of_it(solution):
    data = gf.measure(solution, 2).to_dataset()
    assert dict(data.sizes) == {"mode": 2, "plateau": 3}
    np.testing.assert_allclose(data.rise_time, np.log(81) / EIGENVALUES[:2], rtol=1e-9)
    assert data.measured.attrs["units"] == "gradient-flow time"


def test_a_solution_of_two_sides_has_two_measurements(solution):
    """C is measured as W is, here against the same heights."""
    both = eqx.tree_at(lambda s: s.context, solution, solution, is_leaf=lambda x: x is None)
    measured = gf.measure(both)
    np.testing.assert_allclose(measured.context.steps, measured.steps, rtol=1e-12)
    assert "context_measured" in measured.to_dataset()


def test_plateaus_of_the_loss_are_where_it_is_flattest():
    """Two falls of one at t = 1 and t = 100; times begin at zero, which has no logarithm."""
    times = np.concatenate([[0.0], np.geomspace(1e-2, 1e4, 400)])
    loss = 1 + 1 / (1 + times**4) + 1 / (1 + (times / 100) ** 4)
    losses = flattest_losses(jnp.asarray(times), jnp.asarray(loss), jnp.array([1.0, 100.0]))
    np.testing.assert_allclose(losses, [3, 2, 1], rtol=1e-3)
    falls = -np.gradient(loss[1:], np.log(times[1:]))
    between = (times[1:] > 1) & (times[1:] < 100)
    wanted = loss[1:][between][np.argmin(falls[between])]
    np.testing.assert_allclose(losses[1], wanted, rtol=1e-12)
    missing = flattest_losses(jnp.asarray(times), jnp.asarray(loss), jnp.array([1.0, jnp.nan]))
    np.testing.assert_array_equal(np.isnan(missing), [False, True, True])
    nothing = flattest_losses(jnp.asarray(times), jnp.asarray(loss), jnp.array([1.0, 1.0 + 1e-9]))
    assert np.isnan(nothing[1]), "no saved time lies between"


def test_steps_out_of_order_still_have_plateaus():
    """Losses stand in the order of time, whatever the order of the modes."""
    times = jnp.linspace(0.0, 20.0, 400)
    squares = jnp.stack([3 / (1 + jnp.exp(-9 * (times - t))) for t in (12.0, 5.0)], axis=1)
    run = gf.Solution(
        times, jnp.sqrt(squares), 6 - squares.sum(axis=1), jnp.asarray(0), jnp.array([3.0, 3.0]),
        jnp.asarray(0), SampledFlow(times, jnp.log(squares)),
    )  # fmt: skip
    measured = gf.measure(run)
    np.testing.assert_allclose(measured.steps, [12.0, 5.0], rtol=1e-6)
    np.testing.assert_allclose(measured.losses, [6, 3, 0], atol=1e-6)


@pytest.mark.parametrize("function", [gf.measure, gf.measure_steps])
def test_other_arguments_are_refused(solution, function):
    with pytest.raises(
        gf.ArgumentError, match=r"^solution: wanted a Solution or a Training, .* dict$"
    ):
        function({})
    with pytest.raises(gf.ArgumentError, match=r"^modes: wanted an integer of at least 1, got 0"):
        function(solution, 0)
