"""Modes are learned when their formula says, as the eigenvectors that they are."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.analysis import learned_modes
from gradflow.studies import RiseTimes

EIGENVALUES = np.array([9.0, 6.0, 4.0, 1.0, 0.0, -3.0])


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    return gf.Quadratic(gf.Target(basis * EIGENVALUES @ basis.T))


def test_directions_are_eigenvectors_and_times_those_of_logistics(problem):
    """W₀ along three eigenvectors; the third mode does not get to the height that is asked."""
    vectors = problem.linearisation.top_eigenpairs(3)[1]
    snapshots = gf.Snapshots({"axes": gf.methods.PrincipalAxes(3)})
    w0 = vectors * np.array([1e-3, 1e-4, 1e-5])
    solution = gf.solve(problem, w0, np.linspace(0, 12, 30), method=gf.Exact(), snapshots=snapshots)
    heights = np.array([4.5, 2.0, 4.1])
    times, directions = learned_modes(solution, solution.snapshots["axes"], heights)
    starts, rates = np.array([1e-6, 1e-8]), EIGENVALUES[:2]
    # s² = h of the logistic: (λ/s₀² − 1)/(λ/h − 1) = e^{λt}
    formula = np.log((rates / starts - 1) / (rates / heights[:2] - 1)) / rates
    np.testing.assert_allclose(times[:2], formula, rtol=1e-9)
    np.testing.assert_allclose(abs(vectors[:, :2].T @ directions[:, :2]), np.eye(2), atol=1e-9)
    assert np.isnan(times[2])
    assert np.isnan(directions[:, 2]).all()


def test_rise_times_of_a_sweep_are_those_of_its_lanes(problem):
    """Of the first modes, nan for the rest; each about ln 81/λ_k."""
    measure = {"rises": RiseTimes(2)}
    data = gf.sweep(problem, [1e-4], 2, 3, method=gf.Exact(), num_times=30, measure=measure)
    rises = data["rises"].values[0]
    np.testing.assert_allclose(
        rises[:, :2], np.tile(np.log(81) / EIGENVALUES[:2], (2, 1)), rtol=0.2
    )
    assert np.isnan(rises[:, 2]).all()
