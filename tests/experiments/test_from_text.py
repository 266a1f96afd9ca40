"""Skip-gram follows the counts, and CBOW shares its first modes, in a time of its own."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import gradflow as gf
from experiments import from_text
from tests.training.problems import draw

pytestmark = pytest.mark.slow


def themes(documents=400, length=200, words=40, seed=0):
    """Documents on one of three themes of 8 to 16 words; half of all words are of no theme."""
    rng = np.random.default_rng(seed)
    themes = np.arange(16), np.arange(16, 28), np.arange(28, 36)
    texts = []
    for _ in range(documents):
        theme = themes[rng.integers(3)]
        own = rng.random(length) < 0.5
        ids = np.where(own, rng.choice(theme, length), rng.integers(0, words, length))
        texts.append([f"w{i:02d}" for i in ids])
    return texts


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes(), from_text.QUICK.vocab_size)


@pytest.fixture(scope="module")
def results(corpus):
    return from_text.run(from_text.QUICK, corpus)


def test_skip_gram_steps_when_the_counts_say(results):
    """The flow within 5 %, the descent within 5 % of the flow; the first mode is the origin's."""
    flow, descent = (results["step"].sel(run=name) for name in ("flow", "skip-gram"))
    np.testing.assert_allclose(flow.values[0], results["predicted"].values[0], rtol=0.05)
    np.testing.assert_allclose(descent, flow, rtol=0.05)
    assert from_text.overlaps(results)["origin"].sel(run="skip-gram").values[0] > 0.9


def test_the_first_mode_of_cbow_is_that_of_skip_gram(results):
    same = from_text.overlaps(results).sel(run="CBOW").isel(mode=0)
    assert same["flow"] > 0.9
    assert same["alike"] == 1
    step = results["step"].sel(run="CBOW").values[0]
    np.testing.assert_allclose(step, results["predicted_cbow"].values[0], rtol=0.05)


def test_expected_slopes_of_cbow_are_those_of_its_batches(corpus):
    """A from one pass over the text against the mean of drawn windows."""
    config = from_text.Config(vocab_size=40, window=3, subsample=0.01)
    size = corpus.vocab_size
    drawn = np.zeros((size, size))
    for windows in draw(corpus, config.pairs, 50_000, 4, gf.Cbow()):
        seen = windows.labels == 1
        contexts = windows.contexts[windows.rows[seen]]
        within = contexts >= 0
        shares = within / within.sum(axis=1, keepdims=True)
        centres = np.broadcast_to(windows.cols[seen][:, None], contexts.shape)
        np.add.at(drawn, (contexts[within], centres[within]), shares[within])
    positive, negative = from_text.cbow_weights(config, corpus)
    assert np.abs(drawn / drawn.sum() - positive).sum() < 0.1
    np.testing.assert_allclose(positive.sum(), 1)
    np.testing.assert_allclose(negative.sum(), config.negatives)


def test_what_is_written_is_what_was_found(results, tmp_path):
    from_text.write(results, tmp_path / "out")
    with xr.open_dataset(tmp_path / "out" / "results.nc", engine="h5netcdf") as kept:
        np.testing.assert_array_equal(kept["singular_values"], results["singular_values"])
    assert len(pd.read_csv(tmp_path / "out" / "table.csv")) == results.sizes["mode"]
    assert (tmp_path / "out" / "from_text.png").stat().st_size > 10_000
    assert "CBOW" in from_text.remarks(results)


def test_without_a_text_there_is_one_line_of_error(monkeypatch):
    monkeypatch.setattr("sys.argv", ["from_text.py"])
    with pytest.raises(SystemExit, match=r"^from_text.py: --text FILE .*$"):
        from_text.main()
