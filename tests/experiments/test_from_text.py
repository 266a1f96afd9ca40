"""Skip-gram follows the counts, and CBOW shares its first modes, in a time of its own."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import from_text
from gradflow.experiments.from_text import _draw, _run
from tests.experiments.themes import themes
from tests.training.problems import draw

pytestmark = pytest.mark.slow

EXPERIMENT = from_text.EXPERIMENT


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes((16, 12, 8), words=40), _run.QUICK.vocab_size)


def test_skip_gram_steps_when_the_counts_say(results):
    """The flow within 5 %, the descent within 5 % of the flow; the first mode is the origin's."""
    sampled = results.sel(contrast="negative-sampling")
    flow, descent = (sampled["step"].sel(run=name) for name in ("flow", "skip-gram"))
    np.testing.assert_allclose(flow[0], sampled["predicted"].sel(run="flow")[0], rtol=0.05)
    np.testing.assert_allclose(descent, flow, rtol=0.05)
    origin = _draw.overlaps(results)["origin"].sel(contrast="negative-sampling")
    assert origin.sel(run="skip-gram").values[0] > 0.9


def test_the_first_mode_of_cbow_is_that_of_skip_gram(results):
    where = {"contrast": "negative-sampling", "run": "CBOW"}
    same = _draw.overlaps(results).sel(where).isel(mode=0)
    assert same["flow"] > 0.9
    assert same["alike"] == 1
    first = results.sel(where).isel(mode=0)
    np.testing.assert_allclose(first["step"], first["predicted"], rtol=0.05)


def test_nce_learns_the_unigram_before_anything_else(corpus, results):
    """ln p_j for every word i: s₁² = √V ‖ln p‖ before the second step, ln(k q_j) is 0.5 % off."""
    nce = results.sel(contrast="nce").isel(mode=0)
    stats = corpus.count(_run.QUICK.window)
    shares = gf.targets.pair_weights(stats, _run.QUICK.weighting).positive.sum(axis=0)
    wanted = np.sqrt(corpus.vocab_size) * np.linalg.norm(np.log(shares))
    before = nce["t"] * results.attrs["unit"] < 12
    for run, tolerance in (("flow", 1e-3), ("skip-gram", 1e-2), ("CBOW", 1e-2)):
        squares = nce["singular_values"].sel(run=run).values[before.values] ** 2
        np.testing.assert_allclose(squares[-1], wanted, rtol=tolerance)
        assert nce["final"].sel(run=run).mean("word") ** 2 * corpus.vocab_size > 0.99
    np.testing.assert_allclose(results.attrs["unigram"], wanted)
    steps = results["step"].sel(run="flow")
    assert float(steps.sel(contrast="nce")[0]) < float(steps.sel(contrast="negative-sampling")[0])


def test_then_nce_learns_what_negative_sampling_learns_first(results):
    """Where themes are all there is beside unigrams; 0.99 for the flow, 0.96 for CBOW."""
    assert (_draw.across(results).sel(mode=2, other=1) > 0.95).all()


def test_nce_from_text_follows_the_flow_of_the_counts(results):
    nce = results.sel(contrast="nce")
    flow, descent = (nce["step"].sel(run=name) for name in ("flow", "skip-gram"))
    np.testing.assert_allclose(descent, flow, rtol=0.05)
    assert (_draw.overlaps(results)["flow"].sel(contrast="nce", run="skip-gram") > 0.9).all()


def test_expected_slopes_of_cbow_are_those_of_its_batches(corpus):
    """A from one pass over the text against the mean of drawn windows."""
    config = _run.Config(vocab_size=40, window=3, subsample=0.01)
    size = corpus.vocab_size
    drawn = np.zeros((size, size))
    for windows in draw(corpus, config.pairs, 50_000, 4, gf.training.Cbow()):
        positives = windows.labels == 1
        contexts = windows.contexts[windows.rows[positives]]
        within = contexts >= 0
        shares = within / within.sum(axis=1, keepdims=True)
        centres = np.broadcast_to(windows.cols[positives][:, None], contexts.shape)
        np.add.at(drawn, (contexts[within], centres[within]), shares[within])
    positive, negative = _run.cbow_weights(config, corpus)
    assert np.abs(drawn / drawn.sum() - positive).sum() < 0.1
    np.testing.assert_allclose(positive.sum(), 1)
    np.testing.assert_allclose(negative.sum(), config.negatives)


def test_the_table_and_the_report_say_what_was_found(results):
    rows = _draw.table(results)
    unit = results.attrs["unit"]
    for name in ("flow", "skip-gram", "CBOW"):
        steps = unit * results["step"].sel(run=name).values.ravel()
        np.testing.assert_allclose(rows[f"{name} step"], steps)
    assert len(_draw.across_table(results)) == results.sizes["run"] * results.sizes["mode"]
    report = _draw.report(results)
    assert "CBOW's step times over skip-gram's" in report
    assert "NCE's first mode has s²" in report


def test_each_panel_numbers_the_modes_where_its_own_run_ends(results, figures):
    """As far as they are in the frame."""
    figure = figures["from_text"]
    runs = [(kind, run) for kind in _run.CONTRASTS for run in ("skip-gram", "CBOW")]
    by_title = {axes.get_title(): axes for axes in figure.axes}
    for contrast, run in runs:
        axes = by_title[f"{run}, {'NCE' if contrast == 'nce' else 'negative sampling'}"]
        ends = [line.get_ydata()[0] for line in axes.lines if line.get_gid() == "line-end"]
        wanted = results["singular_values"].sel(contrast=contrast, run=run)[-1].values
        np.testing.assert_array_equal(ends, wanted[wanted <= axes.get_ylim()[1]])
