"""`gradflow run`: files, reruns, replaced folders, interruptions."""

import csv
import dataclasses
import errno
import importlib.metadata
import json
import os
import pathlib

import numpy as np
import pytest

import gradflow as gf
import gradflow.studies._rank_increments as rank_increments_module
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import RunOptions
from gradflow.cli._printing import warn_of_limits
from gradflow.cli._run import QUICK, QUICK_WORDS
from gradflow.studies import StudySettings
from tests.studies.tiny import tiny_study

pytestmark = pytest.mark.slow

TINY = ("--dim", 4, "--modes", 3, "--scales", 0.1, 0.001, "--seeds", 2, "--no-figures")
FILES = ["results.nc", "steps.csv", "summary.json"]


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def done(gradflow, instant, out):
    """A run that is there already, and what its summary says."""
    assert gradflow("run", "--out", out, *TINY)[0] == 0
    instant.clear()
    return (out / "summary.json").read_text()


def test_a_run_writes_its_files_and_prints_a_table(gradflow, instant, out):
    code, stdout, stderr = gradflow("run", "--out", out, *TINY)
    assert (code, stderr) == (0, "")
    assert sorted(os.listdir(out)) == FILES
    assert os.listdir(out.parent) == ["out"]
    assert "eigenvalue" in stdout
    assert "predicted by rule qr" in stdout
    assert "  qr " in stdout
    assert "that, less what earlier modes take" in stdout, "each rule in a word"
    assert "Full-batch SGNS on 12 words" in stdout
    assert f"{out}: results.nc, steps.csv, summary.json\n" in stdout
    assert all(len(line) <= 80 for line in stdout.splitlines() if str(out) not in line)
    assert "\x1b" not in stdout
    rows = list(csv.DictReader((out / "steps.csv").read_text().splitlines()))
    assert len(rows) == 12


def test_options_reach_the_settings(gradflow, instant, out):
    gradflow("run", "--out", out, *TINY, "--negatives", 2, "--num-times", 24, "--sgns-words", 0)
    _, settings = instant[0]
    assert (settings.dim, settings.modes, settings.scales) == (4, 3, (0.1, 0.001))
    assert (settings.negatives, settings.num_times, settings.sgns_words) == (2.0, 24, 0)


def test_summary_as_json_and_nothing_else(gradflow, instant, out):
    code, stdout, _ = gradflow("run", "--out", out, *TINY, "--json")
    assert code == 0
    assert json.loads(stdout) == json.loads((out / "summary.json").read_text())
    code, again, stderr = gradflow("run", "--out", out, *TINY, "--json")
    assert (code, again, stderr) == (0, stdout, "")


def test_quiet(gradflow, instant, out):
    assert gradflow("run", "--out", out, *TINY, "--quiet") == (0, "", "")
    assert gradflow("run", "--out", out, *TINY, "--quiet") == (0, "", "")


def test_a_rerun_finds_it_done(gradflow, instant, done, out):
    code, stdout, stderr = gradflow("run", "--out", out, *TINY)
    assert (code, stderr) == (0, "")
    assert stdout == f"already done: {out} (use --force to redo)\n"
    assert not instant
    assert (out / "summary.json").read_text() == done


@pytest.mark.parametrize(
    ("change", "told"),
    [(("--seeds", 3), "--seeds 2"), (("--scales", 0.5), "--scales 0.1 0.001")],
)
def test_other_settings_are_refused(gradflow, instant, done, out, change, told):
    code, stdout, stderr = gradflow("run", "--out", out, *TINY, *change)
    assert (code, stdout) == (2, "")
    assert stderr.startswith("gradflow: error: --out: wanted a new folder, or --force")
    assert stderr.endswith(f"made with {told}\n")
    assert not instant
    assert (out / "summary.json").read_text() == done


def test_other_counts_are_refused(gradflow, instant, done, out, wikipedia, tmp_path):
    path = tmp_path / "sixty.gfs"
    wikipedia.top(60).save(path)
    code, _, stderr = gradflow("run", "--out", out, *TINY, "--counts", path)
    assert code == 2
    assert stderr.endswith("made with wikipedia-2k\n")


