"""`gradflow sweep`: one file, one table, nothing left behind."""

import hashlib
import json
import os

import numpy as np
import pytest
import xarray as xr

from gradflow.corpus import count_cooccurrence
from gradflow.io._source import source_fingerprint

TINY = (
    "--vocab-size", 30, "--dims", 3, "--modes", 2, "--num-times", 40, "--seeds", 2,
    "--loss", "taylor", "--scales", 1e-2, 1e-3, "--tied", "--untied",
)  # fmt: skip

pytestmark = pytest.mark.slow


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


@pytest.mark.parametrize(("words", "count"), [((5,), 5), ((), 7)])
def test_a_text_is_counted_with_the_words_and_the_window(
    gradflow, instant, text, tmp_path, words, count
):
    """As many words as are asked for, or all that there are, like those of a statistics file."""
    out = tmp_path / "grid.nc"
    cut = ("--vocab-size", *words) if words else ()
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


def test_counts_are_named_in_the_file(gradflow, instant, tmp_path):
    out = tmp_path / "grid.nc"
    assert gradflow("sweep", "--out", out)[0] == 0
    attributes = xr.open_dataset(out).attrs
    assert json.loads(attributes["source"])["name"] == "wikipedia-2k"
    assert json.loads(attributes["options"])["method"] == "auto"


def test_what_is_wrong_is_said_before_any_work(gradflow, text, tmp_path):
    out = tmp_path / "grid.nc"
    for arguments, code, message in [
        (("--order", 3), 2, "--order: wanted 1 or even numbers, got 3"),
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
