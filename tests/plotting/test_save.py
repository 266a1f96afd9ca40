"""Figures as files."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

from gradflow._errors import ArgumentError, DataError
from gradflow.plotting import plot_embeddings, plot_training, save_figure
from gradflow.plotting._panel import TrainingPanel

SCRIPT = """
import sys, numpy as np
from gradflow.plotting import plot_embeddings, save_figure
points = np.random.default_rng(0).normal(size=(3, 50, 2))
words = [f"word{i}" for i in range(50)]
save_figure(plot_embeddings(points, words, [1, 2, 3], highlight=words[:9]), sys.argv[1])
assert "matplotlib.pyplot" not in sys.modules
"""


def figure():
    times = np.geomspace(0.01, 1, 30)
    return plot_training(TrainingPanel(times, 1 / times, times[:, None]))


def test_png_at_200_dots_an_inch_and_pdf_with_text(tmp_path):
    save_figure(figure(), tmp_path / "training.v2")
    png = (tmp_path / "training.v2.png").read_bytes()
    pdf = (tmp_path / "training.v2.pdf").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == round(3.4 * 200)
    assert pdf.startswith(b"%PDF")
    assert b"/Type3" not in pdf
    assert b"CreationDate" not in pdf


@pytest.mark.parametrize("name", ["x.png", "x.pdf", "x.PNG"])
def test_a_name_with_a_suffix_is_that_one_file(tmp_path, name):
    save_figure(figure(), tmp_path / name)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.slow
def test_a_rerun_in_a_new_process_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        root = pathlib.Path(__file__).parents[2]
        subprocess.run([sys.executable, "-c", SCRIPT, tmp_path / name], check=True, cwd=root)
    for suffix in (".png", ".pdf"):
        one = (tmp_path / f"one{suffix}").read_bytes()
        assert one == (tmp_path / f"two{suffix}").read_bytes()


def test_a_rerun_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        save_figure(figure(), tmp_path / name)
    for suffix in (".png", ".pdf"):
        one = (tmp_path / f"one{suffix}").read_bytes()
        assert one == (tmp_path / f"two{suffix}").read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "figure.png"
    target.write_bytes(b"old")
    broken = figure()

    def fail(path, **_):
        pathlib.Path(path).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(broken, "savefig", fail)
    with pytest.raises(DataError, match="disk full"):
        save_figure(broken, tmp_path / "figure")
    assert target.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["figure.png"]


def test_wrong_arguments_are_one_line(tmp_path):
    with pytest.raises(ArgumentError, match="figure: wanted a matplotlib Figure, got a str"):
        save_figure("figure", tmp_path / "x")
    with pytest.raises(ArgumentError, match="path"):
        save_figure(figure(), None)
    with pytest.raises(DataError, match="existing folder"):
        save_figure(figure(), tmp_path / "missing" / "x")


def test_embeddings_stay_small_as_vectors(tmp_path):
    points = np.random.default_rng(0).normal(size=(3, 20_000, 2))
    words = [str(index) for index in range(20_000)]
    save_figure(plot_embeddings(points, words, [1, 2, 3], highlight=words[:5]), tmp_path / "many")
    assert (tmp_path / "many.pdf").stat().st_size < 400_000
