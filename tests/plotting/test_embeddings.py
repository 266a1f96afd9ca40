"""The figure of embeddings: same limits, same words, no label on another."""

import itertools

import matplotlib
import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.plotting import plot_embeddings

COUNT = 300
WORDS = [f"word{index}" for index in range(COUNT)]
NAMED = WORDS[:16]
TIMES = np.array([0.01, 0.05, 0.6])


def point_line_plane():
    plane = np.random.default_rng(0).normal(size=(COUNT, 2))
    return np.stack([1e-4 * plane, plane * [0.7, 0.05], plane])


def artists(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def boxes_of(axes):
    """Of the text alone, without the line to the point."""
    return [matplotlib.text.Text.get_window_extent(name) for name in artists(axes, "name")]


def test_dots_are_the_coordinates_and_limits_are_equal_and_hold_them():
    given = point_line_plane()
    panels = plot_embeddings(given, WORDS, TIMES, highlight=NAMED).axes
    assert len(panels) == 3
    for axes, points in zip(panels, given, strict=True):
        (words,), (named,) = artists(axes, "words"), artists(axes, "named")
        np.testing.assert_array_equal(words.get_offsets(), points)
        np.testing.assert_array_equal(named.get_offsets(), points[:16])
        assert words.get_rasterized()
        assert (axes.get_xlim(), axes.get_ylim()) == (panels[0].get_xlim(), panels[0].get_ylim())
        extent = axes.get_window_extent()
        assert extent.width == pytest.approx(extent.height)
    for limits, values in (
        (panels[0].get_xlim(), given[..., 0]),
        (panels[0].get_ylim(), given[..., 1]),
    ):
        assert limits[0] < values.min()
        assert values.max() < limits[1]


def test_names_lie_inside_off_each_other_and_off_the_named_dots():
    given = point_line_plane()
    figure = plot_embeddings(given, WORDS, TIMES, highlight=NAMED)
    figure.draw_without_rendering()
    for axes, points in list(zip(figure.axes, given, strict=True))[1:]:
        names = [name.get_text() for name in artists(axes, "name")]
        assert len(set(names)) == len(names) >= 14
        assert set(names) <= set(NAMED)
        frame, dots = axes.get_window_extent(), axes.transData.transform(points[:16])
        boxes = boxes_of(axes)
        for box in boxes:
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1
            assert frame.y0 <= box.y0 < box.y1 <= frame.y1
            assert box.count_contains(dots) == 0
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def test_a_point_gets_one_caption_and_no_names():
    point, line, plane = plot_embeddings(point_line_plane(), WORDS, TIMES, highlight=NAMED).axes
    assert [text.get_text() for text in artists(point, "caption")] == ["all 300 words"]
    assert not artists(point, "name")
    assert not artists(line, "caption") + artists(plane, "caption")


def test_words_are_shown_as_they_are():
    words = ["$x$", "a_b", *WORDS[2:]]
    axes = plot_embeddings(point_line_plane(), words, TIMES, highlight=["$x$", "a_b"]).axes[2]
    assert {name.get_text() for name in artists(axes, "name")} == {"$x$", "a_b"}
    assert not any(name.get_parse_math() for name in artists(axes, "name"))


def test_titles_and_axes():
    given = point_line_plane()
    panels = plot_embeddings(given, WORDS, TIMES, highlight=NAMED[:1]).axes
    assert [axes.get_title() for axes in panels] == ["$t$ = 0.01", "$t$ = 0.05", "$t$ = 0.6"]
    titles = ["a point", "a line", "a plane"]
    figure = plot_embeddings(
        given, WORDS, TIMES, highlight=[], titles=titles, axes_labels=("1", "3")
    )
    assert [axes.get_title() for axes in figure.axes] == titles
    assert {axes.get_xlabel() for axes in figure.axes} == {"1"}
    assert figure.axes[0].get_ylabel() == "3"


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"coordinates": np.zeros((3, COUNT, 3))}, "coordinates"),
        ({"coordinates": np.full((3, COUNT, 2), np.nan)}, "coordinates"),
        ({"words": WORDS[:5]}, "words"),
        ({"times": TIMES[:2]}, "times"),
        ({"titles": ["one"]}, "titles"),
        ({"highlight": ["nowhere"]}, "highlight"),
    ],
)
def test_arguments_that_do_not_match_are_refused(changes, argument):
    given = {"coordinates": point_line_plane(), "words": WORDS, "times": TIMES, "highlight": NAMED}
    with pytest.raises(ArgumentError) as error:
        plot_embeddings(**{**given, **changes})
    assert error.value.argument == argument
    assert "\n" not in str(error.value)
