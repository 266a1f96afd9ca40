"""What lies in the files, and that it is what the study holds."""

import csv
import dataclasses
import json
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

import gradflow
from gradflow import DataError
from gradflow.io._json import json_text
from gradflow.studies import load_study
from gradflow.studies._save import save_study
from gradflow.studies._summary import read_summary, summarise

COLUMNS = "scale,seed,mode,eigenvalue,measured,predicted_paper,predicted_qr,predicted_clusters"


def test_three_files_and_no_other(saved):
    assert sorted(os.listdir(saved)) == ["results.nc", "steps.csv", "summary.json"]


def test_steps_have_eight_columns_and_all_digits(saved, study):
    lines = (saved / "steps.csv").read_text().splitlines()
    assert lines[0] == COLUMNS
    rows = list(csv.DictReader(lines))
    assert len(rows) == len(study.steps) == 2 * 2 * 3
    for name in COLUMNS.split(","):
        np.testing.assert_array_equal(
            [float(row[name] or "nan") for row in rows], study.steps[name].to_numpy(float)
        )


def test_a_study_comes_back_as_it_was(saved, study):
    """Arrays with their types, settings, the report in words, and the tables made of them."""
    again = load_study(saved)
    for name in ("sweep", "embeddings", "sgns", "shown"):
        loaded, wanted = getattr(again, name), getattr(study, name)
        xr.testing.assert_equal(loaded, wanted)
        assert {str(v): loaded[v].dtype.kind for v in loaded} == {
            str(v): wanted[v].dtype.kind for v in wanted
        }
    np.testing.assert_array_equal(again.spectrum.eigenvectors, study.spectrum.eigenvectors)
    assert again.spectrum.squared_norm == study.spectrum.squared_norm
    assert again.spectrum.words == study.spectrum.words
    assert again.settings == study.settings
    assert again.validity.lines() == study.validity.lines()
    np.testing.assert_array_equal(again.steps, study.steps)
    np.testing.assert_array_equal(again.errors.to_numpy(), study.errors.to_numpy())


def test_a_study_saves_itself_to_a_new_folder(study, tmp_path):
    summary = study.save(tmp_path / "kept")
    assert read_summary(tmp_path / "kept") == json.loads(json_text(summary))
    with pytest.raises(DataError, match=r"^out: "):
        study.save(tmp_path / "kept")
    study.save(tmp_path / "kept", replace=True)


def test_eigenvectors_may_be_left_out(saved, study, tmp_path):
    """Everything else stays, and the file is smaller by most of their bytes."""
    save_study(study, tmp_path, eigenvectors=False)
    spec = load_study(tmp_path).spectrum
    assert spec.eigenvectors.shape == (0, 4)
    np.testing.assert_array_equal(spec.eigenvalues, study.spectrum.eigenvalues)
    sizes = [(folder / "results.nc").stat().st_size for folder in (saved, tmp_path)]
    assert sizes[0] - sizes[1] > 0.5 * study.spectrum.eigenvectors.nbytes


def test_the_file_opens_with_one_call(saved, study):
    """Main arrays at the root, with units, flags and how they were made; groups beside them."""
    with xr.open_dataset(saved / "results.nc", engine="h5netcdf") as data:
        assert data["singular_values"].dims == ("scale", "seed", "time", "mode")
        assert data["predicted"].dims == ("rule", "scale", "seed", "mode")
        assert "t" in data.coords
        assert data["measured"].attrs["units"].startswith("gradient-flow time")
        assert data["status"].attrs["flag_meanings"].startswith("ok ")
        assert data["singular_values"].encoding["zlib"], "arrays are packed"
        attributes = data.attrs
    assert attributes["gradflow_version"] == gradflow.__version__
    assert attributes["dtype"] == "float64"
    assert json.loads(attributes["settings"])["dim"] == study.settings.dim
    for name in ("spectrum", "shown", "embeddings", "sgns"):
        assert name in attributes["how_to_read"]
        with xr.open_dataset(saved / "results.nc", engine="h5netcdf", group=name) as group:
            assert group.sizes


def test_the_file_opens_as_a_tree(saved, study):
    """Dimensions have one size from the root down, so that the groups may be opened at once."""
    with xr.open_datatree(saved / "results.nc", engine="h5netcdf") as tree:
        assert set(tree.children) == {"spectrum", "shown", "embeddings", "sgns"}
        np.testing.assert_array_equal(tree["measured"], study.sweep["measured"])
        assert tree["sgns/theory"].dims == ("sgns_time", "sgns_mode")
        np.testing.assert_array_equal(tree["sgns/theory"], study.sgns["theory"])
        assert "open_datatree" in tree.attrs["how_to_read"]


def test_summary(saved, study, counts):
    summary = json.loads((saved / "summary.json").read_text())
    assert summary["settings"]["scales"] == [1e-1, 1e-3]
    assert set(summary["settings"]) == {f.name for f in dataclasses.fields(study.settings)}
    assert summary["source"]["name"] == "sixty"
    assert summary["source"]["words"] == 60
    assert summary["source"]["provenance"] == counts.provenance
    assert {"gradflow", "jax", "jaxlib", "numpy", "python", "diffrax"} <= set(summary["versions"])
    assert summary["device"]["platform"] == "cpu"
    assert summary["dtype"] == "float64"
    assert summary["lanes"] == {"total": 4, "failed": {}}
    assert summary["steps"] == {"measured": 12, "looked_for": 12}
    assert summary["shown_scale"] == 1e-3
    assert set(summary["seconds"]) == {"spectrum", "validity", "sweep", "embeddings", "figures"}
    assert summary["sgns"]["words"] == 12
    assert summary["created"].endswith("+00:00")
    assert summary == read_summary(saved)


