"""The command line that all experiments share, on one that takes no time."""

import dataclasses
import hashlib
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

import gradflow as gf
from experiments import ablation, from_text, predictions, rank_increments, spreads, stepness
from experiments.command import Experiment, load_dataset, main


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


def multiply(config, corpus=None):
    run.calls.append(config)
    count = 3 if corpus is None else corpus.total_tokens
    return xr.Dataset({"squares": ("mode", config.factor * np.arange(count) ** 2)})


def run(config, corpus=None):
    return multiply(config, corpus)


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    monkeypatch.setattr(gf, "use_all_cores", lambda: None)
    run.calls = []
    return run.calls


def example(**changes):
    given = {
        "name": "example",
        "claim": "Numbers have squares.",
        "full": Config(),
        "quick": Config(factor=3.0),
        "run": run,
        "draw": draw,
        "report": lambda results: f"{results.sizes['mode']} squares",
        "tables": table,
    }
    return Experiment(**given | changes)


def test_a_run_keeps_results_figures_and_tables(tmp_path, calls, capsys):
    out = tmp_path / "out"
    main(example(), ["--out", str(out)])
    assert sorted(path.name for path in out.iterdir()) == [
        "made.json", "results.nc", "squares.pdf", "squares.png", "table.csv",
    ]  # fmt: skip
    kept = load_dataset(Config(), out)
    np.testing.assert_array_equal(kept["squares"], [0, 2, 8])
    assert Config(**json.loads(kept.attrs["config"])) == calls[0] == Config()
    np.testing.assert_array_equal(pd.read_csv(out / "table.csv")["squares"], [0, 2, 8])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "3 squares"
    assert printed[-1].endswith(" s")


def test_quick_has_a_config_and_a_folder_of_its_own(tmp_path, calls, monkeypatch):
    monkeypatch.setattr("experiments.command.FIGURES", tmp_path)
    main(example(), ["--quick"])
    assert calls == [Config(factor=3.0)]
    assert (tmp_path / "example-quick" / "results.nc").is_file()


def test_what_is_kept_says_what_it_was_made_of(tmp_path, calls):
    """Config, text and seconds; drawn only once the figures are there."""
    text, out = tmp_path / "text.txt", tmp_path / "out"
    text.write_text("a b c d e\n" * 3)
    main(example(needs_text=True), ["--text", str(text), "--out", str(out)])
    record = json.loads((out / "made.json").read_text())
    assert record["config"] == dataclasses.asdict(Config())
    digest = hashlib.sha256(text.read_bytes()).hexdigest()
    assert record["text"] == {"name": "text.txt", "sha256": digest}
    assert record["seconds"] > 0
    assert record["drawn"]


def test_redrawing_takes_what_was_kept_and_runs_nothing(tmp_path, calls):
    out = tmp_path / "out"
    main(example(), ["--out", str(out)])
    before = (out / "results.nc").read_bytes()
    (out / "squares.png").unlink()
    (out / "table.csv").write_text("old")
    main(example(), ["--out", str(out), "--redraw"])
    assert len(calls) == 1
    assert (out / "results.nc").read_bytes() == before
    assert (out / "squares.png").is_file()
    assert (out / "table.csv").read_text() != "old"


def test_a_figure_that_fails_costs_no_results(tmp_path):
    def failing(results):
        raise gf.ArgumentError("results", "something to draw", "nothing")

    with pytest.raises(SystemExit, match=r"^example: results: wanted something to draw, got"):
        main(example(draw=failing), ["--out", str(tmp_path / "out")])
    assert load_dataset(Config(), tmp_path / "out").sizes["mode"] == 3
    assert not json.loads((tmp_path / "out" / "made.json").read_text())["drawn"]


@pytest.mark.parametrize("content", [None, b"", b"no HDF5"])
def test_nothing_to_redraw_is_one_line(tmp_path, content):
    if content is not None:
        (tmp_path / "results.nc").write_bytes(content)
    with pytest.raises(
        SystemExit, match=r"^example: out: wanted a folder with results, got"
    ) as end:
        main(example(), ["--out", str(tmp_path), "--redraw"])
    assert "\n" not in str(end.value)


def test_a_text_is_read_to_the_vocabulary_of_the_config(tmp_path, calls):
    text = tmp_path / "text.txt"
    text.write_text("a b c d e\n" * 3)
    main(example(needs_text=True), ["--text", str(text), "--out", str(tmp_path / "out")])
    assert load_dataset(Config(), tmp_path / "out").sizes["mode"] == 3 * 4, "three lines of a to d"


@pytest.mark.parametrize("module", [ablation, from_text, predictions, stepness])
def test_without_a_text_there_is_one_line_of_error(module):
    name = module.EXPERIMENT.name
    with pytest.raises(SystemExit, match=rf"^{name}: --text FILE is needed, [^\n]*$"):
        main(module.EXPERIMENT, [])


@pytest.mark.parametrize(
    "module", [ablation, from_text, predictions, rank_increments, spreads, stepness]
)
def test_every_experiment_says_how_it_is_called(module, capsys):
    with pytest.raises(SystemExit) as end:
        main(module.EXPERIMENT, ["--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert "--redraw" in printed
    assert ("--text" in printed) == module.EXPERIMENT.needs_text
    assert f"python -m experiments.{module.EXPERIMENT.name} " in module.__doc__
    assert module.__name__ == f"experiments.{module.EXPERIMENT.name}"
