"""Numbers at the ends of lines: each reaches its line, none touches another, none moves for fun."""

import itertools

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.plotting._line_ends import number_line_ends
from gradflow.plotting._style import new_figure, style


def drawn(heights, top=10.0):
    """Numbers and ticks of one axes."""
    with style():
        figure = new_figure(3.0, 2.0)
        axes = figure.subplots()
        axes.set_ylim(0, top)
        number_line_ends(figure, [(axes, np.asarray(heights, dtype=float))])
    parts = axes.get_children()
    return figure, *(
        [part for part in parts if part.get_gid() == gid] for gid in ("line-number", "line-end")
    )


def test_far_apart_they_stand_where_the_lines_end():
    heights = [9.0, 5.0, 1.0]
    _, numbers, ticks = drawn(heights)
    assert [number.get_text() for number in numbers] == ["1", "2", "3"]
    np.testing.assert_allclose([number.get_position()[1] for number in numbers], heights)
    np.testing.assert_allclose([tick.get_ydata() for tick in ticks], np.outer(heights, [1, 1, 1]))


def test_close_together_they_move_apart_in_order_and_around_their_own_middle():
    heights = np.array([5.2, 5.1, 5.1, 5.0])
    figure, numbers, ticks = drawn(heights)
    places = np.array([number.get_position()[1] for number in numbers])
    assert (np.diff(places) < 0).all(), "1 above 2, also where both end at one height"
    np.testing.assert_allclose(places.mean(), heights.mean())
    np.testing.assert_allclose([tick.get_ydata()[0] for tick in ticks], heights)
    np.testing.assert_allclose([tick.get_ydata()[-1] for tick in ticks], places)
    boxes = [number.get_window_extent() for number in numbers]
    # A digit is lower than its line, whose height the boxes have: a tenth may be shared.
    for one, other in itertools.pairwise(boxes):
        assert one.y0 >= other.y1 - 0.11 * other.height
    assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_lines_outside_have_no_number():
    _, numbers, ticks = drawn([12.0, 5.0, np.nan])
    assert [number.get_text() for number in numbers] == ["2"]
    assert len(ticks) == 1


def test_axes_of_another_figure_are_refused():
    axes = new_figure(1, 1).subplots()
    with pytest.raises(ArgumentError, match=r"^ends: wanted axes of the figure, got others$"):
        number_line_ends(new_figure(1, 1), [(axes, np.ones(1))])
