"""A grid holds what single sweeps give, under the right labels."""

import dataclasses

import jax
import numpy as np
import pytest
from gradflow.studies._grid import _method, sweep_grid
from gradflow.studies._grid_settings import GridSettings

import gradflow as gf

SETTINGS = GridSettings(
    loss=("sgns", "taylor"), negatives=(1.0, 3.0), dim=(3,),
    scale=(1e-2,), seeds=2, words=30, modes=2, num_times=40, rtol=1e-7,
)  # fmt: skip


@pytest.fixture(scope="module")
def grid(wikipedia):
    seen = []
    data = sweep_grid(wikipedia, SETTINGS, lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 8), (8, 8))
    return data


@pytest.mark.slow
def test_axes_are_those_that_were_asked_for(grid):
    sizes = {"loss": 2, "weighting": 1, "negatives": 2, "side": 1, "dim": 1, "scale": 1, "seed": 2}
    assert {name: grid.sizes[name] for name in sizes} == sizes
    assert list(grid.loss.values) == ["sgns", "taylor 2"]
    assert (grid.status == 0).all()
    assert np.isfinite(grid.measured.sel(mode=1)).all()
    assert grid.exact.sel(loss="taylor 2").all()
    assert not grid.exact.sel(loss="sgns").any()


@pytest.mark.slow
def test_one_lane_is_a_solve(grid, wikipedia):
    stats = wikipedia.top(30)
    at = {"loss": "sgns", "negatives": 3.0, "scale": 1e-2, "dim": 3}
    lane = grid.sel(**at, side="tied", seed=1).squeeze()
    start = gf.gaussian_init(jax.random.key(1), 30, 3, 1e-2)
    problem = gf.Contrastive(stats, "uniform", 3.0)
    alone = gf.solve(problem, start, lane.t.values, method=gf.Adaptive(rtol=1e-7))
    np.testing.assert_allclose(lane.singular_values, alone.singular_values, rtol=1e-5)
    np.testing.assert_allclose(lane.objective, alone.loss, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["adaptive", "stabilised"])
def test_every_method_gives_the_same_steps(grid, wikipedia, method):
    """The closed form, its loss included, against integrators with errors of about 1e-7 a step."""
    settings = dataclasses.replace(SETTINGS, loss=("taylor",), method=method)
    data = sweep_grid(wikipedia, settings)
    assert not data.exact.any()
    assert (data.evaluations > 0).all()
    wanted = grid.sel(loss=["taylor 2"])
    assert np.isfinite(data.measured.sel(mode=[1, 2])).all()
    np.testing.assert_allclose(data.measured, wanted.measured, rtol=1e-5)
    np.testing.assert_allclose(data.objective, wanted.objective, rtol=1e-7)
    np.testing.assert_allclose(data.predicted_qr, wanted.predicted_qr, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"tied": True}, gf.Exact),
        ({"tied": True, "weighting": "none"}, gf.Adaptive),
        ({"tied": True, "method": "adaptive"}, gf.Adaptive),
        ({"tied": True, "method": "stabilised"}, gf.Stabilised),
        ({"tied": True, "init": "gaussian"}, gf.Exact),
        ({"tied": False}, gf.Exact),
        ({"tied": False, "init": "gaussian"}, gf.Adaptive),
        ({"tied": False, "method": "exact"}, gf.Exact),
    ],
    ids=str,
)
def test_the_closed_form_is_used_where_there_is_one(two_words, options, expected):
    options = dict(options)
    tied, weighting = options.pop("tied"), options.pop("weighting", "uniform")
    problem = gf.Taylor(two_words, 2, weighting, tied=tied)
    method = _method(problem, GridSettings(untied=not tied, rtol=1e-5, **options))
    assert isinstance(method, expected)
    assert getattr(method, "rtol", 1e-5) == 1e-5


def test_what_has_no_closed_form_is_said_before_any_work(wikipedia):
    settings = GridSettings(
        loss=("taylor", "nce"), method="exact", words=30, dim=(3,), weighting=("uniform", "none")
    )
    reports = []
    with pytest.raises(gf.ArgumentError) as caught:
        sweep_grid(wikipedia, settings, lambda *numbers: reports.append(numbers))
    told = "method: wanted auto, adaptive or stabilised, as taylor 2 with none weighting has no"
    assert str(caught.value) == f"{told} closed form, got exact"
    assert reports == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": ("x",)}, "loss: wanted one of 'sgns', 'nce', 'taylor', got 'x'"),
        ({"loss": ()}, "loss: wanted a sequence of at least one value"),
        ({"order": (3,)}, "order: wanted 1 or even numbers, got 3"),
        ({"weighting": ("none", "none")}, "weighting: wanted different values"),
        ({"negatives": (0.0,)}, "negatives: wanted a finite number above 0"),
        ({"scale": (-1.0,)}, "scale: wanted a finite number above 0"),
        ({"dim": (600,)}, "dim: wanted at most the number of words 500, got 600"),
        ({"stretch": 0.5}, "stretch: wanted at least 1"),
        ({"seeds": 0}, "seeds: wanted an integer of at least 1"),
        ({"method": "rk4"}, "method: wanted one of 'auto', 'exact', 'adaptive', 'stabilised', got"),
        (
            {"method": "exact", "untied": True, "init": "word2vec"},
            "init: wanted balanced, where untied embeddings are followed by the method exact, got",
        ),
    ],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(gf.ArgumentError, match=f"^{message}"):
        GridSettings(**settings)


def test_only_counts_and_enough_words(two_words):
    with pytest.raises(gf.ArgumentError, match=r"^stats: wanted co-occurrence statistics"):
        sweep_grid(np.eye(3))
    with pytest.raises(gf.ArgumentError, match=r"^dim: wanted at most the vocabulary size 2"):
        sweep_grid(two_words, GridSettings())