@pytest.mark.parametrize(
    ("change", "told"),
    [({"versions": {"gradflow": "0.0.1"}}, "gradflow 0.0.1"), ({"dtype": "float32"}, "float32")],
)
def test_other_versions_are_refused(gradflow, instant, done, out, change, told):
    (out / "summary.json").write_text(json.dumps(json.loads(done) | change))
    assert importlib.metadata.version("gradflow") != "0.0.1"
    code, _, stderr = gradflow("run", "--out", out, *TINY)
    assert code == 2
    assert stderr.endswith(f"made with {told}\n")


def test_figures_that_are_not_there_are_told(gradflow, instant, done, out):
    code, _, stderr = gradflow("run", "--out", out, *TINY[:-1])
    assert code == 2
    assert stderr.endswith("made with no figures\n")


def test_force_replaces(gradflow, instant, done, out):
    code, _, _ = gradflow("run", "--out", out, *TINY, "--negatives", 3, "--force")
    assert code == 0
    assert json.loads((out / "summary.json").read_text())["settings"]["negatives"] == 3
    assert os.listdir(out.parent) == ["out"]


def test_force_spares_other_files(gradflow, instant, done, out):
    (out / "notes.txt").write_text("mine")
    code, _, stderr = gradflow("run", "--out", out, *TINY, "--force")
    assert code == 1
    assert "which holds 'notes.txt'" in stderr
    assert (out / "notes.txt").read_text() == "mine"
    assert not instant


def test_a_damaged_run_is_replaced_only_by_force(gradflow, instant, done, out):
    (out / "summary.json").write_text("{")
    code, _, stderr = gradflow("run", "--out", out, *TINY)
    assert (code, stderr.count("\n")) == (1, 1)
    assert gradflow("run", "--out", out, *TINY, "--force")[0] == 0


def test_an_empty_folder_is_free(gradflow, instant, out):
    out.mkdir()
    assert gradflow("run", "--out", out, *TINY)[0] == 0


@pytest.mark.parametrize("existing", [(), ("--force",)])
def test_interrupted_while_computing(gradflow, instant, out, monkeypatch, existing):
    if existing:
        gradflow("run", "--out", out, *TINY)
    before = sorted(out.parent.rglob("*"))

    def interrupted(stats, settings, progress, judged):
        progress("sweep", 2, 4)
        raise KeyboardInterrupt

    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", interrupted)
    code, stdout, stderr = gradflow("run", "--out", out, *TINY, *existing)
    assert (code, stdout) == (130, "")
    assert stderr == "gradflow: interrupted, nothing was written\n"
    assert sorted(out.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "No space left on device"),
        (RuntimeError("a\nbug"), 1, "unexpected RuntimeError: a bug; rerun with --debug"),
    ],
)
def test_the_old_run_outlives_a_failure_to_write(
    gradflow, instant, done, out, monkeypatch, error, code, told
):
    def failing(study, folder, *rest):
        pathlib.Path(folder, "results.nc").write_bytes(b"half")
        raise error

    monkeypatch.setattr("gradflow.studies._folder.save_study", failing)
    exit_code, stdout, stderr = gradflow("run", "--out", out, *TINY, "--force")
    assert (exit_code, stdout, stderr.count("\n")) == (code, "", 1)
    assert told in stderr
    assert (out / "summary.json").read_text() == done
    assert sorted(os.listdir(out)) == FILES
    assert os.listdir(out.parent) == ["out"]


def test_a_folder_that_cannot_be_written_is_told_first(gradflow, instant, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "out", tmp_path / "none" / "out", "/proc/out", "a\0b"):
        code, stdout, stderr = gradflow("run", "--out", out, *TINY)
        assert (code, stdout, stderr.count("\n")) == (1, "", 1), out
        assert stderr.startswith("gradflow: error: --out: wanted a path"), stderr
    assert not instant


def test_counts_from_a_text(gradflow, instant, out, text):
    few = ("--text", text, "--window", 2, *TINY)
    code, _, _ = gradflow("run", "--out", out, *few)
    stats, _ = instant[0]
    assert code == 0
    assert (stats.vocab_size, stats.window) == (7, 2)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["source"]["name"] == "text.txt"
    assert "counting" in summary["seconds"]


