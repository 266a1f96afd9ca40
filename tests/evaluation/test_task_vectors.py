"""Task vectors are differences of pairs; their measures are unbiased and turn with the axes."""

import numpy as np
import pytest

import gradflow as gf
from gradflow.evaluation import RelationSet, relation_curves, task_vectors

WORDS = ["man", "king", "woman", "queen", "Paris", "France", "Lyon", "tree", "trees"]
ASKED = (
    ("man", "king", "woman", "queen"),
    ("woman", "queen", "man", "king"),
    ("Paris", "France", "Lyon", "France"),
    ("tree", "trees", "none", "nones"),
)
ANALOGIES = gf.evaluation.AnalogySet(ASKED, (0, 0, 1, 2), ("royal", "city", "plural"))
RELATIONS = RelationSet.of(ANALOGIES)


def test_pairs_are_those_of_the_questions_each_once():
    assert RELATIONS.pairs == (
        ("man", "king"),
        ("woman", "queen"),
        ("Paris", "France"),
        ("Lyon", "France"),
        ("tree", "trees"),
        ("none", "nones"),
    )
    assert RELATIONS.relation == (0, 0, 1, 1, 2, 2)
    assert repr(RELATIONS) == "RelationSet('analogies', 6 pairs in 3 relations)"


def test_pairs_in_the_vocabulary_share_no_word_unless_told():
    indexed = RELATIONS.indexed(WORDS)
    assert indexed.rows.tolist() == [[0, 1], [2, 3], [4, 5], [7, 8]]
    assert indexed.pairs[2] == ("Paris", "France")
    assert indexed.covered.tolist() == [2, 1, 1]
    assert indexed.total.tolist() == [2, 2, 2]
    assert RELATIONS.indexed(WORDS, shared_words=True).covered.tolist() == [2, 2, 1]
    assert RELATIONS.indexed(WORDS, restrict_vocab=4).covered.tolist() == [2, 0, 0]
    upper = [word.upper() for word in WORDS]
    assert RELATIONS.indexed(upper).covered.tolist() == [2, 1, 1]
    with pytest.raises(gf.ArgumentError, match=r"^words: wanted both words of at least one"):
        RELATIONS.indexed(upper, case_insensitive=False)


def test_two_words_that_case_makes_one_are_no_pair():
    pairs = RelationSet((("Polish", "polish"), ("a", "b")), (0, 0), ("case",))
    assert pairs.indexed(["polish", "Polish", "a", "b"]).covered.tolist() == [1]


@pytest.fixture(scope="module")
def vectors():
    return np.random.default_rng(0).standard_normal((len(WORDS), 4)) * [8, 4, 2, 1]


@pytest.mark.parametrize("unit", [True, False])
def test_differences_by_hand(vectors, unit):
    tasks = task_vectors(vectors, RELATIONS.indexed(WORDS), unit=unit)
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if unit else vectors
    wanted = np.array([rows[1] - rows[0], rows[3] - rows[2]])
    np.testing.assert_allclose(tasks.of("royal"), wanted, rtol=1e-12)
    np.testing.assert_allclose(tasks.mean("royal"), wanted.mean(axis=0), rtol=1e-12)
    values = np.linalg.eigvalsh(wanted @ wanted.T / 2)[::-1]
    np.testing.assert_allclose(tasks.eigenvalues("royal"), values, rtol=1e-12)
    error = abs(wanted[0] - wanted[1]) / 2  # of a mean of two
    np.testing.assert_allclose(tasks.significance("royal"), wanted.mean(axis=0) / error)
    assert tasks.strength("royal") == pytest.approx(
        (wanted[0] @ wanted[1], ((wanted[0] - wanted[1]) ** 2).sum() / 2)
    )
    spread = np.linalg.eigvalsh(np.cov(rows.T, ddof=0))[::-1]
    np.testing.assert_allclose(tasks.noise, spread, atol=1e-12)


def test_rotations_change_no_measure(vectors):
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    one, other = (task_vectors(w, RELATIONS.indexed(WORDS)) for w in (vectors, vectors @ turn))
    np.testing.assert_allclose(other.mean("royal"), one.mean("royal") @ turn, atol=1e-12)
    assert other.strength("royal") == pytest.approx(one.strength("royal"))
    assert other.dimension == pytest.approx(one.dimension)
    np.testing.assert_allclose(other.eigenvalues("royal"), one.eigenvalues("royal"))


