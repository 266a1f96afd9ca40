"""`gradflow data` and `gradflow info`."""

import json

import numpy as np
import pytest

import gradflow as gf
from gradflow.corpus import count_cooccurrence, load_statistics


def test_count(gradflow, text, tmp_path):
    out = tmp_path / "x.gfs"
    code, stdout, stderr = gradflow(
        "data", "count", text, "--out", out, "--vocab-size", 5, "--window", 3,
        "--window-weight", "flat", "--keep-unknown-gaps",
    )  # fmt: skip
    assert (code, stderr) == (0, "")
    assert "words            5" in stdout
    wanted = count_cooccurrence(text, 5, 3, weighting="flat", keep_unknown_gaps=True)
    counts = load_statistics(out)
    assert counts.words == wanted.words
    assert (counts.pair_counts != wanted.pair_counts).nnz == 0


def test_count_within_limits(gradflow, text, tmp_path):
    """Threads and memory reach the counter and change nothing; subsampling does."""
    out = tmp_path / "x.gfs"
    limits = ("--threads", 1, "--memory", "4GB")
    code, _, stderr = gradflow("data", "count", text, "--out", out, *limits)
    assert (code, stderr) == (0, "")
    wanted = count_cooccurrence(text)
    assert (load_statistics(out).pair_counts != wanted.pair_counts).nnz == 0
    drop = ("--subsample", 0.01, "--seed", 5)
    assert gradflow("data", "count", text, "--out", out, *limits, *drop)[0] == 0
    wanted = count_cooccurrence(text, subsample=0.01, seed=5)
    assert (load_statistics(out).pair_counts != wanted.pair_counts).nnz == 0
    assert load_statistics(out).provenance["tokens_subsampled_away"] > 0


@pytest.mark.parametrize(("size", "said"), [("much", "a number of bytes"), ("1M", "more than")])
def test_a_limit_of_memory_that_cannot_be_kept(gradflow, text, tmp_path, size, said):
    code, _, stderr = gradflow("data", "count", text, "--out", tmp_path / "x.gfs", "--memory", size)
    assert (code, stderr.count("\n")) == (2, 1)
    assert f"--memory: wanted {said}" in stderr


def test_count_keeps_all_words_of_a_small_text(gradflow, text, tmp_path):
    code, stdout, _ = gradflow("data", "count", text, "--out", tmp_path / "x.gfs", "--json")
    assert code == 0
    assert json.loads(stdout)["words"] == 7


