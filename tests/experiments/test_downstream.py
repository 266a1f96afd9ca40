"""Scores before the run are those of the run, from the first step on."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import downstream

pytestmark = pytest.mark.slow

EXPERIMENT = downstream.EXPERIMENT

QUICK = downstream.QUICK


def test_predicted_scores_are_those_of_training(results):
    """From the first step on, in the mean over times; a question is 0.6 % of them.

    The score itself rises from almost nothing to a half.
    """
    rows = downstream.table(results).set_index("score")
    assert rows.loc["accuracy", "mean"] < 0.06
    assert rows.loc["wordsim353", "mean"] < 0.03
    trained = results["accuracy"].sel(source="trained").isel(seed=0, dim=0)
    after_step = trained.where(results["t"] >= float(results["first_step"].min()), drop=True)
    assert float(after_step[0]) < 0.05
    assert float(after_step[-1]) > 0.4


def test_the_end_is_the_closed_form(results, wikipedia):
    """Of the top d eigenvectors times √λ, asked here anew."""
    stats = wikipedia.top(QUICK.words)
    values, vectors = gf.mstar(stats).top_eigenpairs(QUICK.dims[0])
    questions = gf.load_analogies().indexed(stats.words)
    wanted = gf.evaluation.analogy_accuracy(vectors * np.sqrt(values), questions).accuracy
    assert float(results["final_accuracy"][0]) == pytest.approx(float(wanted))
    assert downstream.table(results)["closed_form"][0] == pytest.approx(float(wanted), abs=1e-4)


def test_the_figure_begins_at_the_first_step(results, figures):
    panels = figures["downstream"].axes
    assert len(panels) == len(QUICK.shown) + 1
    curve = next(line for line in panels[0].lines if line.get_marker() == "o")
    first = float(results["first_step"].min() * results["fastest"])
    assert first <= curve.get_xdata()[0] < 1.5 * first
