"""Lanes that failed are run again by the method that each failure names, and no others."""

import numpy as np
import pytest

from gradflow.dynamics._repair import repair_lanes
from gradflow.methods import Adaptive, Auto, Exact, Modes, Status


def results_of(status):
    """A value a lane: its number, so that what is replaced shows."""
    status = np.asarray(status)
    return {"status": status, "value": np.arange(status.size, dtype=float)}


def test_only_lanes_that_can_be_repaired_run_again():
    status = [Status.ok, Status.start_misses_head, Status.not_finite, Status.ill_conditioned]
    results, calls = results_of(status), []

    def follow(method, lanes):
        calls.append((method, lanes.tolist()))
        return {"status": np.zeros_like(lanes), "value": 10.0 * lanes}

    repaired = repair_lanes(Exact(), results, follow)
    assert calls == [(Exact(compress=False), [1]), (Exact(compress=False), [3])]
    np.testing.assert_array_equal(repaired["status"], [0, 0, Status.not_finite, 0])
    np.testing.assert_array_equal(repaired["value"], [0, 10, 2, 30])
    np.testing.assert_array_equal(results["value"], np.arange(4))


def test_repairs_are_repaired_with_the_numbers_of_their_lanes():
    """Lanes 1 and 2 are unbalanced; a made-up second failure of lane 2 is not repairable."""
    calls = []

    def follow(method, lanes):
        calls.append((method, lanes.tolist()))
        status = np.where(lanes == 2, int(Status.too_many_steps), 0)
        return {"status": status, "value": -1.0 * lanes}

    results = results_of([Status.ok, Status.unbalanced, Status.unbalanced])
    repaired = repair_lanes(Auto(), results, follow)
    assert calls == [(Adaptive(), [1, 2])]
    np.testing.assert_array_equal(repaired["status"], [0, 0, Status.too_many_steps])
    np.testing.assert_array_equal(repaired["value"], [0, -1, -2])


def test_methods_without_a_repair_run_nothing():
    results = results_of([Status.start_misses_head, Status.unbalanced])
    assert repair_lanes(Modes(), results, pytest.fail) is results
