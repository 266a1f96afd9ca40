"""The training figure: what is drawn is what was given, and nothing covers anything."""

import itertools

import matplotlib
import numpy as np
import pytest

from gradflow._errors import ArgumentError
from gradflow.plotting import TrainingPanel, plot_training

EIGENVALUES = np.array(
    [500.0, 430.0, 390.0, 340.0, 325.0, 230.0, 220.0, 200.0, 180.0, 165.0, 162.0]
)
WORDS = ["can", "song", "author", "brick", "wife", "entertainment", "job", "election"]


def logistic(times, scale=1e-4):
    steps = np.log(EIGENVALUES / scale**2 - 1) / EIGENVALUES
    return EIGENVALUES / (1 + np.exp(-EIGENVALUES * (times[:, None] - steps))), steps


def panel(**changes):
    times = np.concatenate([[0.0], np.geomspace(5e-3, 0.6, 400)])
    squared, steps = logistic(times)
    drops = np.concatenate([[0.0], np.cumsum(EIGENVALUES**2 / 8)])
    given = {
        "times": times,
        "loss": 6.4e5 - np.sum(EIGENVALUES**2 - (EIGENVALUES - squared) ** 2, axis=1) / 8,
        "singular_values": np.sqrt(squared),
        "theory": 1.01 * np.sqrt(squared),
        "step_times": steps,
        "plateaus": EIGENVALUES,
        "staircase": 6.4e5 - drops,
        "labels": WORDS,
    }
    return TrainingPanel(**{**given, **changes})


