"""Relations have one direction in common, and noise has the law that it was said to have."""

import dataclasses

import numpy as np
import pytest

import gradflow as gf
from gradflow.experiments import relations

EXPERIMENT = relations.EXPERIMENT


@pytest.fixture(scope="module")
def results():
    config = dataclasses.replace(relations.QUICK, dims=(25, 100), shown_dims=(100,))
    return relations.run(config)


@pytest.mark.slow
def test_the_mean_direction_is_the_one_outlier(results):
    """nationality, 14 pairs in 2,000 words: seven times what is visible, most analogies solved."""
    relation = results.sel(section="gram6-nationality-adjective", dim=100)
    assert int(relation["outliers"]) == 1
    assert float(relation["p_value"]) < 1e-6
    assert float(relation["snr"]) > 7 * float(relation["visible"])
    assert float(relation["accuracy"]) > 0.8
    counts = relations.outliers(results)
    assert (counts["more"] == 0).all(), "no relation has a second direction"


@pytest.mark.slow
def test_random_pairs_have_no_outlier_unless_noise_is_taken_for_white(results):
    alarms = results["model_alarms"].isel(shown=0)
    assert float(alarms.sel(model="unit vectors, spread as all words")) <= 0.1  # one of ten
    assert float(alarms.sel(model="unit vectors, white")) >= 0.2


@pytest.mark.slow
def test_tables_and_figures_show_every_relation(results, figures):
    assert len(relations.table(results)) == 2 * int((results["pairs"] >= 3).sum())
    assert len(relations.models(results)) == 5
    assert len(figures["spectra"].axes) == len(results["relation"])
    assert "nationality adjective" in figures["projections"].axes[0].get_title("left")


@pytest.mark.slow
def test_an_answer_beats_its_best_rival_where_the_analogy_is_solved(wikipedia):
    """Against the library's own scores, relation by relation; ties aside, in float32."""
    vectors = gf.embed(wikipedia, 60).vectors
    questions = gf.load_analogies().indexed(wikipedia.words)
    right, rival = relations.answer_cosines(vectors, questions)
    assert (abs(right) <= 1 + 1e-6).all()
    solved = np.bincount(questions.section, right > rival, len(questions.sections))
    wanted = gf.evaluation.analogy_accuracy(vectors, questions).by_section * questions.covered
    np.testing.assert_allclose(solved, np.nan_to_num(wanted), atol=1)


@pytest.mark.slow
def test_answers_come_nearer_than_rivals_with_more_features(results):
    """nationality: the cosine falls with d, as everything does, and its rivals' more."""
    relation = results.sel(section="gram6-nationality-adjective")
    assert float(relation["answer_cosine"].sel(dim=100)) < float(
        relation["answer_cosine"].sel(dim=25)
    )
    assert float(relation["answer_ratio"].sel(dim=100)) > float(
        relation["answer_ratio"].sel(dim=25)
    )
