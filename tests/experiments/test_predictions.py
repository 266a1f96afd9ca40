"""Step times, rise times and embeddings as predicted, at the quick size of the experiment."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import predictions
from gradflow.experiments.predictions import _draw, _run
from tests.experiments.themes import themes

pytestmark = pytest.mark.slow

EXPERIMENT = predictions.EXPERIMENT


@pytest.fixture(scope="module")
def corpus():
    return gf.read_corpus(themes((16, 12, 8), words=80), _run.QUICK.vocab_size)


def test_neighbours_give_the_steps_of_the_exact_flow(results):
    """d = 12, scale 1e-4, four seeds, two spectra: below the goals of d = 50, qr is above them."""
    lanes = results["by_seed"].sel(dim=12, scale=1e-4)
    clusters, qr = (lanes.sel(rule=rule) for rule in ("clusters", "qr"))
    assert (clusters.sel(statistic="median") < 5e-4).all()
    assert (clusters.sel(statistic="largest") < 1e-2).all()
    assert (qr.sel(statistic="largest") > 1e-2).any()


def test_the_times_only_bracket_the_steps(results):
    """Four times as many change nothing beyond the tolerance of the root-finding."""
    assert results["grid_change"].max() < 1e-9


def test_rise_times_and_embeddings_follow_too(results):
    """Rise times to a percent; WWᵀ to the 5 % that predicted embeddings promise, mostly better."""
    assert results["rise_error"].max() < 0.01
    assert results["embedding_error"].median("time").max() < 0.01


def test_they_hold_for_every_vocabulary_and_length_of_text(corpus, results):
    """By "clusters", four seeds: medians below 0.05 %, and steps come when they are foretold."""
    for prefix in ("vocabulary", "corpus"):
        errors, steps = (results[f"{prefix}_{name}"] for name in ("error", "step"))
        assert (errors.sel(rule="clusters", statistic="median") < 5e-4).all()
        first = steps.sel(mode=slice(1, 6))
        np.testing.assert_allclose(first.sel(run="clusters"), first.sel(run="measured"), rtol=2e-3)
    assert results["vocab_size"].values.tolist() == [40, 80]
    quarter, all_ = results["corpus_tokens"].values
    assert all_ == np.sort(corpus.unigram_counts)[-_run.QUICK.fixed_words :].sum()
    np.testing.assert_allclose(4 * quarter, all_, rtol=0.05)


def test_tables_have_every_case_and_the_figure_every_rule(results, figures):
    rows = _draw.table(results)
    assert len(rows) == 2 * 2 * 4
    assert (rows["steps"] == 4 * 12).all()
    assert (rows["not predicted"] == 0).all()
    worst = results["by_seed"].sel(statistic="largest").max("seed")
    worst = worst.transpose("source", "dim", "scale", "rule")
    np.testing.assert_allclose(rows["largest %"], 100 * worst.values.ravel(), rtol=5e-3)
    assert list(_draw.goals(results)["rule"]) == 2 * ["paper", "row", "qr", "clusters"]
    for axes in figures["predictions"].axes:
        assert len(axes.lines) in (4, 8)
    sizes = _draw.sizes(results)
    assert len(sizes) == 2 * 2 * 4
    errors = results["vocabulary_error"].sel(statistic="median", quantile=0.5)
    named = sizes[sizes["varied"] == "vocab size"]["median, 50 % of seeds %"]
    np.testing.assert_allclose(named, 100 * errors.values.ravel(), rtol=5e-3)
    for axes in figures["sizes"].axes:
        assert axes.containers  # dots with bars
    upper, _, lower, _ = figures["sizes"].axes
    assert len(upper.containers) == len([mode for mode in (1, 5, 10, 20, 50) if mode <= 12])
    assert len(lower.containers) == len(results["rule"])
