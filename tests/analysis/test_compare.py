"""Tables hold the numbers that a loop over the dataset finds."""

import itertools

import numpy as np
import pytest
import xarray as xr

import gradflow as gf
from gradflow.analysis._compare import relative_errors


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    shape = (2, 3, 4)
    measured = rng.uniform(1, 2, shape)
    measured[1, 2, 3] = np.nan
    dims = ("scale", "seed", "mode")
    return xr.Dataset(
        {
            "measured": (dims, measured),
            "predicted_paper": (dims, rng.uniform(1, 2, shape)),
            "predicted_qr": (dims, rng.uniform(1, 2, shape)),
            "eigenvalue": ("mode", [9.0, 8.0, 7.0, 6.0]),
        },
        {"scale": [1e-1, 1e-4], "seed": [0, 1, 5], "mode": [1, 2, 3, 4]},
    )


def test_the_table_has_one_row_a_step(data):
    table = gf.steps_table(data)
    names = ["scale", "seed", "mode", "eigenvalue", "measured", "predicted_paper", "predicted_qr"]
    assert list(table.columns) == names
    lanes = itertools.product(range(2), range(3), range(4))
    for row, (scale, seed, mode) in zip(table.itertuples(), lanes, strict=True):
        assert row.scale == data.scale.values[scale]
        assert row.seed == data.seed.values[seed]
        assert row.mode == mode + 1
        assert row.eigenvalue == 9.0 - mode
        np.testing.assert_equal(row.measured, data.measured.values[scale, seed, mode])
        assert row.predicted_qr == data.predicted_qr.values[scale, seed, mode]


def test_the_summary_takes_medians_over_modes_and_seeds(data):
    summary = gf.error_summary(data)
    assert len(summary) == 4, "two scales, two rules"
    for row in summary.itertuples():
        lane = data.sel(scale=row.scale)
        known = [
            abs(predicted / measured - 1)
            for predicted, measured in zip(
                lane[f"predicted_{row.rule}"].values.ravel(),
                lane.measured.values.ravel(),
                strict=True,
            )
            if np.isfinite(measured)
        ]
        assert row.measured == len(known)
        np.testing.assert_allclose(row.median, np.median(known))
        np.testing.assert_allclose(row.largest, max(known))


def test_seed_spread_is_that_of_a_known_spread():
    """Times 0.9, 1 and 1.1 of the median: 10 % and 90 % quantiles lie 0.08 to either side."""
    times = np.array([0.9, 1.0, 1.1])[None, :, None] * np.array([2.0, 3.0])
    dims = ("scale", "seed", "mode")
    data = xr.Dataset(
        {"measured": (dims, times), "predicted_qr": (dims, times), "eigenvalue": ("mode", [2, 1])},
        {"scale": [1.0], "seed": [0, 1, 2], "mode": [1, 2]},
    )
    np.testing.assert_allclose(gf.error_summary(data)["seed_spread"], [0.08])
    assert (gf.error_summary(data)["median"] == 0).all()


def test_a_scale_where_nothing_was_measured_is_nan_without_a_warning(data):
    empty = data.assign(measured=data.measured * np.nan)
    summary = gf.error_summary(empty)
    assert summary["median"].isna().all()
    assert (summary["measured"] == 0).all()


def test_missing_variables_are_named(data):
    for function in (gf.steps_table, gf.error_summary, relative_errors):
        with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'measured'"):
            function(data.drop_vars("measured"))
        with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'predicted_qr'"):
            function(data[["measured", "eigenvalue"]])
        with pytest.raises(gf.ArgumentError, match=r"^data: wanted a dataset, got dict$"):
            function({})
    with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'eigenvalue'"):
        gf.steps_table(data.drop_vars("eigenvalue"))


def test_one_seed_has_no_spread(data):
    summary = gf.error_summary(data.isel(seed=[0]))
    assert summary["seed_spread"].isna().all()
    assert summary["median"].notna().all()


def test_steps_count_where_measured_and_predicted_by_the_rule(data):
    unknown = data.assign(predicted_qr=data.predicted_qr.where(data["mode"] > 1))
    counts = gf.error_summary(unknown).set_index(["scale", "rule"])["measured"]
    assert counts[1e-1, "paper"] == 12
    assert counts[1e-1, "qr"] == 9


def test_effective_rank_counts_equal_directions():
    for count in range(1, 6):
        values = np.zeros(6)
        values[:count] = 0.3
        np.testing.assert_allclose(gf.effective_rank(values), count)
    assert 1 < gf.effective_rank(np.array([1.0, 0.1])) < 2
    assert np.isnan(gf.effective_rank(np.zeros(3)))
