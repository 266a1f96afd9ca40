"""`gradflow figures`: all experiments, one after the other, none twice, none stopped by another."""

import functools
import importlib
import importlib.metadata
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import types

import pytest

import gradflow as gf
from gradflow.cli._figures import ENTRY_POINTS, OWN_EXPERIMENTS, load_collection
from gradflow.experiments import collection
from gradflow.experiments.collection import FIGURES, experiment_names, load_experiment

ROOT = pathlib.Path(__file__).parents[2]

# What each of them has done is in RUNS, which one test after the other empties.
SHARED = """
import dataclasses
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from gradflow.experiments._framework import Experiment

RUNS, DRAWN = [], []

@dataclasses.dataclass(frozen=True)
class Config:
    vocab_size: int = 4
    count: int = 3

def example(name, **changes):
    def run(config, corpus=None):
        RUNS.append((name, config.count, None if corpus is None else corpus.total_tokens))
        return xr.Dataset({"squares": ("mode", np.arange(config.count) ** 2)})

    def draw(results):
        DRAWN.append(name)
        return {"squares": Figure(figsize=(1, 1))}

    given = {"run": run, "draw": draw, "report": str} | changes
    sizes = {"full": Config(), "quick": Config(count=2)}
    return Experiment(name=name, claim=f"The claim of {name}.", **sizes, **given)
"""
MODULES = {
    "__init__": "",
    "_shared": SHARED,
    "first": 'EXPERIMENT = example("first")',
    "second": 'EXPERIMENT = example("second", needs_text=True, quick_needs_text=False)',
    "wrong": """
import gradflow as gf
def run(config):
    raise gf.SolveError("the flow burst\\nat once")
EXPERIMENT = example("wrong", run=run)
""",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """Three experiments that take no time: a plain one, one from a text, one that fails."""
    folder = tmp_path_factory.mktemp("path") / "stand_ins"
    folder.mkdir()
    for name, content in MODULES.items():
        head = "" if name.startswith("_") else "from stand_ins._shared import example\n"
        (folder / f"{name}.py").write_text(head + content)
    sys.path.insert(0, str(folder.parent))
    yield importlib.import_module("stand_ins._shared")
    sys.path.remove(str(folder.parent))
    for name in [name for name in sys.modules if name.split(".")[0] == "stand_ins"]:
        del sys.modules[name]


class Declared:
    """An entry point that an installed package would declare: the experiments above."""

    @staticmethod
    def load():
        return types.SimpleNamespace(
            experiment_names=functools.partial(collection.experiment_names, "stand_ins"),
            task=functools.partial(collection.task, package="stand_ins"),
            FIGURES=collection.FIGURES,
            Text=collection.Text,
        )


def declare(monkeypatch, *entry_points):
    """Let installed packages declare these, whatever the environment's own metadata say."""
    installed = importlib.metadata.entry_points

    def declared(**group):  # others ask for theirs, such as Numba when it first compiles
        return entry_points if group == {"group": "gradflow.experiments"} else installed(**group)

    monkeypatch.setattr(importlib.metadata, "entry_points", declared)


@pytest.fixture
def stand_ins(package, monkeypatch):
    declare(monkeypatch, Declared)
    monkeypatch.setattr(gf, "use_all_cores", lambda: None)
    package.RUNS.clear()
    package.DRAWN.clear()
    return package


@pytest.fixture
def make(gradflow, stand_ins, tmp_path):
    """`gradflow figures --out` a folder that is there: (exit code, lines of stdout, of stderr)."""
    out = tmp_path / "figures"
    out.mkdir()

    def call(*arguments):
        code, stdout, stderr = gradflow("figures", "--out", out, *arguments)
        return code, stdout.splitlines(), stderr.splitlines()

    return call


def test_one_that_fails_stops_no_other(make, stand_ins, tmp_path, text):
    code, stdout, stderr = make("--text", text)
    assert code == 1
    assert stderr == ["gradflow: error: wrong: the flow burst at once"]
    assert stand_ins.RUNS == [("first", 3, None), ("second", 3, 400)], "100 lines of 4 words"
    assert sorted(os.listdir(tmp_path / "figures")) == ["first", "second"]
    assert stdout[0] == "first: never made here"
    assert re.match(r"first: made in [\d.]+ s, ", stdout[1])
    assert stdout[-1].startswith("2 made, 1 failed: ")


def test_what_is_done_is_not_done_again(make, stand_ins):
    assert make("first")[0] == 0
    code, stdout, stderr = make("first")
    assert (code, stderr) == (0, [])
    assert re.match(r"first: already done in [\d.]+ s, .* \(--again makes it anew\)$", stdout[0])
    assert stdout[1].startswith("1 already done: ")
    assert len(stand_ins.RUNS) == 1
    code, stdout, _ = make("first", "--again")
    assert code == 0
    assert re.fullmatch(r"first: took [\d.]+ s last time", stdout[0])
    assert len(stand_ins.RUNS) == 2


def test_an_interruption_keeps_what_was_finished(make, stand_ins, monkeypatch, text):
    """The second is interrupted; the next call begins with it."""
    second = load_experiment("second", "stand_ins")
    with monkeypatch.context() as patch:

        def interrupted(config, corpus):
            raise KeyboardInterrupt

        patch.setitem(vars(second), "run", interrupted)
        code, _, stderr = make("first", "second", "--text", text)
    assert code == 130
    assert stderr == [
        "gradflow: interrupted, what was finished before second is kept: the same command goes on "
        "from there"
    ]
    code, stdout, _ = make("first", "second", "--text", text)
    assert code == 0
    assert [name for name, *_ in stand_ins.RUNS] == ["first", "second"]
    assert stdout[-1].startswith("1 made, 1 already done: ")


def test_results_without_figures_are_only_drawn(make, stand_ins, monkeypatch):
    """A figure that failed costs no second run."""
    first = load_experiment("first", "stand_ins")

    def failing(results):
        raise ValueError("no room")

    with monkeypatch.context() as patch:
        patch.setitem(vars(first), "draw", failing)
        code, _, stderr = make("first")
    assert code == 1
    assert stderr == ["gradflow: error: first: unexpected ValueError: no room"]
    assert make("first")[0] == 0
    assert len(stand_ins.RUNS) == len(stand_ins.DRAWN) == 1
    assert make("first")[1][0].startswith("first: already done")


@pytest.mark.parametrize("change", ["config", "text", "results"])
def test_other_settings_another_text_or_lost_results_are_made_anew(
    make, stand_ins, tmp_path, text, change
):
    assert make("second", "--text", text)[0] == 0
    folder = tmp_path / "figures" / "second"
    if change == "config":
        record = json.loads((folder / "made.json").read_text())
        record["config"]["count"] = 5
        (folder / "made.json").write_text(json.dumps(record))
    elif change == "text":
        text.write_text("a b c d\n" * 2)
    else:
        (folder / "results.nc").unlink()
    assert make("second", "--text", text)[0] == 0
    assert len(stand_ins.RUNS) == 2


def test_without_a_text_what_is_there_will_do_and_the_rest_is_told(make, stand_ins, text):
    code, _, stderr = make("second")
    assert code == 1
    assert len(stderr) == 1
    assert stderr[0].startswith("gradflow: error: second: --text: wanted FILE, one document a line")
    assert make("second", "--text", text)[0] == 0
    assert make("second")[1][0].startswith("second: already done")


def test_quick_sizes_have_folders_of_their_own(make, stand_ins, tmp_path):
    assert make("first", "second", "--quick")[0] == 0, "the second needs no text then"
    assert stand_ins.RUNS == [("first", 2, None), ("second", 2, None)]
    assert sorted(os.listdir(tmp_path / "figures")) == ["first-quick", "second-quick"]


def test_redrawing_runs_nothing(make, stand_ins, tmp_path):
    code, _, stderr = make("first", "--redraw")
    assert code == 1
    assert stderr[0].startswith("gradflow: error: first: out: wanted a netCDF file")
    make("first")
    (tmp_path / "figures" / "first" / "squares.png").unlink()
    assert make("first", "--redraw")[0] == 0
    assert (tmp_path / "figures" / "first" / "squares.png").is_file()
    assert len(stand_ins.RUNS) == 1


def test_as_json(make, stand_ins):
    code, stdout, _ = make("first", "wrong", "--json")
    first, wrong = json.loads("\n".join(stdout))["experiments"]
    assert code == 1
    assert first["state"] == "made"
    assert first["seconds"] > 0
    assert first["last_seconds"] is None
    assert (wrong["state"], wrong["error"]) == ("failed", "the flow burst at once")


def test_the_list_says_what_is_there_and_makes_nothing(make, stand_ins):
    make("first")
    code, stdout, stderr = make("--list")
    assert (code, stderr) == (0, [])
    assert [line.split()[:2] for line in stdout] == [
        ["first:", "done"], ["second:", "to"], ["wrong:", "to"],
    ]  # fmt: skip
    assert stdout[1].endswith("The claim of second.")
    assert len(stand_ins.RUNS) == 1


def test_quiet(make):
    assert make("first", "--quiet") == (0, [], [])


def test_what_is_wrong_is_one_line(gradflow, stand_ins, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, code, message in [
        (("third",), 2, "NAME: wanted some of first, second, wrong, got 'third'"),
        (("--out", "none"), 1, "--out: wanted a path in an existing folder"),
        (("--text", "none"), 1, "--text: wanted a file that can be read, got 'none': No such file"),
    ]:
        exit_code, stdout, stderr = gradflow("figures", *arguments)
        assert (exit_code, stdout) == (code, "")
        assert message in stderr
        assert stderr.count("\n") == 1
    assert not stand_ins.RUNS


def test_a_checkout_that_nobody_installed_has_its_own_experiments(monkeypatch):
    """What it falls back to is what pyproject.toml declares for those who install it."""
    declare(monkeypatch)
    assert load_collection() is collection
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert declared[ENTRY_POINTS] == {OWN_EXPERIMENTS.name: OWN_EXPERIMENTS.value}


def test_without_experiments_it_says_so(gradflow, monkeypatch):
    declare(monkeypatch)
    monkeypatch.setitem(sys.modules, OWN_EXPERIMENTS.value, None)  # as if it were not there
    code, stdout, stderr = gradflow("figures")
    assert (code, stdout) == (1, "")
    assert stderr.startswith("gradflow: error: experiments: wanted a gradflow that has ")
    assert stderr.count("\n") == 1


LOAD = """
import importlib.metadata, sys
before = list(sys.path)
from gradflow.cli._figures import load_collection
for declared in ((), importlib.metadata.entry_points(group="gradflow.experiments")):
    importlib.metadata.entry_points = lambda *, group: declared
    print(load_collection().__file__)
assert sys.path == before
"""


def test_nothing_in_the_current_folder_is_executed(tmp_path):
    """Folders of the experiments' names are no reason to import them; sys.path stays as it is."""
    for folder in (tmp_path / "experiments", tmp_path / "gradflow" / "experiments"):
        folder.mkdir(parents=True)
        for name in ("__init__.py", "collection.py"):
            (folder / name).write_text("raise SystemExit('executed')")
    process = subprocess.run(
        [sys.executable, "-P", "-c", LOAD], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(pathlib.Path(gf.__file__).parents[1])}, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines() == [collection.__file__] * 2


def test_every_experiment_is_found_tested_and_in_the_gallery():
    sources = ROOT / "experiments"
    there = {path.parent.name for path in sources.glob("*/__init__.py")}
    there |= {p.stem for p in sources.glob("*.py") if "EXPERIMENT = Experiment(" in p.read_text()}
    assert set(experiment_names()) == there
    gallery = (FIGURES / "README.md").read_text()
    for name in experiment_names():
        assert load_experiment(name).name == name
        assert f"python -m gradflow.experiments {name} " in gallery, name
        assert f"({name}/" in gallery, f"{name} has no figure in the gallery"
        assert (ROOT / "tests" / "experiments" / f"test_{name}.py").is_file(), name


def test_pictures_of_the_gallery_are_there():
    gallery = (FIGURES / "README.md").read_text()
    shown = [link.split(")")[0] for link in gallery.split("](")[1:]]
    missing = [name for name in shown if name.endswith(".png") and not (FIGURES / name).is_file()]
    assert not missing
    for folder in {name.split("/")[0] for name in shown if name.endswith(".png")}:
        assert (FIGURES / folder / "results.nc").is_file(), "what it shows is kept beside it"
