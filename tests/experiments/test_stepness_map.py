"""Which neighbouring steps are apart is known from eigenvalues, and how small a start has to be."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import stepness_map

pytestmark = pytest.mark.slow

EXPERIMENT = stepness_map.EXPERIMENT


def test_pairs_are_apart_where_predicted(results):
    """All cells but those within a fifth of one, where the luck of five starts decides."""
    measured = results["measured"].median("seed")
    clear = abs(np.log(results["predicted"])) > np.log(1.25)
    assert float(clear.mean()) > 0.85
    assert ((measured > 1) == (results["predicted"] > 1)).where(clear, other=True).all()
    assert {True, False} == set((measured > 1).values.ravel().tolist()), "the map has both sides"


def test_a_start_foretells_its_own_separations(results):
    """Modes beside their neighbours: all of them to 0.005 rise times, 1e-5 where σ is small.

    Relative to those above one: at 1e-60 they are hundreds, whose last bit of float32 is 3e-5.
    """
    errors = abs(results["from_start"] - results["measured"]) / results["measured"].clip(min=1)
    assert float(errors.max()) < 5e-3
    assert float(errors.sel(depth=slice(1e-4, 0)).max()) < 1e-5


def test_separations_grow_by_the_relative_gap(results):
    """Every factor of e in 1/σ adds 4(λ − λ')/(λ + λ')/ln 81 rise times, down to 1e-60.

    Of the first five pairs: modes 7 and 8, five percent apart, still bend each other's rise.
    """
    values = results["eigenvalue"].values
    gaps = 2 * (values[:-1] - values[1:]) / (values[:-1] + values[1:])
    ends = results["measured"].sel(depth=[1e-16, 1e-60])
    slope = (ends[1] - ends[0]) / (44 * np.log(10))
    wanted = np.tile(2 * gaps / np.log(81), (5, 1))
    np.testing.assert_allclose(slope[:, :5], wanted[:, :5], rtol=1e-4)


def test_the_scale_that_steps_need_is_the_predicted_one(results):
    """Half and all of the first five: to a factor of ten in σ; a gap of 13 % decides all."""
    row = stepness_map.needed(results).iloc[0]
    for share in ("half", "all"):
        assert abs(row[f"{share}, predicted"] - row[f"{share}, measured"]) < 1
    scale = 10.0 ** row["all, predicted"]
    spec = gf.spectrum(gf.mstar(gf.load_statistics("wikipedia-2k").top(120)), k=12)
    apart = gf.predict(spec, scale=scale, dim=12).stepness(modes=5, gap=1e-9).separations
    assert apart.min() == pytest.approx(1, abs=1e-3)


def test_pairs_that_are_always_apart_need_the_largest_scale_and_no_smaller(results):
    """Of larger ones nothing is known; drawn, their line is at the edge of the map."""
    apart = results.assign(measured=results["measured"] * 0 + 10)
    row = stepness_map.needed(apart).iloc[0]
    assert row["all, measured"] == row["half, measured"] == np.log10(results["depth"].values[0])
    right = stepness_map.draw(apart).axes[1]
    assert (right.lines[-1].get_ydata() >= max(right.get_ylim())).all()


def test_the_index_crosses_one_within_the_range_of_seeds(results):
    for _, row in stepness_map.crossings(results).iterrows():
        assert row["least seed"] < row["predicted"] < row["largest seed"]


def test_figure_and_table_show_the_whole_map(results, figures):
    cells = [panel.collections[0].get_array().size for panel in figures["stepness_map"].axes[:4]]
    assert cells == [6 * 7, 6 * 7, 6, 6]
    assert stepness_map.agreement(results)["cells"][0] == 6 * 7
