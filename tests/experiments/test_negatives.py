"""More negatives sink the constant direction, not the modes; steps come when eigenvalues say."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import negatives

pytestmark = pytest.mark.slow

EXPERIMENT = negatives.EXPERIMENT


def test_entries_above_zero_are_those_with_more_than_k_times_chance(results, wikipedia):
    """M* > 0 where PMI > ln k, from PMI itself; pairs that never occur have 0 there."""
    pmi = gf.pmi(wikipedia.top(negatives.QUICK.words)).todense()
    wanted = [np.mean(pmi > np.log(k)) for k in negatives.QUICK.negatives]
    np.testing.assert_allclose(results["positive"], wanted, rtol=0, atol=1e-12)
    assert wanted[0] > 0.3
    assert wanted[-1] == 0


def test_half_of_the_eigenvalues_stay_above_zero(results):
    """Even at k = 2,000, where no entry is: only the constant direction has sunk, to −2V."""
    words = negatives.QUICK.words
    assert (results["positive_modes"] >= words / 2).all()
    assert abs(float(results["lowest"][-1]) / (-2 * words) - 1) < 0.01


def test_eigenvalues_fall_as_one_over_k_in_the_end(results):
    """What is left out is of the order of the largest P/Π over k = 2,000: two percent at most."""
    scaled = results["eigenvalue"] * results["negatives"] / results["many"]
    np.testing.assert_allclose(scaled[-1, :10], 1.0, atol=0.02)
    assert (scaled[0] < 0.3).all(), "not yet at k = 1"


def test_steps_come_when_predicted_for_every_k(results):
    """Modes beside their neighbours: below 1e-4; and every mode is later with more negatives."""
    errors = abs(results["predicted"].sel(rule="clusters") / results["measured"] - 1)
    assert float(errors.max()) < 1e-4
    assert (results["measured"].median("seed").diff("negatives") > 0).all()


def test_leading_modes_are_shared_with_one_negative(results):
    """Unrelated spaces of five of 200 directions would share a fortieth."""
    shared = results["overlap"].sel(size=5)
    assert float(shared.sel(negatives=1)) == pytest.approx(1.0)
    assert 0.6 < float(shared.sel(negatives=20)) < 1


def test_the_table_has_every_k_and_the_figure_four_panels(results, figures):
    assert list(negatives.table(results)["k"]) == list(negatives.QUICK.negatives)
    ks = len(negatives.QUICK.negatives)
    panels = figures["negatives"].axes
    assert [len(panel.lines) for panel in panels] == [1 + ks, ks, 2 * ks, 2]
