"""Tables hold the numbers that a loop over the dataset finds."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
import xarray as xr

import gradflow as gf
from gradflow.analysis import effective_rank, error_summary, steps_table


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
            "predicted": (("rule", *dims), rng.uniform(1, 2, (2, *shape))),
            "eigenvalue": ("mode", [9.0, 8.0, 7.0, 6.0]),
        },
        {"rule": ["paper", "qr"], "scale": [1e-1, 1e-4], "seed": [0, 1, 5], "mode": [1, 2, 3, 4]},
    )


class Predicted(NamedTuple):
    """What `predict` returns, as far as it is compared."""

    steps: np.ndarray
    eigenvalues: np.ndarray


def test_a_run_beside_two_predictions():
    """Of more modes than were measured, and of fewer; the error is |predicted/measured − 1|."""
    predictions = {
        "qr": Predicted(np.array([1.1, 2.0, 3.0, 9.0]), np.array([4.0, 3.0, 2.0, 1.0])),
        "paper": np.array([1.0, 2.5]),
    }
    table = gf.compare(np.array([1.0, 2.0, np.nan]), predictions)
    assert table.predicted.dims == table.relative_error.dims == ("rule", "mode")
    np.testing.assert_array_equal(table.eigenvalue, [4.0, 3.0, 2.0])
    wanted = [[0.1, 0.0, np.nan], [0.0, 0.25, np.nan]]
    np.testing.assert_allclose(table.relative_error, wanted, atol=1e-15)
    assert table.to_dataframe().shape == (6, 4)


def test_a_dataset_keeps_its_axes(data):
    table = gf.compare(data)
    assert table.relative_error.dims == ("rule", "scale", "seed", "mode")
    wanted = abs(data.predicted.values / data.measured.values - 1)
    np.testing.assert_allclose(table.relative_error, wanted, rtol=1e-14)
    assert "long_name" not in data.measured.attrs, "the caller's own is as it was"


def test_further_axes_are_columns_in_front(data):
    """Of several problems each has the rows that it has alone."""
    several = xr.concat([data, data], xr.Variable("problem", ["a", "b"]))
    table = steps_table(several)
    assert list(table.columns)[:4] == ["problem", "scale", "seed", "mode"]
    alone = steps_table(data)
    for _, rows in table.groupby("problem"):
        np.testing.assert_allclose(rows["measured"], alone["measured"])
        np.testing.assert_allclose(rows["predicted_qr"], alone["predicted_qr"])
    assert list(error_summary(several).columns)[:3] == ["problem", "scale", "rule"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0],), "predictions: wanted a mapping from rules to predictions, at least one"),
        (([1.0], {}), "predictions: wanted a mapping from rules to predictions, at least one"),
        (
            ([1.0], {"qr": [[1.0]]}),
            r"predictions\['qr'\]: wanted step times of shape \(m,\)",
        ),
        (("steps", {"qr": [1.0]}), "measured: wanted an array of numbers"),
        ((xr.Dataset(), {"qr": [1.0]}), "predictions: wanted None, since a dataset holds its own"),
        ((xr.Dataset(),), "data: wanted a dataset with 'measured'"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        gf.compare(*arguments)


def test_the_table_has_one_row_a_step(data):
    table = steps_table(data)
    names = ["scale", "seed", "mode", "eigenvalue", "measured", "predicted_paper", "predicted_qr"]
    assert list(table.columns) == names
    lanes = itertools.product(range(2), range(3), range(4))
    for row, (scale, seed, mode) in zip(table.itertuples(), lanes, strict=True):
        assert row.scale == data.scale.values[scale]
        assert row.seed == data.seed.values[seed]
        assert row.mode == mode + 1
        assert row.eigenvalue == 9.0 - mode
        np.testing.assert_equal(row.measured, data.measured.values[scale, seed, mode])
        assert row.predicted_qr == data.predicted.sel(rule="qr").values[scale, seed, mode]


def test_the_summary_takes_medians_over_modes_and_seeds(data):
    summary = error_summary(data)
    assert len(summary) == 4, "two scales, two rules"
    for row in summary.itertuples():
        lane = data.sel(scale=row.scale)
        errors = [
            abs(predicted / measured - 1)
            for predicted, measured in zip(
                lane.predicted.sel(rule=row.rule).values.ravel(),
                lane.measured.values.ravel(),
                strict=True,
            )
            if np.isfinite(measured)
        ]
        assert row.measured == len(errors)
        np.testing.assert_allclose(row.median, np.median(errors))
        np.testing.assert_allclose(row.largest, max(errors))


def test_seed_spread_is_that_of_a_known_spread():
    """Times 0.9, 1 and 1.1 of the median: 10 % and 90 % quantiles lie 0.08 to either side."""
    times = np.array([0.9, 1.0, 1.1])[None, :, None] * np.array([2.0, 3.0])
    dims = ("scale", "seed", "mode")
    data = xr.Dataset(
        {"measured": (dims, times), "predicted": (("rule", *dims), times[None])},
        {"rule": ["qr"], "scale": [1.0], "seed": [0, 1, 2], "mode": [1, 2]},
    )
    np.testing.assert_allclose(error_summary(data)["seed_spread"], [0.08])
    assert (error_summary(data)["median"] == 0).all()


def test_a_scale_where_nothing_was_measured_is_nan_without_a_warning(data):
    empty = data.assign(measured=data.measured * np.nan)
    summary = error_summary(empty)
    assert summary["median"].isna().all()
    assert (summary["measured"] == 0).all()


def test_missing_variables_are_named(data):
    for function in (steps_table, error_summary, gf.compare):
        with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'measured'"):
            function(data.drop_vars("measured"))
        with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'predicted'"):
            function(data[["measured", "eigenvalue"]])
        with pytest.raises(gf.ArgumentError, match="wanted a dataset whose 'predicted' has an ax"):
            function(data.isel(rule=0))
    for function in (steps_table, error_summary):
        with pytest.raises(gf.ArgumentError, match=r"^data: wanted a dataset, got dict$"):
            function({})
        with pytest.raises(gf.ArgumentError, match="has the axes scale, seed and mode"):
            function(data.isel(seed=0))
    with pytest.raises(gf.ArgumentError, match="wanted a dataset with 'eigenvalue'"):
        steps_table(data.drop_vars("eigenvalue"))


def test_one_seed_has_no_spread(data):
    summary = error_summary(data.isel(seed=[0]))
    assert summary["seed_spread"].isna().all()
    assert summary["median"].notna().all()


def test_steps_count_where_measured_and_predicted_by_the_rule(data):
    is_unknown = (data["mode"] == 1) & (data["rule"] == "qr")
    unknown = data.assign(predicted=data.predicted.where(~is_unknown))
    counts = error_summary(unknown).set_index(["scale", "rule"])["measured"]
    assert counts[1e-1, "paper"] == 12
    assert counts[1e-1, "qr"] == 9


def test_effective_rank_counts_equal_directions():
    for count in range(1, 6):
        values = np.zeros(6)
        values[:count] = 0.3
        np.testing.assert_allclose(effective_rank(values), count)
    assert 1 < effective_rank(np.array([1.0, 0.1])) < 2
    assert np.isnan(effective_rank(np.zeros(3)))
