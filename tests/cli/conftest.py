import dataclasses
import re

import pytest

from gradflow.cli import main
from tests.studies.tiny import tiny_study

PROGRESS = re.compile(r"^gradflow: .* \.\.\.\n", re.MULTILINE)


@pytest.fixture
def gradflow(capsys):
    """Run a command in this process: (exit code, stdout, stderr without lines of progress)."""

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, PROGRESS.sub("", captured.err)

    return call


@pytest.fixture
def instant(monkeypatch):
    """The study is there at once; the list says with what it was asked for."""
    asked = []

    def study(stats, settings, progress, judged):
        asked.append((stats, settings))
        for phase in ("spectrum", "sweep", "embeddings"):
            progress(phase, 0, 1)
            progress(phase, 2, 4)
            progress(phase, 1, 1)
        return dataclasses.replace(tiny_study(), settings=settings)

    monkeypatch.setattr("gradflow.cli._run.study_rank_increments", study)
    monkeypatch.setattr("gradflow.cli._run.use_all_cores", lambda: None)
    return asked


@pytest.fixture
def text(tmp_path):
    """A hundred lines of seven words, none twice in a line."""
    path = tmp_path / "text.txt"
    path.write_text("the cat sat on a red mat\n" * 100)
    return path
