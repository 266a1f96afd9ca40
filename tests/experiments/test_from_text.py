"""Skip-gram follows the counts, and CBOW shares its first modes, in a time of its own."""

import numpy as np
import pytest

import gradflow as gf
from experiments import from_text
from tests.experiments.themes import themes
from tests.training.problems import draw

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes((16, 12, 8), words=40), from_text.QUICK.vocab_size)


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


def test_the_table_and_the_report_say_what_was_found(results):
    rows = from_text.table(results)
    unit = float(results["eigenvalue"][0])
    for name in ("skip-gram", "CBOW"):
        found = unit * results["step"].sel(run=name).values
        np.testing.assert_allclose(rows[name].astype(float), found, atol=0.005)
    assert "CBOW's step times over skip-gram's" in from_text.report(results)


def test_each_panel_numbers_the_modes_where_its_own_run_ends(results):
    for axes, name in zip(from_text.draw(results).axes, ("skip-gram", "CBOW"), strict=False):
        ends = [line.get_ydata()[0] for line in axes.lines if line.get_gid() == "line-end"]
        np.testing.assert_array_equal(ends, results["singular_values"].sel(run=name)[-1])
