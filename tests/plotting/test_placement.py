"""Geometry of boxes and lines, and the search that places labels."""

import numpy as np

from gradflow.plotting._geometry import boxes_overlap, segments_cross, segments_meet
from gradflow.plotting._placement import place_labels

BOX = np.array([0.0, 0.0, 2.0, 1.0])


def test_boxes_that_only_touch_do_not_overlap():
    others = np.array(
        [[2.0, 0, 3, 1], [1.9, 0, 3, 1], [0.5, 0.2, 0.6, 0.3], [-1, -1, 3, 3], [0, 2, 2, 3]]
    )
    assert boxes_overlap(others, BOX).tolist() == [False, True, True, True, False]


def test_lines_enter_boxes():
    starts = np.array([[-1.0, 0.5], [-1.0, 0.5], [1.0, -1.0], [-1.0, 0.9], [0.5, 0.5], [3.0, -1.0]])
    ends = np.array([[3.0, 0.5], [-0.1, 0.5], [1.0, 3.0], [0.5, 2.5], [0.6, 0.6], [3.0, 2.0]])
    assert segments_meet(starts, ends, BOX).tolist() == [True, False, True, False, True, False]


def test_lines_cross():
    a, b = np.array([0.0, 0.0]), np.array([2.0, 2.0])
    c = np.array([[0.0, 2.0], [0.0, 2.0], [3.0, 0.0]])
    d = np.array([[2.0, 0.0], [0.5, 1.5], [3.0, 9.0]])
    assert segments_cross(a, b, c, d).tolist() == [True, False, False]


def test_a_lone_label_goes_right_beside_its_point():
    (place,) = place_labels(
        np.array([[50.0, 50.0]]), np.array([[20.0, 8.0]]), np.array([0, 0, 99, 99.0])
    )
    assert place.boxes[0] > 50
    assert place.distances < 5


def test_what_does_not_fit_is_left_out():
    points = np.array([[50.0, 50.0], [20.0, 20.0]])
    sizes = np.array([[200.0, 8.0], [20.0, 8.0]])
    wide, narrow = place_labels(points, sizes, np.array([0, 0, 99, 99.0]))
    assert wide is None
    assert narrow is not None


def test_twenty_labels_along_a_line_all_find_room_apart():
    points = np.column_stack([np.linspace(30, 120, 20), np.full(20, 75.0)])
    places = place_labels(points, np.tile([26.0, 8.0], (20, 1)), np.array([0, 0, 150, 150.0]))
    found = [place for place in places if place is not None]
    assert len(found) >= 16
    for index, place in enumerate(found):
        for other in found[:index]:
            assert not place.disturb(other)


def test_no_labels_at_all():
    assert place_labels(np.zeros((0, 2)), np.zeros((0, 2)), BOX) == []