def test_medians_are_those_of_the_study(saved, study):
    medians = read_summary(saved)["median_relative_error"]
    for row in medians["by_scale"]:
        errors = study.errors[study.errors["scale"] == row["scale"]].set_index("rule")
        for rule in ("paper", "row", "qr", "clusters"):
            assert row[rule] == pytest.approx(errors.loc[rule, "median"], rel=1e-12)
    assert medians["overall"]["clusters"] < medians["overall"]["qr"]
    assert medians["overall"]["qr"] < medians["overall"]["paper"]


def unlearned(study):
    """The same study, if no lane had come through."""
    sweep = study.sweep.assign(
        measured=study.sweep["measured"] * np.nan, status=study.sweep["status"] + 2
    )
    return dataclasses.replace(study, sweep=sweep, sgns=None)


def test_nothing_measured_gives_null_and_empty_fields(study, tmp_path):
    save_study(unlearned(study), tmp_path)
    text = (tmp_path / "summary.json").read_text()
    assert "NaN" not in text
    summary = json.loads(text)
    assert summary["median_relative_error"]["overall"] == dict.fromkeys(
        ("paper", "row", "qr", "clusters")
    )
    assert summary["lanes"] == {"total": 4, "failed": {"not_finite": 4}}
    assert summary["steps"]["measured"] == 0
    assert summary["sgns"] is None
    assert b",," in (tmp_path / "steps.csv").read_bytes()
    assert load_study(tmp_path).sgns is None


def test_json_has_no_numbers_that_readers_refuse():
    text = json_text({"a": [np.nan, np.inf, np.float64(0.1)], "b": np.array([1, 2]), 3: "ω"})
    assert json.loads(text) == {"a": [None, None, 0.1], "b": [1, 2], "3": "ω"}


def test_saving_again_replaces(study, saved, tmp_path):
    save_study(study, tmp_path)
    save_study(study, tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["results.nc", "steps.csv", "summary.json"]


def test_a_missing_folder_is_told(study, tmp_path):
    with pytest.raises(DataError, match="out: wanted a path in an existing folder"):
        save_study(study, tmp_path / "none")


@pytest.mark.parametrize(
    "content", [None, b"", b"not json", b'{"format": "other"}', b"[1]", b"\xff"]
)
def test_a_folder_without_a_run_is_told(tmp_path, content):
    if content is not None:
        (tmp_path / "summary.json").write_bytes(content)
    with pytest.raises(DataError, match="folder: wanted a folder that gradflow wrote a run to"):
        read_summary(tmp_path)


def test_damaged_arrays_are_told(saved, tmp_path):
    (tmp_path / "summary.json").write_bytes((saved / "summary.json").read_bytes())
    with pytest.raises(DataError, match=r"which has no results\.nc"):
        load_study(tmp_path)
    whole = (saved / "results.nc").read_bytes()
    for content in (b"", b"no HDF5", whole[: len(whole) // 2]):
        (tmp_path / "results.nc").write_bytes(content)
        with pytest.raises(DataError, match="folder: wanted an undamaged run") as error:
            load_study(tmp_path)
        assert "\n" not in str(error.value)


FULL_DISK = """
import pathlib, resource, signal, sys
import numpy as np, xarray as xr
from gradflow import DataError, StudySettings
from gradflow.studies import Study
from gradflow.studies._save import save_study
from gradflow.targets import Spectrum
settings = StudySettings(scales=(1.0,), seeds=1, dim=1, modes=1)
lanes = ("scale", "seed", "mode")
rules = ["paper", "row", "qr", "clusters"]
sweep = xr.Dataset(
    {"singular_values": ((*lanes[:2], "time", "mode"), np.random.rand(1, 1, 100000, 1)),
     "status": (lanes[:2], [[0]]), "eigenvalue": ("mode", [1.0]), "measured": (lanes, [[[1.0]]]),
     "predicted": (("rule", *lanes), np.ones((4, 1, 1, 1)))},
    {"scale": [1.0], "seed": [0], "mode": [1], "rule": rules},
)
embeddings = xr.Dataset({}, {"word": ["a"]})
study = Study(settings, Spectrum(np.ones(1), np.ones((1, 1)), 1.0), sweep, embeddings, None, {})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))
try:
    save_study(study, sys.argv[1])
except DataError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on file sizes")
def test_a_disk_that_fills_up_is_an_error_and_no_crash(tmp_path):
    assert resource.RLIMIT_FSIZE is not None
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("out: wanted a path that can be written"), done.stderr
    assert done.returncode == 0
    assert not os.listdir(tmp_path)


def test_summary_counts_failures_by_name(study):
    status = study.sweep["status"].copy()
    status[0, 0], status[1, 1] = 1, 3
    failed = dataclasses.replace(study, sweep=study.sweep.assign(status=status))
    failures = summarise(failed)["lanes"]["failed"]
    assert failures == {"too_many_steps": 1, "start_misses_head": 1}
