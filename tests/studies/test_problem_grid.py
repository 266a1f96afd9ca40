"""Grids of problems: every combination, labelled, each the problem that its label says."""

import re

import numpy as np
import pytest

import gradflow as gf
from gradflow.studies import problem_grid
from gradflow.studies._problem_grid import ProblemLabel


def test_every_combination_is_there_once(sixty_words):
    stats = sixty_words.top(8)
    problems = problem_grid(
        stats, loss=("sgns", "taylor"), order=(1, 2), negatives=(1, 5.0), tied=(True, False)
    )
    assert len(problems) == 3 * 2 * 2
    label = ProblemLabel("taylor 1", "uniform", 5.0, "untied")
    assert isinstance(problems[label], gf.Taylor)
    assert not problems[label].tied
    assert {type(p) for key, p in problems.items() if key.loss_function == "sgns"} == {
        gf.Contrastive
    }


def test_each_is_the_problem_of_its_label(sixty_words):
    """Values of one argument may stand alone."""
    stats = sixty_words.top(8)
    (nce,) = problem_grid(stats, loss="nce", weighting="unigram", negatives=3.0).values()
    alone = gf.NCE(stats, "unigram", 3.0, log_partition=float(np.log(8)))
    w = np.random.default_rng(0).normal(size=(8, 2))
    np.testing.assert_allclose(nce.loss(w), alone.loss(w), rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "x"}, "loss: wanted one of 'sgns', 'nce', 'taylor', got 'x'"),
        ({"loss": ()}, "loss: wanted at least one value, got ()"),
        ({"order": 0, "loss": "taylor"}, "order: wanted an integer of at least 1, got 0"),
        ({"weighting": ("none", "none")}, "weighting: wanted different values"),
        ({"weighting": "heavy"}, "weighting: wanted one of "),
        ({"negatives": 0.0}, "negatives: wanted a finite number above 0, got 0.0"),
    ],
)
def test_bad_values_are_one_line(two_words, arguments, message):
    with pytest.raises(gf.ArgumentError, match=f"^{re.escape(message)}") as error:
        problem_grid(two_words, **arguments)
    assert "\n" not in str(error.value)


def test_only_counts_make_a_grid():
    with pytest.raises(gf.ArgumentError, match=r"^stats: wanted co-occurrence statistics"):
        problem_grid(np.eye(3))
