"""Of four dials the order of the loss changes least; every one is turned in every place."""

import numpy as np
import pytest

from gradflow.experiments import dial

pytestmark = pytest.mark.slow

EXPERIMENT = dial.EXPERIMENT


def test_every_combination_ran_to_its_end(results):
    assert results.sizes["case"] == 16
    assert (results["status"] == 0).all()


def test_spaces_are_compared_by_squared_cosines(results):
    """Symmetric, one with itself, never above it; unrelated ones would share a twentieth."""
    shared = results["shared"].values
    np.testing.assert_allclose(shared, shared.T, rtol=0, atol=1e-12)
    np.testing.assert_allclose(np.diagonal(shared), 1.0, rtol=0, atol=1e-12)
    assert shared.max() <= 1 + 1e-12
    assert float(results["chance"]) == 0.05


def test_each_dial_is_turned_in_every_place_of_the_others(results):
    """Of 16 combinations of four dials with two positions, eight pairs differ by one dial."""
    counts = dial.turned(results).groupby("dial")["shared"].count()
    assert counts.to_dict() == dict.fromkeys(("order", "side", "negatives", "weighting"), 8)


def test_the_order_changes_the_space_least(results):
    """The quartic loss keeps 95 % of the space that SGNS learns; any other dial loses more."""
    least = dial.turned(results).groupby("dial")["shared"].min()
    assert least["order"] > 0.95
    assert least["order"] > least.drop("order").max() + 0.1


def test_the_quartic_loss_with_uniform_weighting_ends_below_sgns_at_the_same_times(results):
    """The logarithms bend less than parabolas, so SGNS's plateaus are higher; steps come alike."""
    first = results.isel(case=0)
    where = ("weighting", "negatives", "side", "order")
    assert [str(first[name].item()) for name in where] == ["uniform", "1.0", "tied", "2"]
    assert (first["height"] < 1).all()
    np.testing.assert_allclose(first["step"], 1.0, atol=0.05)
    sgns = results.isel(case=1)
    np.testing.assert_allclose(sgns["height"], 1.0)


def test_tables_and_figure_hold_all(results, figures):
    assert set(dial.turned_table(results)["dial"]) == {"order", "side", "negatives", "weighting"}
    assert list(dial.orders_table(results)["order"]) == [2, 2]
    every, dials, orders, _ = figures["dial"].axes
    assert every.images[0].get_array().shape == (16, 16)
    assert len(dials.lines) == 5  # dots of four dials, and chance
    assert len(orders.lines) == 2
