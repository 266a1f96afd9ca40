"""Similarities correlate with what people said as gensim's and SciPy's do."""

import jax
import numpy as np
import pytest
import scipy.stats

import gradflow as gf
from gradflow.evaluation import _files, _similarities, similarity_correlation


@pytest.fixture(scope="module")
def wordsim():
    return gf.load_similarities("wordsim353")


@pytest.mark.parametrize("name", ["wordsim353", "simlex999"])
@pytest.mark.parametrize("unknown", ["skip", "zero"])
@pytest.mark.parametrize("restrict_vocab", [300_000, 1500])
def test_gensim_finds_the_same(wikipedia, vectors, keyed, name, unknown, restrict_vocab):
    """In float64, so that rounding swaps no ranks."""
    exact = vectors.astype(np.float64)
    path = str(_files.source_path("source", name, _similarities._KNOWN))
    pearson, spearman, missing = keyed(wikipedia.words, exact).evaluate_word_pairs(
        path, restrict_vocab=restrict_vocab, dummy4unknown=unknown == "zero"
    )
    pairs = gf.load_similarities(name)
    indexed = pairs.indexed(wikipedia.words, unknown=unknown, restrict_vocab=restrict_vocab)
    found = similarity_correlation(exact, indexed)
    assert float(found.spearman) == pytest.approx(spearman[0], rel=1e-12)
    assert float(found.pearson) == pytest.approx(pearson[0], rel=1e-12)
    assert 100 * (1 - found.coverage) == pytest.approx(missing, rel=1e-12)


def test_float32_gives_the_same_to_its_own_digits(wikipedia, vectors, wordsim):
    """Correlations of numbers with seven digits; ranks that rounding swaps are neighbours."""
    indexed = wordsim.indexed(wikipedia.words)
    short, exact = (similarity_correlation(vectors.astype(kind), indexed) for kind in ("f4", "f8"))
    assert short.spearman.dtype == np.float32
    assert float(short.spearman) == pytest.approx(float(exact.spearman), abs=1e-3)
    assert float(short.pearson) == pytest.approx(float(exact.pearson), abs=1e-5)


def test_equal_values_share_their_rank():
    """SciPy's correlation, with ties on both sides."""
    words = list("abcdef")
    judged = (1.0, 2.0, 2.0, 2.0, 5.0, 0.0, 5.0)
    pairs = tuple(
        (words[i], words[j]) for i, j in [(0, 1), (0, 2), (0, 3), (1, 2), (4, 5), (1, 4), (3, 2)]
    )
    vectors = np.array([[1.0, 0], [1, 1], [1, 1], [0, 1], [-1, 0], [1, 3]])
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = [units[words.index(x)] @ units[words.index(y)] for x, y in pairs]
    assert len(set(np.round(cosines, 12))) < len(cosines)
    found = similarity_correlation(
        vectors, gf.evaluation.SimilaritySet(pairs, judged).indexed(words)
    )
    expected = scipy.stats.spearmanr(np.round(cosines, 12), judged).statistic
    assert float(found.spearman) == pytest.approx(expected, rel=1e-12)


def test_case_variants_mean_the_first_of_them(keyed):
    words = ["Sun", "moon", "sun", "star"]
    vectors = np.random.default_rng(0).normal(size=(4, 3))
    pairs = gf.evaluation.SimilaritySet(
        (("SUN", "moon"), ("sun", "star"), ("moon", "star")), (1.0, 2.0, 4.0)
    )
    folded = similarity_correlation(vectors, pairs.indexed(words))
    as_written = similarity_correlation(vectors, pairs.indexed(words, case_insensitive=False))
    assert (folded.covered, as_written.covered, folded.total) == (3, 2, 3)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = [units[0] @ units[1], units[0] @ units[3], units[1] @ units[3]]
    expected = np.corrcoef(cosines, [1.0, 2.0, 4.0])[0, 1]
    assert float(folded.pearson) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_vectors_that_are_not_finite_are_told(bad):
    """Of the words of the pairs: what stands for an unknown word, row 0, is none of them."""
    words = ["other", "a", "b", "c"]
    judged = gf.evaluation.SimilaritySet(
        (("a", "b"), ("b", "c"), ("a", "c"), ("a", "x")), (5.0, 3.0, 1.0, 0)
    )
    pairs = judged.indexed(words, unknown="zero")
    vectors = np.random.default_rng(2).normal(size=(4, 3))
    whole = similarity_correlation(vectors, pairs)
    vectors[0, 0] = bad
    np.testing.assert_allclose(similarity_correlation(vectors, pairs).spearman, whole.spearman)
    vectors[2, 1] = bad
    found = similarity_correlation(vectors, pairs)
    assert np.isnan(found.spearman)
    assert np.isnan(found.pearson)


