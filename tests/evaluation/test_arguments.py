"""What evaluation cannot use is named in one line, before anything runs."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.evaluation import _downstream, downstream_curves

WORDS = ["a", "b", "c", "d", "e"]
QUESTIONS = gf.evaluation.AnalogySet([["a", "b", "c", "d"]], [0], ["one"])
PAIRS = gf.evaluation.SimilaritySet([["a", "b"], ["c", "d"], ["a", "e"]], np.array([1.0, 2.0, 3.0]))


def test_sets_are_made_of_tuples_whatever_they_were_given():
    """Names of sections are static under jit, hence must have a hash."""
    assert QUESTIONS.questions == (("a", "b", "c", "d"),)
    assert (QUESTIONS.section, QUESTIONS.sections) == ((0,), ("one",))
    assert PAIRS.judged == (1.0, 2.0, 3.0)
    vectors = np.arange(10.0).reshape(5, 2)
    assert gf.evaluation.analogy_accuracy(
        vectors, QUESTIONS.indexed(np.array(WORDS))
    ).total.tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ((["abcd"], [0], ["one"]), "questions"),
        (("abcd", [0], ["one"]), "questions"),
        (([("a", "b", "c")], [0], ["one"]), "questions"),
        (([("a", "b", "c", 4)], [0], ["one"]), "questions"),
        ((7, [0], ["one"]), "questions"),
        (([("a", "b", "c", "d")], [], ["one"]), "section"),
        (([("a", "b", "c", "d")], [1], ["one"]), "section"),
        (([("a", "b", "c", "d")], [-1], ["one"]), "section"),
        (([("a", "b", "c", "d")], [0.5], ["one"]), "section"),
        (([("a", "b", "c", "d")], 0, ["one"]), "section"),
        (([("a", "b", "c", "d")], [0], "one"), "sections"),
        (([("a", "b", "c", "d")], [0], [1]), "sections"),
        (([("a", "b", "c", "d")], [0], ["one"], None), "name"),
    ],
)
def test_questions_that_are_none(arguments, argument):
    one_line(argument, gf.evaluation.AnalogySet, *arguments)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (([("a", "b", "c")], [1.0]), "pairs"),
        ((["ab"], [1.0]), "pairs"),
        ((None, [1.0]), "pairs"),
        (([("a", "b")], [1.0, 2.0]), "judged"),
        (([("a", "b")], ["much"]), "judged"),
        (([("a", "b")], [np.nan]), "judged"),
        (([("a", "b")], np.array(1.0)), "judged"),
        (([("a", "b")], [1.0], 5), "name"),
    ],
)
def test_pairs_that_are_none(arguments, argument):
    one_line(argument, gf.evaluation.SimilaritySet, *arguments)


@pytest.mark.parametrize("asked", [QUESTIONS, PAIRS], ids=["analogies", "similarities"])
@pytest.mark.parametrize(
    "words",
    [None, 5, set(WORDS), iter(WORDS), dict.fromkeys(WORDS), [*WORDS, 5], [["a"], ["b", "c"]]],
    ids=["None", "number", "set", "iterator", "mapping", "mixed", "nested"],
)
def test_words_that_are_none(asked, words):
    one_line("words", asked.indexed, words)


@pytest.mark.parametrize(
    "vectors",
    [
        [["a", "b"]] * 5,
        [[1.0, 2.0]] * 4 + [[1.0]],
        np.ones((5, 2), np.longdouble),
        np.ones((5, 2), complex),
        np.ones((5, 2), bool),
        np.full((5, 2), None),
        None,
    ],
    ids=["strings", "ragged", "longdouble", "complex", "bool", "objects", "None"],
)
def test_vectors_that_are_none(vectors):
    one_line("vectors", gf.evaluation.analogy_accuracy, vectors, QUESTIONS.indexed(WORDS))
    one_line("vectors", gf.evaluation.similarity_correlation, vectors, PAIRS.indexed(WORDS))


@pytest.mark.parametrize(
    "options",
    [
        {"analogies": "google"},
        {"similarities": PAIRS},
        {"similarities": iter([PAIRS])},
        {"similarities": ["wordsim353"]},
        {"similarities": [PAIRS, PAIRS]},
        {"rule": "other"},
        {"num_times": 7},
        {"times": [[0.0], [1.0, 2.0]]},
        {"seeds": [[0], [1, 2]]},
        {"dims": [[1], [1, 2]]},
    ],
    ids=[
        "analogies", "one set", "iterator", "names", "twice", "rule", "num_times", "times", "seeds",
        "dims",
    ],
)  # fmt: skip
def test_curves_are_refused_before_any_run(monkeypatch, options):
    def never(*arguments, **others):
        raise AssertionError("something ran")

    for name in ("spectrum", "solve", "predict"):
        monkeypatch.setattr(_downstream, name, never)
    problem = gf.Quadratic(gf.Target(np.eye(5), tuple(WORDS)))
    usable = {"dims": [2], "analogies": QUESTIONS, "similarities": [PAIRS]}
    one_line(next(iter(options)), downstream_curves, problem, **{**usable, **options})


def one_line(argument, function, *arguments, **options):
    with pytest.raises(gf.ArgumentError) as caught:
        function(*arguments, **options)
    assert caught.value.argument == argument
    assert "\n" not in str(caught.value)
