"""The figures of a study show the study's own numbers."""

import numpy as np
import pytest

from gradflow.studies._figures import study_figures

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(small_study):
    return small_study


@pytest.fixture(scope="module")
def figures(study):
    return study_figures(study)


def test_there_are_three(figures):
    assert list(figures) == ["training", "step_times", "embeddings"]


def test_all_figures_show_the_smallest_scale_and_say_so(study, figures):
    assert study.settings.shown_scale == 1e-6
    assert study.shown.attrs["scale"] == study.embeddings.attrs["scale"] == 1e-6
    written = r"$\sigma$ = $10^{-6}$"
    assert written in figures["training"].axes[0].get_title()
    (note,) = [text for text in figures["embeddings"].texts if text.get_gid() == "note"]
    assert written in note.get_text()
    named = [text.get_text() for text in figures["step_times"].axes[0].texts]
    assert written in named


def test_the_training_figure_shows_flow_and_theory_of_the_same_lane(study, figures):
    """The dotted theory lies on the flow: it was computed from that lane's own W₀."""
    lane = study.sweep.sel(scale=1e-6).isel(seed=0)
    bottom = figures["training"].axes[2]
    flow = [line for line in bottom.lines if line.get_gid() == "mode"]
    theory = [line for line in bottom.lines if line.get_gid() == "theory"]
    assert len(flow) == len(theory) == 12
    times, drawn = flow[0].get_data()
    np.testing.assert_allclose(drawn, lane.singular_values[1 : 1 + len(drawn), 0] ** 2)
    last_step = np.nanmax(study.shown.predicted)
    assert last_step < times[-1] <= 1.4 * last_step, "it ends soon after the last step"
    gap = np.abs(flow[0].get_ydata() - theory[0].get_ydata()).max()
    assert gap < 0.05 * study.spectrum.eigenvalues[0]


def test_the_staircase_ends_where_the_loss_does(study, figures):
    top = figures["training"].axes[0]
    loss = next(line for line in top.lines if line.get_gid() == "loss").get_ydata()
    np.testing.assert_allclose(loss[-1], study.shown.staircase.values[-1], rtol=1e-3)


def test_titles_say_how_many_steps_stand_apart(study, figures):
    """And what runs into each other is drawn as a band, not as lines."""
    groups = study.shown.step_group.values
    alone = (np.bincount(groups) == 1).sum()
    upper = figures["training"].axes[0]
    assert f"{alone} of the first 12 steps stand apart" in upper.get_title()
    marks = [artist.get_gid() for artist in upper.get_children()]
    assert marks.count("step") == alone
    assert marks.count("joint-steps") == len(set(groups)) - alone


def test_the_embeddings_figure_has_a_panel_a_slice(study, figures):
    titles = [axes.get_title() for axes in figures["embeddings"].axes[:3]]
    assert "before the first step" in titles[0]
    assert "at the end" in titles[2]