def test_equal_judgements_have_no_correlation():
    """0.1 is no sum of powers of two, so that a mean of six may differ from it by rounding."""
    words = list("abcd")
    pairs = tuple((x, y) for x in words for y in words if x < y)
    vectors = np.random.default_rng(3).normal(size=(4, 3))
    found = similarity_correlation(
        vectors, gf.evaluation.SimilaritySet(pairs, (0.1,) * 6).indexed(words)
    )
    assert np.isnan(found.spearman)
    assert np.isnan(found.pearson)


def test_rotation_and_length_change_nothing(wikipedia, vectors, wordsim):
    rng = np.random.default_rng(1)
    rotation = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    lengths = np.exp(rng.normal(size=(len(vectors), 1)) * 5)
    indexed = wordsim.indexed(wikipedia.words)
    exact = vectors.astype(np.float64)
    plain = similarity_correlation(exact, indexed)
    turned = similarity_correlation(exact @ rotation * lengths, indexed)
    assert float(turned.spearman) == pytest.approx(float(plain.spearman), rel=1e-12)
    assert float(turned.pearson) == pytest.approx(float(plain.pearson), rel=1e-12)


def test_jit_gives_the_same(wikipedia, vectors, wordsim):
    indexed = wordsim.indexed(wikipedia.words)
    jitted = jax.jit(lambda w: similarity_correlation(w, indexed).spearman)(vectors)
    # float32, where rounding may swap neighbouring ranks
    alone = similarity_correlation(vectors, indexed).spearman
    np.testing.assert_allclose(jitted, alone, atol=1e-3)


def test_files_are_read_with_comments_and_either_separator(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_bytes(b"# made up\r\nsun\tmoon\t3.5\r\n\r\nnew york\tcity\t7\r\n")
    read = gf.load_similarities(file)
    assert read.pairs == (("sun", "moon"), ("new york", "city"))
    assert read.judged == (3.5, 7.0)
    file.write_text("sun moon 1\nmoon sun 2\n")
    assert gf.load_similarities(file).judged == (1.0, 2.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sun moon\n", r"two words and a number a line, got line 1 of"),
        ("sun moon much\n", r"two words and a number a line, got line 1 of"),
        ("sun moon nan\n", r"two words and a number a line, got line 1 of"),
        ("# nothing\n", r"a file of word pairs, got none in"),
    ],
)
def test_files_of_another_format_are_told(tmp_path, text, message):
    file = tmp_path / "pairs.txt"
    file.write_text(text)
    with pytest.raises(gf.DataError, match=message) as caught:
        gf.load_similarities(file)
    assert "\n" not in str(caught.value)


def test_errors_are_one_line(wikipedia, wordsim):
    with pytest.raises(gf.ArgumentError, match=r"^pairs: wanted indexed pairs: .* SimilaritySet"):
        similarity_correlation(np.ones((2000, 2)), wordsim)
    with pytest.raises(gf.ArgumentError, match=r"^vectors: wanted shape \(V, d\) with V = 2000"):
        similarity_correlation(np.ones(3), wordsim.indexed(wikipedia.words))
    with pytest.raises(gf.ArgumentError, match=r"^words: wanted both words .* 353 pairs, got 0"):
        wordsim.indexed(["sun", "the"])
