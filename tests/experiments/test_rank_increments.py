"""The claim of the experiment holds at its quick size, and what it keeps is what it drew."""

import numpy as np
import pandas as pd
import pytest

from gradflow.experiments import rank_increments
from gradflow.studies._figures import study_figures

pytestmark = pytest.mark.slow


@pytest.fixture
def study(small_study):
    return small_study


def test_qr_predicts_the_steps_better_than_the_paper(study):
    """Three scales, 200 words, eight modes: medians below 1 %, and below the paper's."""
    medians = study.errors.set_index(["scale", "rule"])["median"]
    for scale in (1e-2, 1e-4, 1e-6):
        assert medians[scale, "qr"] < 0.01
        assert medians[scale, "qr"] < medians[scale, "paper"]


def test_the_loss_falls_by_an_eighth_of_lambda_squared_a_step(study):
    """Midway between two well-separated steps the loss is on the stair between them."""
    lane = study.sweep.sel(scale=1e-4, seed=0)
    steps, rates = lane.measured.values[:8], lane.eigenvalue.values[:8]
    rise = np.log(81) / rates
    apart = [k for k in range(7) if steps[k + 1] - steps[k] > 0.75 * (rise[k] + rise[k + 1])]
    assert apart, "no two steps of this corpus are apart"
    for k in apart:
        middle = (steps[k] + steps[k + 1]) / 2
        loss = np.interp(middle, lane.t, lane.loss)
        jump = rates[k : k + 2].max() ** 2 / 8
        assert abs(loss - lane.staircase.values[k + 1]) < 0.1 * jump


def test_what_is_kept_holds_every_step_and_what_the_figures_show(study, tmp_path):
    """Steps, and the shown lane; what is drawn from it is what is drawn from the whole study."""
    rank_increments.save(study, rank_increments.QUICK, tmp_path)
    table = pd.read_csv(tmp_path / "steps.csv")
    np.testing.assert_allclose(table["measured"], study.steps["measured"], rtol=1e-15)
    loaded = rank_increments.load(rank_increments.QUICK, tmp_path)
    assert loaded.settings == study.settings
    assert loaded.sweep["singular_values"].dims == ("time", "mode")
    again, first = (study_figures(shown) for shown in (loaded, study))
    for name, figure in first.items():
        for panel, other in zip(figure.axes, again[name].axes, strict=True):
            for line, same in zip(panel.lines, other.lines, strict=True):
                # The spectrum is computed again, which repeats to rounding, not to the bit.
                np.testing.assert_allclose(same.get_xydata(), line.get_xydata(), rtol=1e-9)
