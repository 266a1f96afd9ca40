"""What figures of relations show is what they were given."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.plotting import (
    TaskSpectrum,
    plot_relation_curves,
    plot_task_projections,
    plot_task_spectra,
)


@pytest.fixture(scope="module")
def panel():
    x = np.linspace(0.5, 2.0, 50)
    return TaskSpectrum([6.0, 1.5, 1.0, 0.6], x, np.full(50, 1 / 1.5), 1, 2.2, "family")


def test_outliers_are_dots_and_the_law_integrates_to_one(panel):
    """In units of the edge, per unit of the logarithm."""
    axes = plot_task_spectra([[panel, panel]]).axes[0]
    law, threshold, dots = axes.lines
    x, y = law.get_data()
    assert np.trapezoid(y, np.log(x)) == pytest.approx(1, rel=1e-3)
    assert x[-1] == 1
    np.testing.assert_allclose(threshold.get_xdata(), 1.1)
    np.testing.assert_allclose(dots.get_xdata(), [3.0])
    heights, edges, _ = axes.patches[0].get_data()
    assert (heights * np.diff(np.log(edges))).sum() == pytest.approx(1), "without the outlier"
    assert axes.get_title() == "family"


def test_curves_show_every_relation_and_the_band(panel):
    dims = [10, 100]
    snr = {"one": [1.0, 0.1], "two": [0.5, -0.1]}
    accuracy = {"one": [0.2, 0.4], "two": [0.1, np.nan]}
    figure = plot_relation_curves(dims, snr, accuracy, {name: [0.1, 0.05] for name in snr})
    left, right = figure.axes
    assert np.isnan(left.lines[1].get_ydata()).tolist() == [False, True], "no logarithm"
    np.testing.assert_allclose(right.lines[0].get_ydata(), [20, 40])
    assert [text.get_text() for text in figure.legends[0].get_texts()][:2] == ["one", "two"]


def test_projections_name_the_largest(panel):
    t = np.array([0.5, -7.0, 1.0, 4.0])
    figure = plot_task_projections({"family": t}, ["a", "b", "c", "d"], marked=2)
    (text,) = figure.axes[0].texts
    assert text.get_text() == "2: b\n4: d"


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: TaskSpectrum([1.0], [0.0, 1.0], [1.0, 1.0], 1, 1.0), "outliers"),
        (lambda: TaskSpectrum([1.0], [0.0, 1.0], [1.0], 0, 1.0), "density"),
        (lambda: plot_task_spectra([]), "panels"),
        (lambda: plot_relation_curves([1.0], {"a": [1.0]}, {"b": [1.0]}, {"a": [1.0]}), "accuracy"),
        (lambda: plot_relation_curves([1.0], {"a": [1.0, 2.0]}, {"a": [1.0]}, {"a": [1.0]}), "snr"),
        (lambda: plot_task_projections({}, ["a"]), "t"),
        (lambda: plot_task_projections({"a": [1.0, 2.0]}, ["a"]), "t"),
    ],
)
def test_bad_arguments_are_named(call, named):
    with pytest.raises(gf.ArgumentError, match=f"^{named}: "):
        call()
