"""`gradflow sweep`: one file, one table, nothing left behind; its axes hold what solves give."""

import dataclasses
import hashlib
import json
import os

import jax
import numpy as np
import pytest
import xarray as xr

import gradflow as gf
from gradflow.cli._option_groups import SweepAxes
from gradflow.cli._sweep import _method, follow_axes
from gradflow.corpus import count_cooccurrence
from gradflow.io._source import source_fingerprint

TINY = (
    "--vocab-size", 30, "--dims", 3, "--modes", 2, "--num-times", 40, "--seeds", 2,
    "--loss", "taylor", "--scales", 1e-2, 1e-3, "--tied", "--untied",
)  # fmt: skip

AXES = SweepAxes(
    loss=("sgns", "taylor"), negatives=(1.0, 3.0), dims=(3,), scales=(1e-2,), seeds=2, modes=2,
    num_times=40, rtol=1e-7,
)  # fmt: skip


@pytest.fixture(scope="module")
def words(wikipedia):
    return wikipedia.top(30)


@pytest.fixture(scope="module")
def grid(words):
    reports = []
    data = follow_axes(words, AXES, lambda done, total: reports.append((done, total)))
    assert (reports[0], reports[-1]) == ((0, 8), (8, 8))
    return data


@pytest.mark.slow
def test_axes_are_those_that_were_asked_for(grid):
    """The closed form where there is one, an integrator elsewhere."""
    sizes = {"loss_function": 2, "negatives": 2, "scale": 1, "seed": 2}
    assert {name: grid.sizes[name] for name in sizes} == sizes
    assert list(grid.loss_function.values) == ["sgns", "taylor 2"]
    assert (grid.weighting, grid.side) == ("uniform", "tied")
    assert (grid.status == 0).all()
    assert np.isfinite(grid.measured.sel(mode=1)).all()
    assert (grid.evaluations.sel(loss_function="taylor 2") == 0).all()
    assert (grid.evaluations.sel(loss_function="sgns") > 0).all()


@pytest.mark.slow
def test_one_lane_is_a_solve(grid, words):
    lane = grid.sel(loss_function="sgns", negatives=3.0, scale=1e-2, seed=1).squeeze()
    start = gf.gaussian_init(jax.random.key(1), 30, 3, 1e-2)
    problem = gf.Contrastive(words, "uniform", 3.0)
    alone = gf.solve(problem, start, lane.t.values, method=gf.Adaptive(rtol=1e-7))
    np.testing.assert_allclose(lane.singular_values, alone.singular_values, rtol=1e-5)
    np.testing.assert_allclose(lane.loss, alone.loss, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["adaptive", "stabilised"])
