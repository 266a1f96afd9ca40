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


def test_dots_are_measured_against_predicted_for_every_lane():
    measured, predicted, _ = example()
    panels = plot_step_times(measured, predicted, SCALES).axes
    assert len(panels) == 2
    for axes, times in zip(panels, predicted.values(), strict=True):
        for dots, x, y in zip(artists(axes, "lanes"), measured, times, strict=True):
            drawn = np.ma.compress_rows(dots.get_offsets())
            known = np.isfinite(y)
            np.testing.assert_array_equal(drawn, np.column_stack([x[known], y[known]]))
            assert dots.get_rasterized()


def test_identity_is_a_diagonal_and_both_rules_share_limits():
    measured, predicted, _ = example()
    paper, qr = plot_step_times(measured, predicted, SCALES).axes
    assert paper.get_xlim() == paper.get_ylim() == qr.get_xlim() == qr.get_ylim()
    assert paper.get_xlim()[0] < 0.05
    assert paper.get_xlim()[1] > 1.05
    assert len(artists(paper, "identity")) == 1
    assert paper.get_xscale() == paper.get_yscale() == "log"


def test_errors_are_drawn_in_per_cent_and_small_ones_show():
    measured, predicted, errors = example()
    _, _, paper, qr = plot_step_times(measured, predicted, SCALES, errors=errors).axes
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


@pytest.mark.parametrize(
    ("scales", "names"),
    [((1e-1, 1e-3), ["0.1", "0.001"]), ((1e-1, 1e-4), ["$10^{-1}$", "$10^{-4}$"])],
)
def test_legend_names_the_scales_all_in_one_way(scales, names):
    measured, predicted, _ = example()
    legend = plot_step_times(measured, predicted, np.array(scales)).axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == names


def test_titles_say_the_rule_and_may_be_given():
    measured, predicted, _ = example()
    paper, qr = plot_step_times(measured, predicted, SCALES, titles={"qr": "better"}).axes
    assert "paper" in paper.get_title()
    assert qr.get_title() == "better"


def test_modes_that_never_rose_leave_an_empty_figure_and_no_error():
    nothing = np.full((2, 3, 4), np.nan)
    (axes,) = plot_step_times(nothing, {"qr": nothing}, SCALES).axes
    assert axes.get_xlim()[0] > 0


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
