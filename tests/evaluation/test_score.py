"""Whole sets scored: gensim's numbers, sums over sections, and the paper's questions."""

import itertools

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
    by_section = {one.section: one for one in found}
    assert score > 0.005
    for section in sections[:-1]:
        ours = by_section[section["section"]]
        assert ours.correct == len(section["correct"])
        assert ours.counted == len(section["correct"]) + len(section["incorrect"])
    assert by_section["total"].accuracy == pytest.approx(score, rel=1e-12)
    for name in ("wordsim353", "simlex999"):
        path = str(_files.source_path("source", name, _similarities._KNOWN))
        pearson, spearman, missing = by_gensim.evaluate_word_pairs(path, **dummy)
        pairs = gf.load_similarities(name)
        similar = gf.score_similarities(read, pairs, restrict_vocab=1500, unknown=unknown)
        # float32: a cosine's rounding may swap two neighbours among some hundred ranks
        assert similar.spearman == pytest.approx(spearman[0], abs=1e-3)
        assert similar.pearson == pytest.approx(pearson[0], abs=1e-5)
        assert 100 * (1 - similar.covered / similar.total) == pytest.approx(missing, rel=1e-12)


def test_semantic_and_syntactic_are_sums_of_sections(vecs, google):
    found = {one.section: one for one in gf.score_analogies(vecs, google)}
    assert list(found)[-3:] == ["semantic", "syntactic", "total"]
    for part in ("correct", "counted", "covered", "total"):
        whole = {name: getattr(one, part) for name, one in found.items()}
        grammar = sum(whole[name] for name in google.sections if name.startswith("gram"))
        assert whole["syntactic"] == grammar > 0
        assert whole["semantic"] + grammar == whole["total"]
    assert (found["semantic"].total, found["syntactic"].total) == (8869, 10675)
    assert found["currency"].accuracy is None
    own = gf.AnalogySet((("a", "b", "c", "d"),), (0,), ("mine",))
    assert [one.section for one in gf.score_analogies(vecs, own)] == ["mine", "total"]


def test_nothing_covered_is_a_result():
    vecs = gf.WordVectors(["sun", "moon"], [[1.0], [2.0]])
    questions = gf.AnalogySet((("a", "b", "c", "d"),), (0,), ("one",))
    (_, total) = gf.score_analogies(vecs, questions)
    assert (total.accuracy, total.covered, total.total) == (None, 0, 1)
    assert gf.score_analogies(vecs, questions, unknown="zero")[-1].accuracy == 0
    pairs = gf.SimilaritySet((("SUN", "moon"), ("a", "b")), (1.0, 2.0))
    found = gf.score_similarities(vecs, pairs)
    assert (found.spearman, found.pearson, found.covered, found.total) == (None, None, 1, 2)
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
    found = [
        (google.sections[section], *(word.lower() for word in question))
        for question, section in zip(made.questions, made.section, strict=True)
    ]
    covered = [one for one in found if set(one[1:]) <= vocabulary]
    assert len(covered) == len(set(covered)) > 500
    assert set(covered) == expected
    assert made.sections == google.sections
    # capital-world: 116 capitals, of which the published questions ask only some pairs
    world = google.sections.index("capital-world")
    assert made.section.count(world) == 116 * 115 > google.section.count(world)


def test_a_single_pair_makes_no_question():
    alone = gf.AnalogySet((("a", "b", "a", "b"),), (0,), ("one",)).reexpanded()
    assert alone.questions == ()
    assert gf.score_analogies(gf.WordVectors(["a"], [[1.0]]), alone)[-1].total == 0
