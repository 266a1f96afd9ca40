"""Losses of the plateaus between steps."""

import jax
import numpy as np
import pytest

import gradflow as gf
from gradflow.analysis._plateaus import plateau_losses


def test_plateaus_of_the_quadratic_loss_are_the_staircase():
    """Two modes far apart: ⅛‖M‖², less λ²/8 a step, as far as the grid finds the flattest time."""
    target = gf.Target(np.diag([9.0, 1.0, 0.0]))
    w0 = gf.gaussian_init(jax.random.key(0), 3, 2, 1e-6)
    solution = gf.solve(gf.Quadratic(target), w0, np.linspace(0.0, 60.0, 400))
    losses = plateau_losses(solution, gf.measure_steps(solution))
    np.testing.assert_allclose(losses, gf.spectrum(target, 2).loss_staircase, atol=1e-6)


def test_a_plateau_that_is_not_there_is_nan():
    solution = gf.solve(
        gf.Quadratic(gf.Target(np.eye(2))), np.eye(2) * 1e-3, np.linspace(0.0, 20.0, 5)
    )
    losses = plateau_losses(solution, [1.0, 1.1, np.nan])
    np.testing.assert_array_equal(np.isfinite(losses), [True, False, False, False])


def test_errors_are_one_line():
    problem = gf.Quadratic(gf.Target(np.eye(2)))
    solution = gf.solve(problem, np.eye(2) * 1e-3, np.linspace(0.0, 20.0, 5))
    with pytest.raises(gf.ArgumentError, match=r"^steps: wanted numbers that rise"):
        plateau_losses(solution, [2.0, 1.0])
    with pytest.raises(gf.ArgumentError, match=r"^steps: wanted shape \(m,\)"):
        plateau_losses(solution, [[1.0]])
