"""Whole sets scored: gensim's numbers, sums over sections, and the paper's questions."""

import itertools

import numpy as np
import pytest

import gradflow as gf
from gradflow.evaluation import _files, _similarities


@pytest.fixture(scope="module")
def vecs(wikipedia, vectors):
    return gf.WordVectors(wikipedia.words, vectors)


@pytest.mark.parametrize("unknown", ["skip", "zero"])
def test_gensim_scores_the_same_file_the_same(vecs, google, tmp_path, unknown, keyed):
    """From the file that both read: every section, and both similarities."""
    vecs.save_word2vec(tmp_path / "x.bin", binary=True)
    by_gensim = type(vecs.to_gensim()).load_word2vec_format(str(tmp_path / "x.bin"), binary=True)
    read = gf.load_vectors(tmp_path / "x.bin")
    questions = _files.source_path("source", "google", {"google": "questions-words.txt"})
    dummy = {"restrict_vocab": 1500, "dummy4unknown": unknown == "zero"}
    score, sections = by_gensim.evaluate_word_analogies(str(questions), **dummy)
    found = gf.score_analogies(read, google, restrict_vocab=1500, unknown=unknown)
    assert score > 0.005
    for section in sections[:-1]:
        ours = found[section["section"]]
        assert ours.correct == len(section["correct"])
        assert ours.counted == len(section["correct"]) + len(section["incorrect"])
    assert float(found["total"].accuracy) == pytest.approx(score, rel=1e-12)
    for name in ("wordsim353", "simlex999"):
        path = str(_files.source_path("source", name, _similarities._KNOWN))
        pearson, spearman, missing = by_gensim.evaluate_word_pairs(path, **dummy)
        pairs = gf.load_similarities(name)
        similar = gf.score_similarities(read, pairs, restrict_vocab=1500, unknown=unknown)
        # float32: a cosine's rounding may swap two neighbours among some hundred ranks
        assert float(similar.spearman) == pytest.approx(spearman[0], abs=1e-3)
        assert float(similar.pearson) == pytest.approx(pearson[0], abs=1e-5)
        assert 100 * (1 - similar.covered / similar.total) == pytest.approx(missing, rel=1e-12)


def test_semantic_and_syntactic_are_sums_of_sections(vecs, google):
    scores = gf.score_analogies(vecs, google)
    assert scores.rows == (*google.sections, "semantic", "syntactic", "total")
    for name in ("correct", "counted", "covered", "total"):
        counts = {row: int(getattr(scores[row], name)) for row in scores.rows}
        syntactic = sum(counts[row] for row in google.sections if row.startswith("gram"))
        assert counts["syntactic"] == syntactic > 0
        assert counts["semantic"] + syntactic == counts["total"]
    assert (int(scores["semantic"].total), int(scores["syntactic"].total)) == (8869, 10675)
    assert np.isnan(scores["currency"].accuracy)
    np.testing.assert_array_equal(
        scores.table(sums=True)["correct"], [int(row.correct) for row in scores]
    )
    made_up = gf.evaluation.AnalogySet((("a", "b", "c", "d"),), (0,), ("mine",))
    assert gf.score_analogies(vecs, made_up).rows == ("mine", "total")
    with pytest.raises(gf.ArgumentError, match=r"^row: wanted one of capital-common-countries, "):
        scores["capitals"]


def test_nothing_covered_is_a_result():
    vecs = gf.WordVectors(["sun", "moon"], [[1.0], [2.0]])
    questions = gf.evaluation.AnalogySet((("a", "b", "c", "d"),), (0,), ("one",))
    (_, total) = gf.score_analogies(vecs, questions)
    assert np.isnan(total.accuracy)
    assert (total.covered, total.total) == (0, 1)
    assert gf.score_analogies(vecs, questions, unknown="zero")[-1].accuracy == 0
    pairs = gf.evaluation.SimilaritySet((("SUN", "moon"), ("a", "b")), (1.0, 2.0))
    found = gf.score_similarities(vecs, pairs)
    assert np.isnan([found.spearman, found.pearson]).all()
    assert (found.covered, found.total) == (1, 2)
    assert found.table()["name"].tolist() == ["similarities"]
    assert gf.score_similarities(vecs, pairs, case_insensitive=False).covered == 0
    with pytest.raises(gf.ArgumentError, match=r"^unknown: wanted one of"):
        gf.score_similarities(vecs, pairs, unknown="wrong")
    with pytest.raises(gf.ArgumentError, match=r"^vecs: wanted word vectors: load_vectors\(path\)"):
        gf.score_similarities("x.txt", pairs)
    with pytest.raises(gf.ArgumentError, match=r"^questions: wanted analogy questions, got Simil"):
        gf.score_analogies(vecs, pairs)


def test_the_paper_asks_all_ordered_pairs_of_pairs(google, wikipedia):
    """Made by hand from the pairs that a vocabulary has, as the authors' code makes them."""
    vocabulary = set(wikipedia.words[1:])  # that code leaves out the most frequent word
    expected = set()
    for number, name in enumerate(google.sections):
        pairs = set()
        for question, section in zip(google.questions, google.section, strict=True):
            if section == number:
                a, b, c, d = (word.lower() for word in question)
                pairs |= {pair for pair in ((a, b), (c, d)) if set(pair) <= vocabulary}
        expected |= {(name, *x, *y) for x, y in itertools.permutations(pairs, 2)}
    made = google.reexpanded()
    questions = [
        (google.sections[section], *(word.lower() for word in question))
        for question, section in zip(made.questions, made.section, strict=True)
    ]
    covered = [question for question in questions if set(question[1:]) <= vocabulary]
    assert len(covered) == len(set(covered)) > 500
    assert set(covered) == expected
    assert made.sections == google.sections
    # capital-world: 116 capitals, of which the published questions ask only some pairs
    world = google.sections.index("capital-world")
    assert made.section.count(world) == 116 * 115 > google.section.count(world)


def test_a_single_pair_makes_no_question():
    alone = gf.evaluation.AnalogySet((("a", "b", "a", "b"),), (0,), ("one",)).reexpanded()
    assert alone.questions == ()
    assert gf.score_analogies(gf.WordVectors(["a"], [[1.0]]), alone)[-1].total == 0
