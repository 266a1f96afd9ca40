"""What all experiments share, on one that takes no time: files, records, tables, command line."""

import dataclasses
import hashlib
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

import gradflow as gf
from gradflow.experiments.__main__ import main, make
from gradflow.experiments._framework import Experiment, load_dataset
from gradflow.experiments._tables import as_columns, as_text, write_table
from gradflow.experiments.collection import claim, experiment_names, load_experiment


@dataclasses.dataclass(frozen=True)
class Config:
    vocab_size: int = 4
    factor: float = 2.0


def draw(results):
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot(results["squares"])
    return {"squares": figure}


def table(results):
    return {"table": results["squares"].to_dataframe().reset_index()}


def run(config, corpus=None):
    run.calls.append(config)
    count = 3 if corpus is None else corpus.total_tokens
    return xr.Dataset({"squares": ("mode", config.factor * np.arange(count) ** 2)})


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    monkeypatch.setattr(gf, "use_all_cores", lambda: None)
    run.calls = []
    return run.calls


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("a b c d e\n" * 3)
    return path


def example(**changes):
    values = {
        "name": "example",
        "claim": "Numbers have squares.",
        "full": Config(),
        "quick": Config(factor=3.0),
        "run": run,
        "draw": draw,
        "report": lambda results: f"{results.sizes['mode']} squares",
        "tables": table,
    }
    return Experiment(**values | changes)


def test_a_run_keeps_results_figures_and_tables(tmp_path, calls, capsys):
    out = tmp_path / "out"
    make(example(), ["--out", str(out)])
    names = ["made.json", "results.nc", "squares.pdf", "squares.png", "table.csv"]
    assert sorted(path.name for path in out.iterdir()) == names
    loaded = load_dataset(Config(), out)
    np.testing.assert_array_equal(loaded["squares"], [0, 2, 8])
    assert Config(**json.loads(loaded.attrs["config"])) == calls[0] == Config()
    np.testing.assert_array_equal(pd.read_csv(out / "table.csv")["squares"], [0, 2, 8])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "3 squares"
    assert printed[-1].endswith(" s")


def test_quick_has_a_config_and_a_folder_of_its_own(tmp_path, calls, monkeypatch):
    """In figures/, which is there afterwards; of a checkout, or in the current folder."""
    monkeypatch.setattr("gradflow.experiments.__main__.FIGURES", tmp_path / "figures")
    make(example(), ["--quick"])
    assert calls == [Config(factor=3.0)]
    assert (tmp_path / "figures" / "example-quick" / "results.nc").is_file()


def test_a_text_is_read_to_the_vocabulary_of_the_config_and_recorded(tmp_path, text):
    """Three lines of a to d; the record has config, text, seconds, and all files."""
    out = tmp_path / "out"
    make(example(needs_text=True), ["--text", str(text), "--out", str(out)])
    assert load_dataset(Config(), out).sizes["mode"] == 3 * 4
    record = json.loads((out / "made.json").read_text())
    assert record["config"] == dataclasses.asdict(Config())
    digest = hashlib.sha256(text.read_bytes()).hexdigest()
    assert record["text"] == {"name": "text.txt", "sha256": digest}
    assert record["seconds"] > 0
    assert record["drawn"]
    assert record["files"] == sorted(path.name for path in out.iterdir())


def test_redrawing_takes_what_was_kept_and_runs_nothing(tmp_path, calls):
    out = tmp_path / "out"
    make(example(), ["--out", str(out)])
    before = (out / "results.nc").read_bytes()
    (out / "squares.png").unlink()
    (out / "table.csv").write_text("old")
    make(example(), ["--out", str(out), "--redraw"])
    assert len(calls) == 1
    assert (out / "results.nc").read_bytes() == before
    assert (out / "squares.png").is_file()
    assert (out / "table.csv").read_text() != "old"


def test_a_figure_that_fails_costs_no_results(tmp_path):
    def failing(results):
        raise gf.ArgumentError("results", "something to draw", "nothing")

    with pytest.raises(SystemExit, match=r"^example: results: wanted something to draw, got"):
        make(example(draw=failing), ["--out", str(tmp_path / "out")])
    assert load_dataset(Config(), tmp_path / "out").sizes["mode"] == 3
    assert not json.loads((tmp_path / "out" / "made.json").read_text())["drawn"]


@pytest.mark.parametrize("made_before", [False, True])
def test_what_no_experiment_wrote_is_never_deleted(tmp_path, calls, made_before):
    """Nothing is run either; what the experiment itself wrote is replaced."""
    if made_before:
        make(example(), ["--out", str(tmp_path)])
        make(example(), ["--out", str(tmp_path)])
    thesis, count = tmp_path / "thesis.txt", len(calls)
    thesis.write_text("years of work")
    with pytest.raises(SystemExit, match=r"^example: out: wanted .*, which holds 'thesis.txt'$"):
        make(example(), ["--out", str(tmp_path)])
    assert thesis.read_text() == "years of work"
    assert len(calls) == count


@pytest.mark.parametrize("content", [None, b"", b"no HDF5"])
def test_nothing_to_redraw_is_one_line(tmp_path, content):
    if content is not None:
        (tmp_path / "results.nc").write_bytes(content)
    with pytest.raises(SystemExit, match=r"^example: out: wanted an? .*netCDF file.*, got") as end:
        make(example(), ["--out", str(tmp_path), "--redraw"])
    assert "\n" not in str(end.value)


@pytest.mark.parametrize("name", experiment_names())
def test_every_experiment_says_how_it_is_called(name, capsys):
    """In its module, in its --help, and where a text is needed and there is none."""
    experiment = load_experiment(name)
    assert experiment.claim == claim(name)
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert "--redraw" in printed
    assert ("--text" in printed) == experiment.needs_text
    if experiment.needs_text:
        with pytest.raises(SystemExit, match=rf"^{name}: --text FILE is needed, [^\n]*$"):
            main([name])


def test_without_a_name_all_are_listed_and_a_wrong_one_is_one_line(capsys):
    main([])
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == list(experiment_names())
    assert all(line.endswith(".") for line in lines), "each with its claim"
    with pytest.raises(SystemExit, match=r"^gradflow.experiments: names: wanted some of [^\n]*$"):
        main(["stepnes"])


TABLE = pd.DataFrame(
    {
        "name": ["a", "b"],
        "count": [7_324_396, 2],
        "value": [1 / 3, 233_331.0],
        "mixed": pd.Series([1.23456789, "none"], dtype=object),
        "unknown": [np.nan, 6.51379e-08],
    }
)


def test_tables_have_five_digits_no_large_exponents_and_gaps(tmp_path):
    """Whatever column a float is in; whole numbers stay whole; text and CSV are the same."""
    write_table(TABLE, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text().splitlines() == [
        "name,count,value,mixed,unknown",
        "a,7324396,0.33333,1.2346,",
        "b,2,233330,none,6.5138e-08",
    ]
    words = [
        *("a", "7324396", "0.33333", "1.2346", "NaN"),
        *["b", "2", "233330", "none", "6.5138e-08"],
    ]
    assert as_text(TABLE).split()[5:] == words
    assert as_text(TABLE, TABLE) == f"{as_text(TABLE)}\n\n{as_text(TABLE)}"
    assert as_columns(TABLE[["name", "value"]], "name").split() == [
        *("name", "a", "b"),
        *("value", "0.33333", "233330"),
    ]
