"""The figures of a study show the study's own numbers."""

import numpy as np
import pytest

from gradflow.studies import shown_scale, study_figures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(small_study):
    return small_study


@pytest.fixture(scope="module")
def figures(study):
    return study_figures(study)


def test_there_are_three(figures):
    assert list(figures) == ["training", "step_times", "embeddings"]


def test_the_middle_scale_is_shown(study):
    assert shown_scale(study) == 1e-4


def test_the_training_figure_shows_flow_and_theory_of_the_same_lane(study, figures):
    """The dotted theory lies on the flow: it was computed from that lane's own W₀."""
    lane = study.sweep.sel(scale=1e-4).isel(seed=0)
    bottom = figures["training"].axes[2]
    flow = [line for line in bottom.lines if line.get_gid() == "mode"]
    theory = [line for line in bottom.lines if line.get_gid() == "theory"]
    assert len(flow) == len(theory) == 12
    np.testing.assert_allclose(flow[0].get_ydata(), lane.singular_values[1:, 0] ** 2)
    gap = np.abs(flow[0].get_ydata() - theory[0].get_ydata()).max()
    assert gap < 0.05 * study.spectrum.eigenvalues[0]


def test_the_staircase_ends_where_the_loss_does(study, figures):
    top = figures["training"].axes[0]
    loss = next(line for line in top.lines if line.get_gid() == "loss").get_ydata()
    np.testing.assert_allclose(loss[-1], study.sweep.staircase.values[-1], rtol=1e-3)


def test_the_embeddings_figure_has_a_panel_a_slice(study, figures):
    titles = [axes.get_title() for axes in figures["embeddings"].axes[:3]]
    assert "before the first step" in titles[0]
    assert "at the end" in titles[2]