def test_a_rerun_does_not_count_again(gradflow, instant, out, text, monkeypatch):
    arguments = ("run", "--out", out, "--text", text, *TINY)
    gradflow(*arguments)
    assert instant
    monkeypatch.delattr("gradflow.cli._source.count_cooccurrence")
    assert gradflow(*arguments)[1].startswith("already done")
    assert gradflow(*arguments, "--window", 3)[0] == 2
    text.write_text("the dog sat on a red mat\n" * 100)
    code, _, stderr = gradflow(*arguments)
    assert code == 2
    assert stderr.endswith("made with other counts of text.txt\n")


def test_failed_lanes_are_one_line(gradflow, instant, out, monkeypatch):
    study = tiny_study()
    status = study.sweep["status"].copy()
    status[0, 0] = 2
    failed = dataclasses.replace(study, sweep=study.sweep.assign(status=status))
    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", lambda *rest: failed)
    code, _, stderr = gradflow("run", "--out", out, *TINY)
    assert code == 0
    assert stderr == (
        "gradflow: warning: 1 of 4 lanes failed: not_finite: met a number that is not finite\n"
    )


def test_nothing_measured_is_a_table_of_dashes(gradflow, instant, out, monkeypatch):
    study = tiny_study()
    none = study.sweep.assign(measured=study.sweep["measured"] * np.nan)
    nothing = dataclasses.replace(study, sweep=none, sgns=None)
    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", lambda *rest: nothing)
    code, stdout, _ = gradflow("run", "--out", out, *TINY)
    assert code == 0
    assert "nan" not in stdout


def test_the_real_thing_with_figures(gradflow, out, small_stats, small_study, tmp_path):
    """The numbers of the study that tests share, by way of options and files."""
    counts, settings = tmp_path / "small.gfs", small_study.settings
    small_stats.save(counts)
    code, stdout, stderr = gradflow(
        "run", "--counts", counts, "--out", out, "--scales", *settings.scales,
        "--seeds", settings.seeds, "--dim", settings.dim, "--modes", settings.modes,
        "--num-times", settings.num_times, "--sgns-words", settings.sgns_words,
        "--sgns-dim", settings.sgns_dim,
    )  # fmt: skip
    assert (code, stderr) == (0, "")
    assert "figures/" in stdout
    assert sorted(os.listdir(out / "figures")) == sorted(
        f"{name}.{kind}"
        for name in ("training", "step_times", "embeddings")
        for kind in ("png", "pdf")
    )
    saved, wanted = gf.load_study(out), small_study
    np.testing.assert_allclose(saved.sweep["measured"], wanted.sweep["measured"], rtol=1e-9)
    np.testing.assert_allclose(saved.sgns["measured"], wanted.sgns["measured"], rtol=1e-9)
    assert json.loads((out / "summary.json").read_text())["sgns"]["measured"] == settings.sgns_dim


def test_a_figure_with_nothing_to_draw_costs_no_results(gradflow, instant, out, monkeypatch):
    study = tiny_study()
    embeddings = study.embeddings.assign(coordinates=study.embeddings["coordinates"] * np.nan)
    broken = dataclasses.replace(study, embeddings=embeddings, sgns=None)
    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", lambda *rest: broken)
    code, _, stderr = gradflow("run", "--out", out, *TINY[:-1])
    assert code == 0
    assert stderr.startswith("gradflow: warning: figure embeddings was not drawn: ")
    assert "steps.csv" in os.listdir(out)


def test_an_interrupt_that_a_callback_swallows_is_raised_again(gradflow, tmp_path, monkeypatch):
    """As when Ctrl-C lands inside a callback of a compiled library, where Python drops it."""
    import contextlib
    import os
    import signal

    def swallowing(stats, settings, progress, judged):
        progress("spectrum", 0, 1)
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)  # to this thread, at once
        progress("spectrum", 1, 1)
        raise AssertionError("went on")

    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", swallowing)
    # A shell's background job ignores Ctrl-C from birth, and tests may run in one.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code, _, stderr = gradflow("run", "--out", tmp_path / "new")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (code, stderr) == (130, "gradflow: interrupted, nothing was written\n")
    assert os.listdir(tmp_path) == []
    check_interrupted()  # nothing is remembered once the command has ended


