"""Losses that are quadratic up to a constant say so, and are solved in closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradflow as gf
from gradflow.methods import Auto
from gradflow.targets import pair_weights

SIZE, DIM, NEGATIVES = 40, 3, 3.0
SIDES = pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])


@pytest.fixture(scope="module")
def stats(wikipedia):
    return wikipedia.top(SIZE)


def start(tied, scale):
    init = gf.gaussian_init if tied else gf.balanced_init
    return init(jax.random.key(0), SIZE, DIM, scale)


@SIDES
def test_the_constant_is_what_the_loss_has_beside_the_square(stats, tied):
    """Of any state, large ones too; relative to V² ln 2, from which it is made."""
    problem = gf.Taylor(stats, 2, "uniform", NEGATIVES, tied=tied)
    square = gf.Quadratic(gf.mstar(stats, NEGATIVES), tied=tied)
    assert square.quadratic_constant == 0
    for scale in (1e-3, 1.0):
        state = scale * np.random.default_rng(0).normal(size=(problem.rows, DIM))
        found = problem.loss(state) - square.loss(state)
        atol = 1e-13 * SIZE**2
        np.testing.assert_allclose(problem.quadratic_constant, found, rtol=0, atol=atol)
    np.testing.assert_allclose(problem.plateaus(DIM), square.plateaus(DIM), rtol=1e-12)


def test_other_losses_have_none(stats):
    weights = pair_weights(stats, "uniform")
    for problem in (
        gf.Contrastive(stats),
        gf.NCE(stats),
        gf.Taylor(stats, 1),
        gf.Taylor(stats, 4),
        gf.Taylor(stats, 2, "none"),
        gf.Taylor(stats, 2, [np.ones(weights.positive.shape)] * 2),
    ):
        assert problem.quadratic_constant is None
        assert np.isnan(problem.plateaus(DIM)).all()


@pytest.mark.slow
@SIDES
def test_the_second_order_is_solved_exactly_unless_told_otherwise(stats, tied):
    problem = gf.Taylor(stats, 2, "uniform", NEGATIVES, tied=tied)
    w0, times = start(tied, 1e-3), np.linspace(0.0, 30.0 if tied else 60.0, 16)
    found = gf.solve(problem, w0, times, embeddings=True)
    assert found.evaluations == 0
    assert found.singular_values[-1, 1] > 100 * found.singular_values[0, 1], "two modes rose"
    integrated = gf.solve(problem, w0, times, method=gf.Adaptive(rtol=1e-9))
    # The step error adds up over some hundred steps, as in tests/methods/test_untied.py.
    np.testing.assert_allclose(found.singular_values, integrated.singular_values, rtol=5e-8)
    np.testing.assert_allclose(found.loss, integrated.loss, rtol=1e-9)
    np.testing.assert_allclose(found.plateaus[0], found.singular_values[-1, 0] ** 2, rtol=1e-3)
    # The loss that is reported is the problem's own, of the state that is kept.
    state = found.embeddings
    if not tied:
        state = jnp.concatenate([state, found.context.embeddings], axis=1)
    recomputed = [problem.loss(one) for one in state]
    np.testing.assert_allclose(found.loss, recomputed, rtol=1e-13)


def test_independent_logistics_have_the_loss_of_the_series(stats):
    """`Modes` is exact from a start along eigenvectors; its loss has the constant, too."""
    problem = gf.Taylor(stats, 2, "uniform", NEGATIVES)
    vectors = gf.spectrum(problem.linearisation, DIM).eigenvectors
    solution = gf.solve(problem, 0.1 * vectors, [0.0], method=gf.Modes())
    np.testing.assert_allclose(solution.loss[0], problem.loss(0.1 * vectors), rtol=1e-13)


def test_the_constant_of_a_traced_problem_is_not_known(stats):
    problem = gf.Taylor(stats, 2)
    with pytest.raises(gf.ArgumentError, match=r"^problem: wanted one that is not traced"):
        jax.jit(lambda traced: traced.quadratic_constant)(problem)


def test_the_default_serves_every_problem_of_a_sweep(stats):
    closed, other = gf.Taylor(stats, 2), gf.Taylor(stats, 2, "none")
    assert isinstance(Auto().for_all([closed, closed]), gf.Exact)
    assert isinstance(Auto().for_all([closed, other]), gf.Adaptive)