def test_count_fails_without_a_file(gradflow, text, tmp_path, monkeypatch):
    def full(*rest, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gradflow.corpus._storage._write_zip", full)
    code, _, stderr = gradflow("data", "count", text, "--out", tmp_path / "x.gfs")
    assert (code, stderr.count("\n")) == (1, 1)
    assert "--out: wanted a path that can be written" in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


def test_data_info(gradflow):
    code, stdout, _ = gradflow("data", "info", "wikipedia-2k")
    assert code == 0
    assert "tokens                                6215361\n" in stdout
    facts = json.loads(gradflow("data", "info", "wikipedia-2k", "--json")[1])
    assert facts["window"] == 16
    assert facts["first_words"][0] == "the"


def test_list(gradflow):
    code, stdout, _ = gradflow("data", "list")
    assert code == 0
    assert "wikipedia-2k  2,000 words" in stdout
    assert "text8" in stdout
    assert json.loads(gradflow("data", "list", "--json")[1])["embedded"] == ["wikipedia-2k"]


def test_download_prints_the_path_alone(gradflow, monkeypatch, tmp_path):
    asked = {}

    def fake(name, **options):
        asked.update(options, name=name)
        return tmp_path / "text8.zip"

    monkeypatch.setattr("gradflow.cli._catalogue.download_corpus", fake)
    code, stdout, _ = gradflow("data", "download", "text8", "--cache-dir", tmp_path)
    assert (code, stdout) == (0, f"{tmp_path / 'text8.zip'}\n")
    assert asked == {
        "name": "text8", "cache_dir": str(tmp_path), "base_url": None, "progress": None
    }  # fmt: skip


@pytest.fixture
def sixty_file(tmp_path, wikipedia, monkeypatch):
    monkeypatch.setattr("gradflow.cli._modes.use_all_cores", lambda: None)
    path = tmp_path / "sixty.gfs"
    wikipedia.top(60).save(path)
    return path


def test_info(gradflow, sixty_file):
    code, stdout, _ = gradflow("info", sixty_file, "--modes", 3)
    assert code == 0
    lines = stdout.splitlines()
    assert any(line.startswith("versions jaxlib") for line in lines)
    heading = "mode eigenvalue share t at 0.1 t at 0.0001 t at 1e-08 words at both ends (+ −)"
    start = [line.split() for line in lines].index(heading.split())
    assert [line[:6].strip() for line in lines[start + 1 : -1] if line[:6].strip()] == list("123")
    assert max(map(len, lines[start:])) <= 100, "readable on a usual terminal"
    facts = json.loads(gradflow("info", sixty_file, "--modes", 3, "--json")[1])
    assert facts["words"] == 60
    eigenvalues = [mode["eigenvalue"] for mode in facts["modes"]]
    assert eigenvalues == sorted(eigenvalues, reverse=True)
    assert facts["dtype"] == "float64"
    spec = gf.spectrum(gf.mstar(gf.load_statistics(sixty_file)), 3)
    interval = gf.predict(spec, scale=1e-4, dim=60).interval(0.9)
    for mode in facts["modes"]:
        low, _, high = mode["steps"]["0.0001"]
        np.testing.assert_allclose([low, high], interval[:, mode["mode"] - 1])


@pytest.mark.parametrize("width", [80, 120])
def test_info_shows_the_words_at_both_ends(gradflow, sixty_file, monkeypatch, width):
    """As many as asked for, wrapped; JSON has them all, their entries and shares."""
    monkeypatch.setenv("COLUMNS", str(width))
    stdout = gradflow("info", sixty_file, "--modes", 2, "--words", 8)[1]
    facts = json.loads(gradflow("info", sixty_file, "--modes", 2, "--words", 8, "--json")[1])
    spec = gf.spectrum(gf.mstar(gf.load_statistics(sixty_file)), 2)
    shares = spec.eigenvalues**2 / spec.squared_norm
    printed = stdout[stdout.index("words at both ends") :]
    assert max(map(len, printed.splitlines()[1:])) <= width
    for mode, fact in enumerate(facts["modes"]):
        assert (fact["high"], fact["low"]) == spec.top_words(mode, 8)
        assert set(fact["high"] + fact["low"]) <= set(printed.split())
        assert fact["share"] == pytest.approx(shares[mode])
        assert fact["cumulative_share"] == pytest.approx(shares[: mode + 1].sum())
        vector = dict(zip(spec.words, spec.eigenvectors[:, mode], strict=True))
        assert fact["high_entries"] == pytest.approx([vector[word] for word in fact["high"]])
        assert fact["low_entries"] == pytest.approx([vector[word] for word in fact["low"]])


def test_info_judges_the_counts_and_only_counts(gradflow, sixty_file, monkeypatch):
    """Each option reaches the report; without counts nothing is computed or said."""
    options = ("--dim", 9, "--judged-modes", 5, "--scales", 1e-5, "--weighting", "none")
    stdout = gradflow("info", sixty_file, *options)[1]
    assert "Verdict on corpus: fine" in stdout
    assert "Verdict on weights: does not apply" in stdout
    facts = json.loads(gradflow("info", sixty_file, *options, "--negatives", 2, "--json")[1])
    setting = facts["validity"]["setting"]
    assert setting == {
        "weighting": "none", "negatives": 2.0, "scales": [1e-5], "dim": 9, "modes": 5, "seed": 0,
    }  # fmt: skip
    monkeypatch.setattr("gradflow.cli._modes.validity_report", None)
    monkeypatch.setattr("gradflow.cli._modes.spectrum", None)
    code, stdout, _ = gradflow("info")
    assert code == 0
    assert "Verdict" not in stdout
    assert "validity" not in json.loads(gradflow("info", "--json")[1])
