"""The figure of step times."""

import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.plotting import StepErrors, plot_step_times

SCALES = np.array([1e-1, 1e-4])


def example():
    measured = np.linspace(0.05, 0.5, 10) * np.array([1.0, 2.0])[:, None, None]
    measured = np.repeat(measured, 3, axis=1)
    predicted = {"paper": 1.05 * measured, "qr": 1.001 * measured}
    predicted["paper"][0, 1, 9] = np.nan
    errors = {
        rule: StepErrors(*(np.full((2, 10), factor * level) for factor in (1.0, 0.5, 2.0)))
        for rule, level in (("paper", 0.05), ("qr", 4e-5))
    }
    return measured, predicted, errors


def artists(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def test_dots_are_measured_and_lines_are_the_last_rule():
    measured, predicted, _ = example()
    (axes,) = plot_step_times(measured, predicted, SCALES).axes
    dots = np.array([line.get_ydata() for line in artists(axes, "measured")])
    np.testing.assert_array_equal(dots, measured.reshape(6, 10))
    lines = np.array([line.get_ydata() for line in artists(axes, "predicted")])
    np.testing.assert_allclose(lines, np.median(predicted["qr"], axis=1))
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert low < measured.min() < measured.max() < high


def test_of_many_scales_four_are_drawn_the_ends_among_them():
    scales = 10.0 ** -np.arange(1, 9)
    measured = np.ones((8, 1, 3)) / scales[:, None, None]
    figure = plot_step_times(measured, {"qr": measured}, scales)
    names = [text.get_text() for text in artists(figure.axes[0], "scale")]
    assert len(names) == 4
    assert names[0] == "$\\sigma$ = 0.1"
    assert names[-1] == "$\\sigma$ = $10^{-8}$"
    (note,) = figure.texts
    assert note.get_text() == "4 of 8 scales are drawn."


def test_no_name_of_a_scale_is_cut_off():
    measured, predicted, errors = example()
    figure = plot_step_times(measured, predicted, SCALES, errors=errors)
    for name in artists(figure.axes[0], "scale"):
        assert name.get_window_extent().x1 <= figure.bbox.x1


def test_errors_are_drawn_in_per_cent_and_small_ones_show():
    measured, predicted, errors = example()
    _, paper, qr = plot_step_times(measured, predicted, SCALES, errors=errors).axes
    for axes, band in ((paper, errors["paper"]), (qr, errors["qr"])):
        for line, median in zip(artists(axes, "median"), band.median, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), np.arange(1, 11))
            np.testing.assert_allclose(line.get_ydata(), 100 * median)
        for area in artists(axes, "band"):
            heights = area.get_paths()[0].vertices[:, 1]
            assert heights.min() == pytest.approx(100 * band.low[0, 0])
            assert heights.max() == pytest.approx(100 * band.high[0, 0])
        low, high = axes.get_ylim()
        assert axes.get_yscale() == "log"
        assert low < 0.004
        assert high > 5


def test_titles_say_the_rule_and_may_be_given():
    measured, predicted, errors = example()
    figure = plot_step_times(measured, predicted, SCALES, errors=errors, titles={"qr": "better"})
    _, paper, qr = figure.axes
    assert "paper" in paper.get_title()
    assert qr.get_title() == "better"


def test_modes_that_never_rose_leave_an_empty_figure_and_no_error():
    nothing = np.full((2, 3, 4), np.nan)
    (axes,) = plot_step_times(nothing, {"qr": nothing}, SCALES).axes
    assert axes.get_ylim()[0] > 0


def test_arguments_that_do_not_match_are_refused():
    measured, predicted, errors = example()
    narrow = StepErrors(*[np.zeros((2, 4))] * 3)
    for arguments, named in [
        ((measured[0], predicted, SCALES), {}),
        ((measured, {}, SCALES), {}),
        ((measured, {"qr": measured[:, :1]}, SCALES), {}),
        ((measured, predicted, SCALES[:1]), {}),
        ((measured, predicted, SCALES), {"errors": {"qr": errors["qr"]}}),
        ((measured, {"qr": measured}, SCALES), {"errors": {"qr": narrow}}),
    ]:
        with pytest.raises(ArgumentError) as error:
            plot_step_times(*arguments, **named)
        assert "\n" not in str(error.value)
