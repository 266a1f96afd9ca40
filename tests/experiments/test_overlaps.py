"""word2vec's eigen-features are those of its own second order, one to one; QWEM's are M*'s."""

import numpy as np
import pytest

from gradflow.experiments import overlaps

pytestmark = pytest.mark.slow

EXPERIMENT = overlaps.EXPERIMENT


@pytest.fixture(scope="module")
def rows(results):
    return overlaps.table(results).set_index(["model", "other", "m"])


def test_trained_qwem_has_the_eigenvectors_of_its_target(results):
    """Else the comparison with it would be one with an unfinished run."""
    apart = abs(results["overlap"].sel(other="QWEM") - results["overlap"].sel(other="$M^*$"))
    assert float(apart.isel(i=slice(8), j=slice(8)).max()) < 0.02


def test_word2vec_is_its_own_second_order_one_to_one(rows):
    """The first eight modes, number for number; with uniform weights only as a space."""
    second_order = rows.loc["word2vec", "word2vec, order 2", 8]
    assert second_order["diagonal"] > 0.9
    uniform = rows.loc["word2vec", "QWEM", 8]
    assert uniform["diagonal"] < 0.5
    assert uniform["shared"] > 0.8


def test_ppmi_shares_the_space_but_not_the_modes(rows):
    """Each of word2vec's modes is spread over several of PPMI's."""
    ppmi, uniform = rows.loc["word2vec", "PPMI", 8], rows.loc["word2vec", "QWEM", 8]
    assert ppmi["nearest"] < 0.6 < 0.7 < uniform["nearest"]
    assert ppmi["shared"] > 0.7


def test_uniform_sgns_first_shares_mode_after_mode_with_m_star_then_drifts(results):
    way = results["way"].sel(model="SGNS, uniform", count=overlaps.QUICK.few).values
    assert way.max() > 0.95
    assert way[-1] < way.max() - 0.1


def test_what_uniform_sgns_adds_are_groups_of_few_words(results):
    """word2vec's and M*'s first modes are spread over three times as many even at this size."""
    words = results["spread"].isel(i=slice(overlaps.QUICK.few)).median("i")
    few = float(words.sel(features="SGNS, uniform"))
    for name in ("word2vec", "$M^*$"):
        assert float(words.sel(features=name)) > 2 * few


def test_the_spread_of_a_mode_counts_its_words():
    u = np.zeros((50, 2))
    u[:4, 0], u[:, 1] = 0.5, 1 / np.sqrt(50)
    np.testing.assert_allclose(overlaps.spread(u), [4, 50])


def test_shares_of_directions_do_not_depend_on_the_basis():
    """Two planes of four dimensions with one direction in common, in turned bases."""
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    u = np.eye(4)[:, :2] @ turn
    v = np.eye(4)[:, 1:3] @ turn.T
    np.testing.assert_allclose(overlaps.shared((u.T @ v) ** 2)[-1], 0.5, atol=1e-14)


def test_every_panel_has_its_overlaps(results, figures):
    images = [axes.images[0] for axes in figures["overlaps"].axes if axes.images]
    assert len(images) == results.sizes["model"] * results.sizes["other"]
    first = results["overlap"].sel(model="word2vec", other="QWEM")
    np.testing.assert_array_equal(images[0].get_array(), first)
