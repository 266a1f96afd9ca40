"""Scores come with error bars that hold what they should; PMI fails for its floor alone."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import features
from gradflow.experiments.features import _draw, _run
from tests.experiments.themes import themes

pytestmark = pytest.mark.slow

EXPERIMENT = features.EXPERIMENT


@pytest.fixture(scope="module")
def rows(results):
    return _draw.table(results).set_index(["benchmark", "model"])


def test_what_stands_for_unseen_pairs_makes_or_breaks_pmi(rows):
    """The paper's 8 % are those of ln 1e-25; with zero in its place PMI solves what PPMI does."""
    assert rows.loc[("google", "PMI, unseen −57.6"), "score"] < 0.2
    assert rows.loc[("google", "PMI, unseen 0"), "score"] > 0.5
    assert rows.loc[("google", "PMI, unseen −57.6"), "difference high"] < -0.2


def test_the_floor_of_pmi_hurts_more_the_fewer_pairs_are_unseen(results, rows):
    """The same counts in fewer words; at the full vocabulary the scores are those above."""
    forms = _draw.closed(results).set_index(["words", "target"])
    few, all_ = _run.QUICK.sizes
    floor, top = "PMI, unseen −57.6", "top d of M^*"
    assert forms.loc[(few, floor), "unseen pairs %"] < forms.loc[(all_, floor), "unseen pairs %"]
    ratios = [forms.loc[(n, floor), "score"] / forms.loc[(n, top), "score"] for n in (few, all_)]
    assert ratios[0] < ratios[1] < 0.5
    for target in (floor, top, "PPMI"):
        again = forms.loc[(all_, target), "score"]
        assert again == pytest.approx(rows.loc[("google", target), "score"], abs=0.006)


def test_scores_are_those_of_the_vectors(rows):
    """M* anew, by the library's own functions."""
    config = _run.QUICK
    stats = gf.load_statistics("wikipedia-2k").top(config.vocab_size)
    vecs = gf.embed(
        stats, config.dim, negatives=1.0, smoothing=1.0, pseudo_count=0.0, power=0.5
    ).vectors
    questions = gf.load_analogies().reexpanded().indexed(stats.words)
    wanted = float(gf.evaluation.analogy_accuracy(vecs, questions).accuracy)
    assert rows.loc[("google", "top d of M^*"), "score"] == pytest.approx(wanted, abs=0.006)
    pairs = gf.load_similarities("wordsim353").indexed(stats.words)
    wanted = float(gf.evaluation.similarity_correlation(vecs, pairs).spearman)
    assert rows.loc[("wordsim353", "top d of M^*"), "score"] == pytest.approx(wanted, abs=1e-3)


def test_pairs_are_told_apart_from_questions(results):
    """Questions share their pairs, so errors over pairs are larger: twice as large, here."""
    google = results["interval"].sel(benchmark="google", model="top d of $M^*$")
    width = google.sel(bound="high") - google.sel(bound="low")
    assert float(width.sel(resampling="pairs") / width.sel(resampling="items")) > 1.5


def test_training_has_nearly_ended(results):
    """The last fifth of the steps makes less than 2 % of the fall, QWEM's less than 1 %."""
    last_fifth = _draw.falling(results)
    assert 0 <= last_fifth["QWEM"] < 0.01
    assert 0 <= last_fifth["word2vec"] < 0.01
    assert 0 <= last_fifth["SGNS, uniform"] < 0.03


def test_the_extreme_words_of_a_mode_have_its_largest_entries(results):
    spec = gf.spectrum(gf.mstar(gf.load_statistics("wikipedia-2k").top(1000)), 3)
    entries = dict(zip(spec.words, spec.eigenvectors[:, 1], strict=True))
    rest = np.sort(list(entries.values()))
    shown = results["words"].sel(mode=2)
    high = [entries[word] for word in str(shown.sel(end="positive").item()).split()]
    low = [entries[word] for word in str(shown.sel(end="negative").item()).split()]
    count = _run.QUICK.ends
    np.testing.assert_allclose(high, rest[::-1][:count])
    np.testing.assert_allclose(low, rest[:count])
    assert max(high) > -min(low), "the sign that is stated"


def test_gensim_trains_on_the_text_in_the_order_of_the_words():
    """Words of one theme are nearer to each other than to those of another."""
    corpus = gf.read_corpus(themes((8, 8), words=16, documents=60, length=100), 16)
    config = _run.Config(vocab_size=16, window=4, dim=8, epochs=20)
    vectors = _run.by_gensim(config, corpus)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    theme = np.array([int(word[1:]) // 8 for word in corpus.words])
    same, cosines = theme[:, None] == theme, units @ units.T
    assert cosines[same].mean() > cosines[~same].mean() + 0.1


def test_the_figure_shows_every_score(results, figures):
    figure = figures["benchmarks"]
    lines = [line.get_xdata() for line in figure.axes[0].lines]
    scores = next(x for x in lines if len(x) > 1)
    np.testing.assert_allclose(scores, 100 * results["score"].sel(benchmark="google"))
