"""Separations, groups and the scale at which steps are lost."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.analysis._steps import rise_times
from gradflow.theory._stepness import degenerate_groups


def test_groups_are_runs_of_close_eigenvalues():
    labels = degenerate_groups([10.0, 9.95, 9.9, 5.0, 4.0, 4.0], gap=0.01)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 2, 2])


def test_a_degenerate_pair_is_one_step():
    run = gf.theory.stepness([1.0, 2.0, 2.2, 9.0], [0.5, 0.5, 1.0, 1.0], [9.0, 4.0, 4.0, 1.0])
    assert run.groups == ((1,), (2, 3), (4,))
    np.testing.assert_allclose(run.times, [1.0, 2.1, 9.0])
    np.testing.assert_allclose(run.separations, [1.1 / 0.75, 6.9])
    assert run.resolved == 3
    np.testing.assert_allclose(run.index, np.median([1.1 / 0.75, 6.9]))


def test_a_group_has_its_step_when_half_of_its_modes_have():
    alike = [9.0, 9.0, 9.0, 1.0]
    run = gf.theory.stepness([5.0, 5.1, np.nan, 9.0], [1.0, 1.0, np.nan, 1.0], alike)
    np.testing.assert_allclose(run.times, [5.1, 9.0])
    np.testing.assert_allclose(run.rises, [1.0, 1.0])


def test_resolved_counts_up_to_the_first_pair_that_overlaps():
    assert gf.theory.stepness([1.0, 3.0, 3.5, 9.0], [1.0] * 4).resolved == 1
    assert gf.theory.stepness([1.0, np.nan, 9.0], [1.0, np.nan, 1.0]).resolved == 0
    assert gf.theory.stepness([np.nan], [np.nan]).resolved == 0
    assert gf.theory.stepness([2.0], [1.0]).resolved == 1


@pytest.fixture(scope="module")
def spec():
    return gf.spectrum(gf.Target(np.diag(10 * 0.7 ** np.arange(12))), 12)


def test_a_typical_start_is_as_stepwise_as_predicted(spec):
    """Against the exact flow; ten starts, of which each mode's median has a few % of scatter."""
    scale, dim = 1e-6, 5
    problem = gf.Quadratic(gf.Target(np.diag(spec.eigenvalues)))
    measure = {
        "steps": lambda solution, w0: gf.measure_steps(solution),
        "rises": lambda solution, w0: rise_times(solution),
    }
    data = gf.sweep(problem, [scale], 10, dim, num_times=150, measure=measure).isel(scale=0)
    run = gf.theory.stepness(data.steps.median("seed").values, data.rises.median("seed").values)
    predicted = gf.predict(spec, scale=scale, dim=dim).stepness(dim)
    np.testing.assert_allclose(run.separations[:-1], predicted.separations[:-1], rtol=0.15)
    assert run.resolved == predicted.resolved


def test_the_largest_stepwise_scale_is_where_the_index_is_one(spec):
    scale = gf.predict(spec, scale=1.0, dim=8).largest_stepwise_scale(modes=6)
    assert gf.predict(spec, scale=scale / 1.01, dim=8).stepness(6).index > 1
    assert gf.predict(spec, scale=scale * 1.01, dim=8).stepness(6).index < 1


def test_no_scale_where_all_eigenvalues_are_one():
    flat = gf.spectrum(gf.Target(np.eye(5)), 5)
    assert np.isnan(gf.predict(flat, scale=1.0, dim=5).largest_stepwise_scale())


def test_errors_are_one_line(spec):
    with pytest.raises(gf.ArgumentError, match=r"^rises: wanted shape \(2,\), got shape \(1,\)"):
        gf.theory.stepness([1.0, 2.0], [1.0])
    with pytest.raises(gf.ArgumentError, match=r"^rises: wanted numbers above 0, got 0"):
        gf.theory.stepness([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(gf.ArgumentError, match=r"^eigenvalues: wanted finite numbers that fall"):
        degenerate_groups([3.0, np.nan, 1.0])
    with pytest.raises(gf.ArgumentError, match=r"^eigenvalues: wanted finite numbers that fall"):
        degenerate_groups([1.0, 2.0])
    none = gf.spectrum(gf.Target(-np.eye(3)), 2)
    with pytest.raises(gf.ArgumentError, match=r"^spec: wanted an eigenvalue above zero"):
        gf.predict(none, scale=1e-3, dim=2).stepness()
