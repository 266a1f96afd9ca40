"""The claim of the experiment holds at its quick size, and what it keeps is what it drew."""

import numpy as np
import pandas as pd
import pytest

from experiments import rank_increments
from gradflow.io import load_study_data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study():
    return rank_increments.run(rank_increments.QUICK)


def test_qr_predicts_the_steps_better_than_the_paper(study):
    """Two scales, 200 words, eight modes: medians below 1 %, and below the paper's."""
    medians = study.errors.set_index(["scale", "rule"])["median"]
    for scale in (1e-2, 1e-4):
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


def test_what_is_kept_holds_every_step_and_the_shown_lane(study, tmp_path):
    rank_increments.write(study, rank_increments.QUICK, tmp_path / "out")
    kept = load_study_data(tmp_path / "out")
    assert kept["sweep"]["singular_values"].dims == ("time", "mode")
    table = pd.read_csv(tmp_path / "out" / "steps.csv")
    np.testing.assert_allclose(table["measured"], study.steps["measured"], rtol=1e-15)
    assert (tmp_path / "out" / "training.png").stat().st_size > 10_000