def artists(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def test_curves_are_the_arrays_without_time_zero():
    given = panel()
    top, bottom = plot_training(given, modes=5).axes
    (loss,) = artists(top, "loss")
    np.testing.assert_array_equal(loss.get_xdata(), given.times[1:])
    np.testing.assert_array_equal(loss.get_ydata(), given.loss[1:])
    for gid, values in (("mode", given.singular_values), ("theory", given.theory)):
        curves = artists(bottom, gid)
        assert len(curves) == 5
        for curve, value in zip(curves, values.T, strict=False):
            np.testing.assert_array_equal(curve.get_ydata(), value[1:] ** 2)


def test_step_times_are_marked_in_both_rows():
    given = panel()
    for axes in plot_training(given, modes=4).axes:
        marks = [line.get_xdata()[0] for line in artists(axes, "step")]
        np.testing.assert_array_equal(marks, given.step_times[:4])


def test_steps_that_run_into_each_other_are_one_band_with_one_name():
    given = panel(groups=[0, 1, 2, 3, 3, 4, 4, 4, 4, 4, 5])
    top, bottom = plot_training(given, width=7.0).axes
    for axes in (top, bottom):
        assert len(artists(axes, "step")) == 4
        bands = [
            band.get_extents().intervalx for band in map(_in_data, artists(axes, "joint-steps"))
        ]
        np.testing.assert_allclose(bands, [given.step_times[[3, 4]], given.step_times[[5, 9]]])
    names = [name.get_text() for name in artists(top, "jump")]
    assert names == ["1  can", "2  song", "3  author", "4–5  brick, wife",
                     "6–10  entertainment, job, election, …"]  # fmt: skip


def _in_data(patch):
    return patch.get_path().transformed(patch.get_patch_transform())


def test_the_remark_lies_below_everything_else():
    figure = plot_training([panel(), panel()], note="one line\nand another")
    figure.draw_without_rendering()
    (note,) = figure.texts
    box = note.get_window_extent()
    assert box.y0 >= 0
    assert box.x1 <= figure.bbox.x1
    assert box.y1 <= figure.legends[0].get_window_extent().y0


def test_staircase_falls_by_each_modes_own_drop_in_order_of_time():
    given = panel()
    times = given.step_times.copy()
    times[[0, 1]] = times[[1, 0]]
    times[4] = np.nan  # never rises: takes nothing off
    (stairs,) = artists(plot_training(panel(step_times=times)).axes[0], "staircase")
    drops = EIGENVALUES**2 / 8
    order = [1, 0, 2, 3, 5, 6, 7, 8, 9, 10]
    levels = stairs.get_ydata()
    assert stairs.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(stairs.get_xdata()[1:-1], times[order])
    np.testing.assert_allclose(-np.diff(levels)[:-1], drops[order])
    assert levels[0] == 6.4e5


@pytest.mark.parametrize("width", [3.4, 7.0])
def test_jump_names_lie_inside_clear_of_each_other_and_of_the_curves(width):
    figure = plot_training(panel(), width=width)
    top = figure.axes[0]
    names = artists(top, "jump")
    expected = [f"{mode}  {word}" for mode, word in enumerate(WORDS, start=1)]
    assert len(names) >= 5
    assert [name.get_text() for name in names] == expected[: len(names)]
    boxes = [matplotlib.text.Text.get_window_extent(name) for name in names]
    for one, other in itertools.combinations(boxes, 2):
        assert not one.overlaps(other)
    frame = top.get_window_extent()
    (loss,) = artists(top, "loss")
    curve = top.transData.transform(loss.get_xydata())
    for box in boxes:
        assert frame.x0 < box.x0 < box.x1 <= frame.x1
        assert frame.y0 < box.y0 < box.y1 <= frame.y1
        assert box.count_contains(curve) == 0


def test_every_plateau_is_numbered_and_no_number_is_cut_off():
    figure = plot_training([panel(), panel(title="again")])
    for axes in figure.axes[2:]:
        numbers = artists(axes, "line-number")
        assert [number.get_text() for number in numbers] == [str(k) for k in range(1, 12)]
        boxes = [number.get_window_extent() for number in numbers]
        assert max(box.x1 for box in boxes) <= figure.bbox.x1
        starts = [line.get_ydata()[0] for line in artists(axes, "line-end")]
        np.testing.assert_array_equal(starts, EIGENVALUES)


def test_columns_share_time_within_and_not_across():
    slow = panel(times=panel().times * 1e3, step_times=panel().step_times * 1e3)
    first_loss, second_loss, first, second = plot_training([panel(), slow]).axes
    assert first.get_xlim() == first_loss.get_xlim()
    assert second.get_xlim() == second_loss.get_xlim()
    assert second.get_xlim() == pytest.approx(1e3 * np.array(first.get_xlim()))


def test_all_columns_end_at_the_top_that_was_asked_for():
    """And numbers of plateaus beyond it are left out."""
    figure = plot_training([panel(), panel()], top=335.0)
    for axes in figure.axes[2:]:
        assert axes.get_ylim() == (0, 335.0)
        numbers = [number.get_text() for number in artists(axes, "line-number")]
        assert numbers == [str(k) for k in range(5, 12)]
    with pytest.raises(ArgumentError, match="top: wanted"):
        plot_training(panel(), top=0)


def test_large_losses_are_labelled_in_a_power_of_ten():
    figure = plot_training(panel())
    figure.draw_without_rendering()
    top = figure.axes[0]
    assert top.get_ylabel() == "loss ($10^{5}$)"
    assert {len(label.get_text()) for label in top.get_yticklabels()} == {3}


def test_a_run_without_theory_draws_without_it():
    given = panel()
    figure = plot_training(TrainingPanel(given.times, given.loss, given.singular_values))
    top, bottom = figure.axes
    assert not artists(bottom, "theory")
    assert not artists(top, "jump")
    assert not figure.legends
    assert plot_training(given).legends


def test_the_readers_settings_come_back():
    names = [name for name in matplotlib.rcParams if name != "backend"]
    with matplotlib.rc_context({"font.size": 31, "pdf.fonttype": 3}):
        before = [matplotlib.rcParams[name] for name in names]
        figure = plot_training(panel())
        assert [matplotlib.rcParams[name] for name in names] == before
    assert figure.axes[0].yaxis.label.get_fontsize() == 8, "and do not reach the figure"


def test_a_constant_loss_has_an_axis():
    low, high = plot_training(panel(loss=np.full(401, 2.0))).axes[0].get_ylim()
    assert low < 2.0 < high


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"loss": np.zeros(7)}, "loss"),
        ({"singular_values": np.zeros(401)}, "singular_values"),
        ({"theory": np.zeros((5, 11))}, "theory"),
        ({"step_times": np.zeros(3)}, "step_times"),
        ({"staircase": np.zeros(11)}, "staircase"),
        ({"step_times": None}, "step_times"),
        ({"times": np.zeros(401)}, "times"),
        ({"times": "now"}, "times"),
        ({"loss": np.full(401, np.nan)}, "loss"),
    ],
)
def test_arrays_that_do_not_match_are_refused_in_one_line(changes, argument):
    with pytest.raises(ArgumentError) as error:
        panel(**changes)
    assert error.value.argument == argument
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("panels", [[], [1], None])
def test_panels_are_panels(panels):
    with pytest.raises(ArgumentError, match="panels"):
        plot_training(panels)


def test_a_run_without_any_step_is_drawn():
    """As of a text of a few words: the predicted loss is one level, from end to end."""
    times = np.linspace(0.0, 1.0, 5)
    panel = TrainingPanel(
        times=times,
        loss=np.linspace(2.0, 1.0, 5),
        singular_values=np.ones((5, 2)),
        step_times=np.full(2, np.nan),
        plateaus=np.zeros(2),
        staircase=np.array([2.0, 1.0, 0.5]),
    )
    figure = plot_training([panel])
    [line] = [line for line in figure.axes[0].lines if line.get_gid() == "staircase"]
    assert set(line.get_ydata()) == {2.0}
