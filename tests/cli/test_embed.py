"""`gradflow embed`: a file of vectors from a text, or one line that says why not."""

import json
import os
import warnings

import numpy as np
import pytest

import gradflow as gf
from gradflow.corpus import count_cooccurrence

with warnings.catch_warnings():  # what gensim's imports say is not ours to mend
    warnings.simplefilter("ignore")
    from gensim.models import KeyedVectors


@pytest.fixture
def prose(tmp_path):
    """A text of forty words, in which some words keep to each other's company."""
    rng = np.random.default_rng(0)
    path = tmp_path / "prose.txt"
    lines = [
        " ".join(f"w{chr(97 + side)}{chr(97 + number)}" for number in rng.integers(0, 20, 30))
        for side in rng.integers(0, 2, 200)
    ]
    path.write_text("\n".join(lines))
    return path


def test_from_a_text_to_a_file_that_gensim_opens(gradflow, prose, tmp_path):
    out = tmp_path / "vectors.txt"
    code, stdout, stderr = gradflow("embed", prose, "-o", out, "--dim", 3, "--window", 4)
    assert (code, stderr) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in stdout.splitlines())
    assert (lines["words"], lines["dimensions"], lines["format"]) == ("40", "3", "word2vec")
    wanted = gf.embed(count_cooccurrence(prose, None, 4), 3)
    vectors = KeyedVectors.load_word2vec_format(str(out))
    assert tuple(vectors.index_to_key) == wanted.words
    np.testing.assert_array_equal(vectors.vectors, wanted.vectors)
    near = {word[1] for word, _ in vectors.most_similar("waa", topn=5)}
    assert near == {"a"}, "the words of its own side"


def test_every_option_reaches_the_vectors(gradflow, prose, tmp_path):
    out = tmp_path / "x.npz"
    code, stdout, stderr = gradflow(
        "embed", prose, "-o", out, "--dim", 3, "--window", 4, "--vocab-size", 30, "--target",
        "shifted_ppmi", "--negatives", 1.5, "--smoothing", 0.6, "--power", 0.25,
        "--weighting-power", 0.1, "--json",
    )  # fmt: skip
    assert (code, stderr) == (0, "")
    facts = json.loads(stdout)
    wanted = gf.embed(
        count_cooccurrence(prose, 30, 4), 3, target="shifted_ppmi", negatives=1.5, smoothing=0.6,
        power=0.25, weighting_power=0.1,
    )  # fmt: skip
    vectors = gf.load_vectors(out)
    np.testing.assert_array_equal(vectors.vectors, wanted.vectors)
    assert vectors.provenance == wanted.provenance
    assert facts["eigenvalues"] == wanted.provenance["eigenvalues"]
    assert facts["residuals"] == wanted.provenance["residuals"]
    assert facts["format"] == "npz"
    assert set(facts["seconds"]) == {"counting", "eigenvectors", "writing", "total"}


def test_from_counts(gradflow, sixty_words, tmp_path):
    sixty_words.save(tmp_path / "x.gfs")
    out = tmp_path / "x.bin.gz"
    code, _, stderr = gradflow("embed", "--counts", tmp_path / "x.gfs", "-o", out, "--dim", 5)
    assert (code, stderr) == (0, "")
    np.testing.assert_array_equal(gf.load_vectors(out).vectors, gf.embed(sixty_words, 5).vectors)


def texts(tmp_path):
    (tmp_path / "words").write_text("one two three two one\n")
    rng = np.random.default_rng(0)
    (tmp_path / "prose").write_text(" ".join(f"w{n}" for n in rng.geometric(0.2, 300)))
    (tmp_path / "empty").write_text("")
    (tmp_path / "blank").write_text(" \n\n")
    (tmp_path / "single").write_text("one\n")
    (tmp_path / "same").write_text("one one one\n")
    os.mkdir(tmp_path / "folder")


@pytest.mark.parametrize(
    ("code", "told", "line"),
    [
        (2, "TEXT: wanted either a text or --counts, got neither", "-o x"),
        (2, "TEXT: wanted either a text or --counts, got both", "words --counts a -o x"),
        (2, "missing: -o FILE", "words"),
        (1, "TEXT: wanted a text file", "none -o x"),
        (1, "TEXT: wanted a text, got the empty file", "empty -o x"),
        (1, "TEXT: wanted a text with words, got no words in blank", "blank -o x"),
        (1, "TEXT: wanted documents with at least two words", "single -o x"),
        (1, "TEXT: wanted a target M* with positive eigenvalues, got none", "same -o x"),
        (1, "TEXT: wanted a target M* with positive eig", "words -o x --vocab-size 1 --window 2"),
        (2, "--vocab-size: wanted at most 3", "words -o x --vocab-size 4"),
        (2, "--dim: wanted at most 4, the number of positive", "prose -o x"),
        (2, "--dim: wanted an integer of at least 1", "words -o x --dim 0"),
        (
            2,
            "--window: wanted a text to count, got 3 with",
            "--counts wikipedia-2k -o x --window 3",
        ),
        (1, "--counts: wanted a statistics file", "--counts none.gfs -o x"),
        (1, "--out: wanted a path in an existing folder", "words -o none/x"),
        (1, "--out: wanted a path for a file, got the folder", "words -o folder"),
        (2, "--format: wanted a word2vec format for a .gz", "words -o x.npz.gz"),
        (2, "--out: wanted the suffix .npy for format 'npy'", "words -o x --format npy"),
        (2, "--negatives: wanted 1 with target 'ppmi'", "words -o x --target ppmi --negatives 2"),
        (
            2,
            "--target: wanted one of mstar, ppmi, shifted_ppmi, pmi, got 'svd'",
            "words -o x --target svd",
        ),
    ],
)
def test_wrong_input_is_one_line(gradflow, tmp_path, monkeypatch, code, told, line):
    texts(tmp_path)
    before = sorted(os.listdir(tmp_path))
    monkeypatch.chdir(tmp_path)
    exit_code, stdout, stderr = gradflow("embed", *line.split())
    assert stderr.startswith("gradflow: error: "), stderr
    assert told in stderr
    assert (exit_code, stdout, stderr.count("\n")) == (code, "", 1)
    assert sorted(os.listdir(tmp_path)) == before


def test_a_missing_gensim_is_told_before_the_work(gradflow, prose, tmp_path, monkeypatch):
    monkeypatch.setattr("gradflow.vectors._gensim.importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("gradflow.cli._source.count_cooccurrence", None)
    code, _, stderr = gradflow("embed", prose, "-o", tmp_path / "x.kv")
    assert (code, stderr.count("\n")) == (1, 1)
    assert "--format: wanted the package gensim" in stderr
    assert not (tmp_path / "x.kv").exists()
