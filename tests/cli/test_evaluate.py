"""`gradflow evaluate`: what is printed is what the library finds, and the policy is told."""

import json

import numpy as np
import pytest

import gradflow as gf


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Vectors of twelve words in a file, with questions and pairs of their own."""
    path = tmp_path_factory.mktemp("evaluate")
    words = [
        "King",
        "man",
        "queen",
        "woman",
        "prince",
        "boy",
        "princess",
        "girl",
        "a",
        "b",
        "c",
        "d",
    ]
    royal, male, old = np.eye(3)
    vectors = [
        royal + male + old, male + old, royal - male + old, -male + old,
        royal + male - old, male - old, royal - male - old, -male - old,
        *np.random.default_rng(0).normal(size=(4, 3)),
    ]  # fmt: skip
    gf.WordVectors(words, vectors).save(path / "x.txt")
    (path / "q.txt").write_text(
        ": royal\nman king woman queen\nboy prince girl princess\n"
        ": gram1\nman woman king queen\nman woman emperor empress\n"
    )
    (path / "p.txt").write_text("king queen 8\nman boy 7\nprince b 1\nking emperor 9\n")
    return path


@pytest.fixture
def evaluate(gradflow, monkeypatch, folder):
    monkeypatch.setattr("gradflow.cli._evaluate.use_all_cores", lambda: None)
    monkeypatch.chdir(folder)

    def call(*arguments):
        return gradflow("evaluate", "x.txt", "--analogies", "q.txt", "--similarities", "p.txt",
                        *arguments)  # fmt: skip

    return call


def test_the_table_names_sections_coverage_and_policy(evaluate):
    code, stdout, stderr = evaluate()
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert lines[0] == "x.txt: 12 words, 3 dimensions"
    assert lines[1] == (
        "Policy: first 12 words, case ignored; questions and pairs with an unknown word left out"
    )
    rows = [line.split() for line in lines]
    for row in (
        ["royal", "100.0", "%", "2", "2", "2"],
        ["gram1", "100.0", "%", "1", "1", "2"],
        ["semantic", "100.0", "%", "2", "2", "2"],
        ["syntactic", "100.0", "%", "1", "1", "2"],
        ["total", "100.0", "%", "3", "3", "4"],
    ):
        assert row in rows
    similar = gf.score_similarities(gf.load_vectors("x.txt"), gf.load_similarities("p.txt"))
    assert rows[-1] == ["p", f"{similar.spearman:.3f}", f"{similar.pearson:.3f}", "3", "4"]


def test_every_option_reaches_the_scores(evaluate):
    plain = json.loads(evaluate("--json")[1])
    assert plain["analogies"][0]["sections"][-1]["accuracy"] == 1
    zero = json.loads(evaluate("--json", "--unknown", "zero")[1])
    assert zero["unknown"] == "zero"
    assert zero["analogies"][0]["sections"][-1]["accuracy"] == 0.75
    assert zero["similarities"][0]["spearman"] != plain["similarities"][0]["spearman"]
    case = json.loads(evaluate("--json", "--case-sensitive")[1])
    assert case["analogies"][0]["sections"][-1]["covered"] == 1
    few = json.loads(evaluate("--json", "--restrict-vocab", 4)[1])
    assert few["analogies"][0]["sections"][0]["covered"] == 1
    assert few["similarities"][0]["spearman"] is None
    pairs = json.loads(evaluate("--json", "--reexpand", "--method", "cosmul")[1])
    assert (pairs["reexpanded"], pairs["method"]) == (True, "cosmul")
    # royal has four pairs, gram1 three of which one is unknown
    assert [row["covered"] for row in pairs["analogies"][0]["sections"][:2]] == [12, 2]


def test_sets_may_be_left_out(gradflow, evaluate):
    stdout = evaluate()[1]
    assert "Analogies q (cosadd)" in stdout
    code, stdout, _ = gradflow("evaluate", "x.txt", "--analogies", "none", "--similarities", "none")
    assert (code, len(stdout.splitlines())) == (0, 2)


def test_repeated_words_are_told_in_one_line(gradflow, evaluate, tmp_path):
    (tmp_path / "twice").write_text("a 1\nb 2\na 3\n")
    code, stdout, stderr = gradflow(
        "evaluate", tmp_path / "twice", "--analogies", "none", "--similarities", "p.txt"
    )
    assert (code, stderr.count("\n")) == (0, 1)
    assert stderr.startswith("gradflow: warning: ")
    assert "such as 'a', were left out" in stderr
    assert "2 words, 1 dimensions" in stdout


@pytest.mark.parametrize(
    ("code", "told", "line"),
    [
        (1, "VECTORS: wanted a file of word vectors, got nothing at 'none'", "none"),
        (1, "VECTORS: wanted a word and 1 numbers a line, got line 1 of 'q.txt'", "q.txt"),
        (
            2,
            "--analogies: wanted a path, or one of 'google', got nothing",
            "x.txt --analogies gogle",
        ),
        (1, "--similarities: wanted two words and a number", "x.txt --similarities q.txt"),
        (2, "--restrict-vocab: wanted an integer of at least 0", "x.txt --restrict-vocab -1"),
        (2, "--method: wanted one of cosadd, cosmul, got 'add'", "x.txt --method add"),
    ],
)
def test_wrong_input_is_one_line(gradflow, evaluate, code, told, line):
    exit_code, stdout, stderr = gradflow("evaluate", *line.split())
    assert (exit_code, stdout) == (code, ""), stderr
    assert stderr.startswith("gradflow: error: ")
    assert told in stderr
    assert stderr.count("\n") == 1