def test_signal_and_noise_are_unbiased_and_found():
    """b − a = μ + noise, 150 relations of 8 pairs: means within four standard errors."""
    rng, count, n, d = np.random.default_rng(2), 150, 8, 30
    mean = np.full(d, 0.8)
    words = [f"w{i}" for i in range(2 * count * n)]
    rows = rng.standard_normal((count * n, 2, d)) / np.sqrt(2)
    rows[:, 1] += mean
    index = np.arange(2 * count * n).reshape(-1, 2)
    pairs = RelationSet(
        tuple((words[a], words[b]) for a, b in index),
        tuple(np.repeat(np.arange(count), n).tolist()),
        tuple(map(str, range(count))),
    )
    tasks = task_vectors(rows.reshape(-1, d), pairs.indexed(words), unit=False)
    table = tasks.table(dimension=d)
    for name, wanted in (("signal", mean @ mean), ("noise", d)):
        error = table[name].std() / np.sqrt(count)
        assert table[name].mean() == pytest.approx(wanted, abs=4 * error)
    # θ² = n‖μ‖² = 154, ten times σ²√(nd) = 15, which is visible if pairs are many.
    assert (table["outliers"] == 1).mean() > 0.9


def test_a_relation_of_few_pairs_has_no_spectrum(vectors):
    tasks = task_vectors(vectors, RELATIONS.indexed(WORDS))
    assert np.isnan(tasks.strength("city")).all()
    assert np.isnan(tasks.significance("city")).all()
    assert len(tasks.table()) == 0
    with pytest.raises(gf.ArgumentError, match=r"^relation: wanted one of at least three pairs"):
        tasks.fit("royal")
    with pytest.raises(gf.ArgumentError, match=r"^relation: wanted one of royal, city, plural"):
        tasks.mean("none")


@pytest.fixture(scope="module")
def curves(spec, google):
    vectors = spec.eigenvectors * np.sqrt(spec.eigenvalues)
    return vectors, relation_curves(vectors, spec.words, [8, 30], analogies=google)


def test_curves_are_those_of_the_first_columns(curves, spec, google):
    """Each measure at d is that of vectors cut to d columns, analogies included."""
    vectors, data = curves
    relations = RelationSet.of(google).indexed(spec.words)
    name = "gram6-nationality-adjective"
    for dim in (8, 30):
        cut, here = vectors[:, :dim], data.sel(dim=dim, section=name)
        tasks = task_vectors(cut, relations)
        fit = tasks.fit(name)
        wanted = (*tasks.strength(name), fit.outliers, fit.distance, tasks.dimension)
        names = ("signal", "noise", "outliers", "distance", "dimension")
        assert [float(here[each]) for each in names] == pytest.approx(wanted, rel=1e-6)
        values = tasks.eigenvalues(name)
        share = values[0] * len(values) / values.sum()
        assert float(here["share"]) == pytest.approx(share, rel=1e-6)
        visible = 1 / np.sqrt(len(tasks.of(name)) * tasks.dimension)
        assert float(here["visible"]) == pytest.approx(visible, rel=1e-6)
        solved = gf.evaluation.analogy_accuracy(cut, google.indexed(spec.words))
        accuracy = solved.by_section[data["section"].values.tolist().index(name)]
        assert float(here["accuracy"]) == pytest.approx(float(accuracy))


def test_curves_know_what_they_cannot_say(curves):
    """currency has one pair among 2,000 words, gram2-opposite as many."""
    _, data = curves
    few = data["pairs"] < 3
    assert few.sum() > 0
    for name in ("snr", "visible", "outliers", "distance"):
        np.testing.assert_array_equal(np.isnan(data[name]).all("dim"), few)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: task_vectors(np.ones((3, 2)), RELATIONS.indexed(WORDS)), "vectors"),
        (
            lambda: task_vectors(np.ones(9), RELATIONS.indexed(WORDS), unit=False),
            "vectors",
        ),
        (
            lambda: task_vectors(np.full((9, 2), np.nan), RELATIONS.indexed(WORDS)),
            "vectors",
        ),
        (lambda: task_vectors(np.ones((9, 2)), RELATIONS), "relations"),
        (lambda: RelationSet.of(RELATIONS), "analogies"),
        (lambda: RelationSet((("a",),), (0,), ("x",)), "pairs"),
        (lambda: RelationSet((("a", "b"),), (1,), ("x",)), "relation"),
        (
            lambda: relation_curves(np.ones((9, 2)), WORDS, [3], analogies=ANALOGIES),
            "dims",
        ),
        (
            lambda: relation_curves(np.ones(9), WORDS, [1], analogies=ANALOGIES),
            "vectors",
        ),
        (
            lambda: relation_curves(np.ones((9, 2)), WORDS, [1], analogies=RELATIONS),
            "analogies",
        ),
    ],
)
def test_bad_arguments_are_named(call, named):
    with pytest.raises(gf.ArgumentError, match=f"^{named}: "):
        call()