def test_every_method_gives_the_same_steps(grid, words, method):
    """The closed form, its loss included, against integrators with errors of about 1e-7 a step."""
    axes = dataclasses.replace(AXES, loss=("taylor",), method=method)
    data = follow_axes(words, axes, None)
    assert (data.evaluations > 0).all()
    wanted = grid.sel(loss_function="taylor 2")
    assert np.isfinite(data.measured.sel(mode=[1, 2])).all()
    np.testing.assert_allclose(data.measured, wanted.measured, rtol=1e-5)
    np.testing.assert_allclose(data.loss, wanted.loss, rtol=1e-7)
    np.testing.assert_allclose(data.predicted, wanted.predicted, rtol=1e-12)


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
    method = _method(problem, SweepAxes(untied=not tied, rtol=1e-5, **options))
    assert isinstance(method, expected)
    assert getattr(method, "rtol", 1e-5) == 1e-5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loss": ("taylor", "nce"), "method": "exact", "weighting": ("uniform", "none")},
            "method: wanted auto, adaptive or stabilised, as taylor 2 with none weighting has no "
            "closed form, got exact",
        ),
        (
            {"method": "exact", "untied": True, "init": "word2vec"},
            "init: wanted balanced, where untied embeddings are followed by the method exact, got "
            "word2vec",
        ),
        ({"loss": ()}, "loss: wanted at least one value, got ()"),
        ({"order": (3,)}, "order: wanted 1 or an even number (odd powers above x vanish), got 3"),
        ({"weighting": ("none", "none")}, "weighting: wanted different values, got ('none', 'no"),
        ({"negatives": (0.0,)}, "negatives: wanted a finite number above 0, got 0.0"),
        ({"scales": (-1.0,)}, "scales: wanted a finite number above 0, got -1.0"),
        ({"dims": (31,)}, "dims: wanted at most the vocabulary size 30, got 31"),
        ({"stretch": 0.5}, "stretch: wanted at least 1, got 0.5"),
        ({"seeds": 0}, "seeds: wanted an integer of at least 1, got 0"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_said_before_any_work(words, changes, message):
    reports = []
    axes = dataclasses.replace(AXES, **changes)
    with pytest.raises(gf.ArgumentError) as error:
        follow_axes(words, axes, lambda *numbers: reports.append(numbers))
    assert str(error.value).startswith(message)
    assert reports == []


@pytest.mark.slow
def test_a_sweep_writes_one_labelled_file_and_a_table(gradflow, tmp_path):
    out = tmp_path / "grid.nc"
    code, stdout, stderr = gradflow("sweep", "--out", out, *TINY)
    assert (code, stderr) == (0, "")
    assert os.listdir(tmp_path) == ["grid.nc"]
    data = xr.open_dataset(out)
    wanted = {"side": 2, "scale": 2, "seed": 2, "time": 40, "mode": 3, "rule": 1}
    assert dict(data.sizes) == wanted, "an axis for each thing that varies"
    assert data.loss_function == "taylor 2"
    assert json.loads(data.attrs["options"])["modes"] == 2
    assert json.loads(data.attrs["source"])["words"] == 30
    first = float(data.measured.sel(mode=1, side="tied", scale=1e-3).median("seed").squeeze())
    assert f"{first:.4g}" in stdout
    assert "exact" in stdout
    assert np.isfinite(data.context_measured.sel(side="untied", mode=1)).all()

    code, stdout, stderr = gradflow("sweep", "--out", out, *TINY)
    assert code == 1
    assert stderr.startswith("gradflow: error: --out: wanted a new file, or --force")
    code, stdout, stderr = gradflow("sweep", "--out", out, "--force", "--json", *TINY)
    assert code == 0
    rows = json.loads(stdout)["runs"]
    assert [row["failed"] for row in rows] == [0] * 4


@pytest.fixture
def instant(monkeypatch):
    """The grid is there at once; the list says with what it was asked for."""
    asked = []

    def grid(stats, axes, progress):
        asked.append((stats, axes))
        axes = ("loss_function", "weighting", "negatives", "side", "dim", "scale", "seed")
        labels = ("sgns", "uniform", 1.0, "tied", 2, 1e-4, 0)
        single, steps = np.ones((1,) * len(axes)), np.ones((1,) * len(axes) + (2,))
        return xr.Dataset(
            {
                **dict.fromkeys(("status", "evaluations"), (axes, 0 * single)),
                "measured": ((*axes, "mode"), steps),
                "predicted": (("rule", *axes, "mode"), steps[None]),
            },
            {axis: [label] for axis, label in zip(axes, labels, strict=True)} | {"rule": ["qr"]},
        )

    monkeypatch.setattr("gradflow.cli._sweep.follow_axes", grid)
    monkeypatch.setattr("gradflow.cli._sweep.use_all_cores", lambda: None)
    return asked


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "count"), [((5,), 5), ((), 7)])
def test_a_text_is_counted_with_the_words_and_the_window(
    gradflow, instant, text, tmp_path, asked, count
):
    """As many words as are asked for, or all that there are, like those of a statistics file."""
    out = tmp_path / "grid.nc"
    cut = ("--vocab-size", *asked) if asked else ()
    options = (*cut, "--window-weight", "flat", "--dims", 2, "--method", "stabilised")
    code, _, stderr = gradflow("sweep", "--text", text, "--window", 3, "--out", out, *options)
    assert (code, stderr) == (0, "")
    [(stats, axes)] = instant
    assert (stats.vocab_size, stats.window) == (count, 3)
    assert (axes.method, axes.dims) == ("stabilised", (2,))
    wanted = count_cooccurrence(str(text), count, 3, weighting="flat")
    assert source_fingerprint(stats) == source_fingerprint(wanted)
    source = json.loads(xr.open_dataset(out).attrs["source"])
    assert source["name"] == "text.txt"
    assert source["text"]["sha256"] == hashlib.sha256(text.read_bytes()).hexdigest()


@pytest.mark.slow
def test_counts_are_named_in_the_file(gradflow, instant, tmp_path):
    out = tmp_path / "grid.nc"
    assert gradflow("sweep", "--out", out)[0] == 0
    attributes = xr.open_dataset(out).attrs
    assert json.loads(attributes["source"])["name"] == "wikipedia-2k"
    assert json.loads(attributes["options"])["method"] == "auto"


@pytest.mark.slow
def test_what_is_wrong_is_said_before_any_work(gradflow, text, tmp_path):
    out = tmp_path / "grid.nc"
    for arguments, code, message in [
        (("--order", 3), 2, "--order: wanted 1 or an even number (odd powers"),
        (("--loss", "x"), 2, "--loss: wanted some of sgns, nce, taylor, got 'x'"),
        (("--counts", "missing"), 2, "--counts: wanted a statistics file"),
        (("--dims", 501), 2, "--dims: wanted at most the vocabulary size 500, got 501"),
        (("--method", "x"), 2, "--method: wanted one of auto, exact, adaptive, stabilised"),
        (("--method", "exact"), 2, "--method: wanted auto, adaptive or stabilised, as sgns with"),
        (
            ("--method", "exact", "--untied", "--init", "gaussian"),
            2,
            "--init: wanted balanced, where untied embeddings are followed by the method exact",
        ),
        (("--text", "a", "--counts", "b"), 2, "--text: wanted either --text or --counts, got both"),
        (("--window", 2), 2, "--window: wanted --text beside it, got 2 without a text"),
        (("--text", text, "--window", 0), 2, "--window: wanted an integer of at least 1, got 0"),
        (("--text", text, "--dims", 12), 2, "--dims: wanted at most the vocabulary size 7, got"),
        (("--text", "missing"), 1, "--text: wanted a text file"),
    ]:
        exit_code, stdout, stderr = gradflow("sweep", "--out", out, *arguments)
        assert (exit_code, stdout) == (code, ""), stderr
        assert message in stderr
        assert stderr.count("\n") == 1
    assert os.listdir(tmp_path) == [text.name]
