"""Intervals hold their share of exact runs, at the quick size of the experiment."""

import numpy as np
import pytest

from gradflow.experiments import spreads

pytestmark = pytest.mark.slow

EXPERIMENT = spreads.EXPERIMENT


def test_intervals_hold_nine_tenths_of_exact_steps(results):
    """60 seeds × 12 modes: 90 % to three standard errors of 720 steps, 3.4 %."""
    rows = spreads.table(results).set_index("separation")
    for kind in ("closed", "draws"):
        assert abs(rows.loc["all", f"{kind} %"] - 90) < 3.4


def test_shares_are_counts_of_steps_between_the_ends(results):
    rows = spreads.by_mode(results)
    low, _, high = results["closed"].values[0, :, 4]
    steps = results["measured"].values[0, :, 4]
    share = np.mean((steps >= low) & (steps <= high))
    np.testing.assert_allclose(rows["closed %"][4], 100 * share, atol=0.05)


def test_bands_of_separation_are_all_modes(results):
    rows = spreads.table(results).set_index("separation")["modes"]
    assert rows["all"] == rows["from 0.25"] + rows["0 to 0.25"] == 12
    assert rows["from 0.25"] == rows[["from 1", "0.5 to 1", "0.25 to 0.5"]].sum()


def test_the_figure_has_one_column_a_scale(results, figures):
    assert len(figures["spreads"].axes) == 2