def test_a_tiny_text_is_told_so_before_it_runs(gradflow, tmp_path, out, monkeypatch):
    """One line with numbers, on stderr, before the first flow; the run goes on and says it again
    in its summary."""
    random = np.random.default_rng(0)
    words = [f"w{'abcdefghij'[i // 8]}{'abcdefgh'[i % 8]}" for i in range(60)]
    text = tmp_path / "tiny.txt"
    text.write_text("\n".join(" ".join(random.choice(words, 15)) for _ in range(20)))
    order = []
    flows = rank_increments_module._sweep
    monkeypatch.setattr(
        rank_increments_module, "_sweep", lambda *rest: order.append(1) or flows(*rest)
    )
    monkeypatch.setattr(
        "gradflow.cli._run.warn_of_limits",
        lambda report: (order.append(report.warnings), warn_of_limits(report)),
    )
    monkeypatch.setattr("gradflow.cli._run.use_all_cores", lambda: None)
    code, _, stderr = gradflow("run", "--text", text, "--out", out, *TINY, "--sgns-words", 0)
    assert code == 0
    lines = [line for line in stderr.splitlines() if "(corpus)" in line]
    assert len(lines) == 1
    assert lines[0].startswith("gradflow: warning: the theory does not apply (corpus): 300 tokens")
    assert [type(item) for item in order] == [tuple, int]
    validity = json.loads((out / "summary.json").read_text())["validity"]
    assert validity["verdict"] == "does not apply"
    assert gf.load_study(out).validity.as_dict() == validity


def test_a_run_names_its_pictures_and_what_to_doubt(
    gradflow, instant, out, small_study, monkeypatch
):
    """Each respect in which the theory is not fine, the doubtful ones among them, and each file."""
    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", lambda *rest: small_study)
    monkeypatch.setattr("gradflow.cli._run.use_all_cores", lambda: None)
    code, stdout, _ = gradflow("run", "--out", out, *TINY[:-1])
    assert code == 0
    report = small_study.validity
    assert f"How far the theory applies: {report.verdict}\n" in stdout
    for verdict in report.verdicts:
        assert (f"  {verdict}\n" in stdout) == (verdict.level != "fine")
    for name in ("training", "step_times", "embeddings"):
        assert f"  figures/{name}.png, .pdf: " in stdout
    assert stdout.count(f"σ {small_study.settings.shown_scale:g}") >= 2, "pictures say of what"


def test_defaults_come_down_to_what_a_text_has(gradflow, instant, out, text):
    """d = 100 for seven words; asked for, it would be a mistake. A second run finds it done."""
    arguments = ("run", "--text", text, "--vocab-size", 5, "--out", out, "--no-figures")
    assert gradflow(*arguments)[0] == 0
    [(stats, settings)] = instant
    assert (stats.vocab_size, settings.dim, settings.modes) == (5, 5, 5)
    assert gradflow(*arguments)[1].startswith("already done")


def test_quick_is_small_and_leaves_what_is_given(gradflow, instant, out):
    assert gradflow("run", "--quick", "--out", out, "--dim", 7, "--no-figures")[0] == 0
    [(stats, settings)] = instant
    assert stats.vocab_size == QUICK_WORDS
    assert dataclasses.asdict(settings) == dataclasses.asdict(StudySettings(**QUICK | {"dim": 7}))
    told = " ".join(RunOptions.__doc__.split())
    scales = " ".join(f"{scale:.0e}".replace("e-0", "e-") for scale in QUICK["scales"])
    assert (
        f"scales {scales}, {QUICK['seeds']} seeds, d = {QUICK['dim']}, {QUICK['modes']} modes, "
        f"{QUICK['num_times']} times, no SGNS flow, and the {QUICK_WORDS} most frequent words"
    ) in told


def test_the_dimension_of_quick_comes_down_to_few_words(gradflow, instant, out):
    """The default fits a text of seven words; a dimension that was asked for stays."""
    arguments = ("run", "--quick", "--vocab-size", 7, "--out", out, "--no-figures")
    assert gradflow(*arguments)[0] == 0
    gradflow(*arguments, "--force", "--dim", 9)
    assert [settings.dim for _, settings in instant] == [7, 9]


def test_counts_are_cut_to_a_vocabulary(gradflow, instant, out):
    assert gradflow("run", "--vocab-size", 60, "--out", out, *TINY)[0] == 0
    assert instant[0][0].vocab_size == 60
