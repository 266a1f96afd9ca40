"""`gradflow sweep`: one file, one table, nothing left behind."""

import json
import os

import numpy as np
import pytest
import xarray as xr

TINY = (
    "--words", 30, "--dim", 3, "--modes", 2, "--num-times", 40, "--seeds", 2,
    "--loss", "taylor", "--scale", 1e-2, 1e-3, "--tied", "--untied",
)  # fmt: skip

pytestmark = pytest.mark.slow


def test_a_sweep_writes_one_labelled_file_and_a_table(gradflow, tmp_path):
    out = tmp_path / "grid.nc"
    code, stdout, stderr = gradflow("sweep", "--out", out, *TINY)
    assert (code, stderr) == (0, "")
    assert os.listdir(tmp_path) == ["grid.nc"]
    data = xr.open_dataset(out)
    assert dict(data.sizes) == {
        "loss": 1, "weighting": 1, "negatives": 1, "side": 2, "dim": 1, "scale": 2, "seed": 2,
        "time": 40, "mode": 3,
    }  # fmt: skip
    assert json.loads(data.attrs["settings"])["words"] == 30
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


def test_what_is_wrong_is_said_before_any_work(gradflow, tmp_path):
    out = tmp_path / "grid.nc"
    for arguments, code, message in [
        (("--order", 3), 2, "--order: wanted 1 or even numbers, got 3"),
        (("--loss", "x"), 2, "invalid choice 'x' for argument '--loss'"),
        (("--counts", "missing"), 1, "--counts: wanted a statistics file"),
        (("--dim", 501), 2, "--dim: wanted at most the number of words 500, got 501"),
    ]:
        found, stdout, stderr = gradflow("sweep", "--out", out, *arguments)
        assert (found, stdout) == (code, ""), stderr
        assert message in stderr
        assert stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []
