"""Wrong input is one line and exit code 2 or 1; help and version."""

import dataclasses
import importlib.resources
import json
import os
import re
import shutil
import subprocess
import typing

import pytest

from gradflow.cli._commands import ROOT, Command
from gradflow.cli._option_groups import CountingOptions
from gradflow.cli._parse import flag, option_kinds
from gradflow.studies import StudySettings


def commands(group=ROOT, path=()):
    for name, item in group.commands.items():
        if isinstance(item, Command):
            yield (*path, name)
        else:
            yield from commands(item, (*path, name))


def command(path):
    item = ROOT
    for name in path:
        item = item.commands[name]
    return item


def is_positional(options, name):
    """Whether a value is known by its place alone, so that there is nothing to complete."""
    hint = typing.get_type_hints(options, include_extras=True).get(name)
    return "Positional" in map(repr, getattr(hint, "__metadata__", ()))


def embedded():
    return (importlib.resources.files("gradflow.corpus") / "data/wikipedia-2k.gfs").read_bytes()


COMMANDS = list(commands())


def files(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "binary").write_bytes(b"a b\0c d\n")
    (tmp_path / "latin").write_bytes("ein schönes Wort\n".encode("latin-1"))
    (tmp_path / "words").write_text("one two three two one\n")
    (tmp_path / "single").write_text("one\n")
    (tmp_path / "damaged.gfs").write_bytes(embedded()[:5000])


WRONG = [
    (2, "COMMAND: wanted one of run, sweep, ", "nope"),
    (2, "COMMAND: wanted one of count, info", "data nope"),
    (2, "Unrecognized options: --nope", "run --nope"),
    (2, "Unrecognized options: --dimm, 3", "run --dimm 3"),
    (2, "--seeds: wanted an integer, got 'x'", "run --seeds x"),
    (2, "--negatives: wanted a number, got 'x'", "run --negatives x"),
    (2, "--scales: wanted numbers, got 'x'", "run --scales x"),
    (2, "Missing value for argument '--dim'", "run --dim"),
    (2, "--window-weight: wanted one of linear, flat, got 'x'", "run --window-weight x"),
    (2, "got 'flatt'; did you mean 'flat'? (see", "run --window-weight flatt"),
    (2, "got 'rnu'; did you mean 'run'?", "rnu"),
    (2, "Unrecognized options: --scale, 1; did you mean '--scales'?", "run --scale 1"),
    (2, "--vocab-size: wanted an integer, got 'x'", "sweep --vocab-size x"),
    (2, "--counts: wanted a statistics file, or an embedded name", "run --counts wikipedia2k"),
    (2, "which is neither; did you mean 'wikipedia-2k'?", "info wikipedia2k"),
    (2, "nothing at 'googel'; did you mean 'google'?", "evaluate words --analogies googel"),
    (1, "VECTORS: wanted a file of word vectors, got nothing at 'no'", "evaluate no --analogies x"),
    (1, "--text: wanted a text file", "run --text missing --out none/out"),
    (1, "TEXT: wanted a text file", "embed missing --out none/x"),
    (1, "--text: wanted a text file", "sweep --text missing --out none/x"),
    (2, "--vocab-size: wanted 1 to 2000, the number of words", "run --vocab-size 2001"),
    (2, "--dim: wanted an integer of at least 1, got 0", "run --dim 0"),
    (2, "--modes: wanted an integer of at least 1, got 0", "run --dim 4 --modes 0"),
    (2, "--negatives: wanted a finite number above 0", "run --negatives -1"),
    (2, "--dim: wanted at most the vocabulary size 2000", "run --dim 2001"),
    (2, "--window: wanted --text beside it", "run --window 2"),
    (2, "--text: wanted either --text or --counts, got both", "run --text a --counts b"),
    (2, "--window: wanted an integer of at least 1, got 0", "run --text words --window 0"),
    (2, "--vocab-size: wanted at most 3, the number", "run --text words --vocab-size 4"),
    (2, "--dim: wanted at most the vocabulary size 3", "run --text words --dim 4 --modes 1"),
    (1, "--text: wanted a text file", "run --text missing"),
    (1, "--text: wanted a text, got the empty file", "run --text empty"),
    (1, "--text: wanted UTF-8 text, got a binary file", "run --text binary"),
    (1, "--text: wanted UTF-8 text, got byte 0xf6", "run --text latin"),
    (1, "--text: wanted documents with at least two words", "run --text single"),
    (2, "--counts: wanted a statistics file, or an embedded", "run --counts missing"),
    (1, "--counts: wanted an undamaged statistics file", "run --counts damaged.gfs"),
    (1, "--counts: wanted a statistics file written", "run --counts words"),
    (1, "--out: wanted a path in an existing folder", "run --out none/out"),
    (2, "missing: TEXT --out FILE", "data count"),
    (1, "TEXT: wanted a text file", "data count missing --out x.gfs"),
    (1, "--out: wanted a path in an existing folder", "data count words --out none/x"),
    (1, "--out: wanted a path for a file, got the folder", "data count words --out ."),
    (2, "--min-count: wanted a count", "data count words --out x --min-count 9"),
    (1, "NAME-OR-FILE: wanted an undamaged", "data info damaged.gfs"),
    (2, "missing: NAME-OR-FILE", "data info"),
    (2, "NAME: wanted one of 'text8'", "data download nope"),
    (1, "NAME-OR-FILE: wanted a statistics file", "info missing.gfs"),
    (2, "--modes: wanted an integer of at least 1", "info wikipedia-2k --modes 0"),
]


@pytest.mark.parametrize(("code", "told", "line"), WRONG, ids=[case[-1] for case in WRONG])
def test_wrong_input_is_one_line(gradflow, tmp_path, monkeypatch, code, told, line):
    files(tmp_path)
    before = sorted(os.listdir(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gradflow.cli._run.use_all_cores", lambda: None)
    monkeypatch.setattr("gradflow.cli._modes.use_all_cores", lambda: None)
    exit_code, stdout, stderr = gradflow(*line.split())
    assert (exit_code, stdout) == (code, ""), stderr
    assert stderr.startswith("gradflow: error: ")
    assert told in stderr
    assert stderr.count("\n") == 1
    assert "Traceback" not in stderr
    assert sorted(os.listdir(tmp_path)) == before


def test_negative_scales_are_told(gradflow, tmp_path, monkeypatch, wikipedia):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gradflow.cli._run.use_all_cores", lambda: None)
    wikipedia.top(20).save("twenty.gfs")
    few = ("--counts", "twenty.gfs", "--dim", 2, "--modes", 2)
    for option, value in (("--scales", -0.1), ("--seeds", 0), ("--num-times", 3)):
        code, _, stderr = gradflow("run", *few, option, value)
        assert code == 2
        assert stderr.startswith(f"gradflow: error: {option}: wanted"), stderr


def test_debug_shows_the_traceback(gradflow, tmp_path):
    code, _, stderr = gradflow("data", "info", tmp_path / "none.gfs", "--debug")
    assert code == 1
    assert stderr.startswith("Traceback")
    assert stderr.splitlines()[-1].startswith("gradflow: error: NAME-OR-FILE: ")


def test_version(gradflow):
    code, stdout, _ = gradflow("--version")
    assert code == 0
    assert re.fullmatch(r"gradflow \d+\.\d+\.\d+\n", stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(gradflow, shell):
    code, stdout, stderr = gradflow("--completion", shell)
    assert (code, stderr) == (0, "")
    for path in COMMANDS:
        assert path[-1] in stdout
        for name in option_kinds(command(path).options_type):
            if not is_positional(command(path).options_type, name):
                assert flag(name) in stdout
    assert gradflow("--completion", "csh")[0] == gradflow("--completion")[0] == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="runs bash")
def test_bash_completes(gradflow, tmp_path):
    script = tmp_path / "completion.bash"
    script.write_text(gradflow("--completion", "bash")[1])
    for words, wanted in [
        (("da",), "data"),
        (("data", "cou"), "count"),
        (("data", "count", "--vo"), "--vocab-size"),
        (("run", "--window-weight", "l"), "linear"),
    ]:
        line = " ".join(words)
        run = f"COMP_WORDS=(gradflow {line}); COMP_CWORD={len(words)}; _tyro_gradflow gradflow "
        run += f"{words[-1]} {('gradflow', *words)[-2]}; echo ${{COMPREPLY[@]}}"
        said = subprocess.run(
            ["bash", "-c", f"source {script}; {run}"], capture_output=True, text=True, check=True
        )
        assert said.stdout.split() == [wanted], said.stdout


def test_no_command_is_wrong_usage(gradflow):
    code, stdout, stderr = gradflow()
    assert (code, stdout) == (2, "")
    assert stderr.startswith("usage: gradflow ")


@pytest.mark.parametrize("path", [(), ("data",)])
def test_help_of_groups(gradflow, path):
    code, stdout, _ = gradflow(*path, "--help")
    assert code == 0
    assert "count" in stdout or "run" in stdout
    assert gradflow(*path, "-h")[1] == stdout
    assert all(len(line) <= 90 for line in stdout.splitlines())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_help_and_a_default(gradflow, path):
    code, stdout, _ = gradflow(*path, "--help")
    assert code == 0
    assert f"usage: gradflow {' '.join(path)}" in stdout
    text = re.sub(r"[│\s]+|---+", " ", stdout.replace("-h, --help", ""))
    told = re.split(r" \((?:default: [^)]*|required|optional)\)", text)[:-1]
    options = command(path).options_type
    assert len(told) == len(option_kinds(options))
    assert all(line.endswith(".") and len(line.split()) > 3 for line in told), told
    assert "--json" in text
    assert "--debug" in text


def test_settings_are_the_options(gradflow):
    _, stdout, _ = gradflow("run", "--help")
    for settings in (StudySettings, CountingOptions):
        for field in dataclasses.fields(settings):
            assert f"--{field.name.replace('_', '-')} " in stdout


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_json_is_json(gradflow, path, text, tmp_path, monkeypatch):
    monkeypatch.setattr("gradflow.cli._modes.use_all_cores", lambda: None)
    monkeypatch.setattr("gradflow.cli._catalogue.download_corpus", lambda *a, **b: text)
    (tmp_path / "pairs").write_text("a b\nc d\n" * 9)
    (tmp_path / "vectors.txt").write_text("a 1 0\nb 0 1\n")
    rest = {
        ("embed",): (tmp_path / "pairs", "--out", tmp_path / "x.txt", "--dim", 1),
        ("evaluate",): (tmp_path / "vectors.txt", "--analogies", "none", "--similarities", "none"),
        ("data", "count"): (text, "--out", tmp_path / "x.gfs"),
        ("data", "info"): ("wikipedia-2k",),
        ("data", "download"): ("text8",),
    }
    if path in {("run",), ("sweep",), ("figures",)}:
        pytest.skip("with the other tests of that command")
    code, stdout, stderr = gradflow(*path, *rest.get(path, ()), "--json")
    assert (code, stderr) == (0, "")
    assert isinstance(json.loads(stdout), dict)
