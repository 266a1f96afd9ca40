"""The index rises as predicted, and crosses one where it was predicted to."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import stepness
from tests.experiments.themes import themes

EXPERIMENT = stepness.EXPERIMENT


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes((16, 12, 8), words=40))


@pytest.mark.slow
def test_the_index_is_the_predicted_one(results):
    """Small starts, median of three seeds: 10 %, which is what seeds scatter (d = 10)."""
    small = results.sel(scale=slice(1e-4, 0))
    np.testing.assert_allclose(small["measured"].median("seed"), small["predicted"], rtol=0.1)


@pytest.mark.slow
def test_it_crosses_one_where_predicted(results):
    """To a factor of ten in σ, over fifteen orders of magnitude that it could be."""
    rows = stepness.crossings(results)
    assert (abs(np.log10(rows["measured"] / rows["predicted"])) < 1).all()
    assert list(rows["documents"]) == [100, 400]


@pytest.mark.slow
def test_table_and_figure_show_every_corpus(results, figures):
    assert len(stepness.table(results)) == 2 * 4
    assert len(figures["stepness"].legends[0].get_texts()) == 2 + 4


def test_the_crossing_is_straight_in_the_logarithm_of_the_scale():
    scales = np.array([1e-1, 1e-2, 1e-3, 1e-4])
    assert stepness.crossing(scales, np.array([0.2, 0.8, 1.2, 1.6])) == pytest.approx(10**-2.5)
    assert np.isnan(stepness.crossing(scales, np.array([0.2, 0.4, 0.6, 0.8]))), "never stepwise"
    assert np.isposinf(stepness.crossing(scales, np.array([1.2, 1.4, 1.6, 1.8]))), "always stepwise"
