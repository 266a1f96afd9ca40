"""Which steps stand apart: by the distance of neighbours in units of their rise times."""

import numpy as np

from gradflow.studies._shown_lane import next_axis_apart, separations, step_groups

RISE = np.log(81)  # of a mode with λ = 1


def test_separations_are_in_units_of_rise_times():
    steps = np.array([0.0, 2.0, 2.5, np.nan]) * RISE
    np.testing.assert_allclose(separations(steps, np.ones(4)), [2.0, 0.5, 0.0])
    np.testing.assert_allclose(separations(steps[:2], np.array([1.0, 0.5])), [2.0 / 1.5])


def test_steps_within_a_rise_time_have_one_label():
    steps = np.array([1.0, 3.0, 3.5, 4.0, 6.0]) * RISE
    assert step_groups(steps, np.ones(5)).tolist() == [0, 1, 1, 1, 2]


def test_the_second_axis_is_the_first_that_leaves_time_for_a_line():
    steps = np.array([1.0, 2.5, 3.2, 9.0]) * RISE
    assert next_axis_apart(steps, np.ones(4)) == 3
    assert next_axis_apart(steps[:2], np.ones(2)) == 2, "the farthest, where none is far enough"
    assert next_axis_apart(steps[:1], np.ones(1)) == 1
