"""Look-ups are gensim's; what is no set of vectors is told."""

import numpy as np
import pytest

import gradflow as gf


def test_look_ups_are_those_of_gensim():
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in range(50)]
    vecs = gf.WordVectors(words, rng.normal(size=(50, 6)))
    keyed = vecs.to_gensim()
    assert [word for word, _ in vecs.most_similar("w7", 12)] == [
        word for word, _ in keyed.most_similar("w7", topn=12)
    ]
    cosines = [cosine for _, cosine in vecs.most_similar("w7", 12)]
    np.testing.assert_allclose(cosines, [c for _, c in keyed.most_similar("w7", topn=12)], 1e-5)
    assert vecs.similarity("w1", "w2") == pytest.approx(keyed.similarity("w1", "w2"), rel=1e-5)
    np.testing.assert_array_equal(vecs["w3"], keyed["w3"])
    assert ("w3" in vecs, "x" in vecs, 3 in vecs) == (True, False, False)
    assert (len(vecs), vecs.vocab_size, vecs.dim) == (50, 50, 6)


def test_any_vector_may_be_asked_for(three):
    """Then no word is left out; a zero vector is at right angles to all."""
    assert three.most_similar([1.0, 0.0], 2)[0] == ("sun", 1.0)
    assert [cosine for _, cosine in three.most_similar([0.0, 0.0])] == [0, 0, 0]
    assert len(three.most_similar("sun", 99)) == 2
    huge = gf.WordVectors(["a", "b"], [[1e38, 1e38], [1e-40, 0]])
    assert huge.similarity("a", "b") == pytest.approx(0.5**0.5, rel=1e-6)


def test_vectors_are_read_only_copies():
    mine = np.ones((2, 2), np.float32)
    vecs = gf.WordVectors(["a", "b"], mine)
    mine[0, 0] = 9
    assert vecs["a"].tolist() == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        vecs["a"][0] = 3
    keyed = vecs.to_gensim()
    keyed.vectors[0, 0] = 5
    assert vecs["a"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("words", "vectors", "message"),
    [
        ([], np.ones((0, 2)), "words: wanted different words, at least one, got none"),
        ("ab", np.ones((2, 2)), "words: wanted different words, at least one, got 'ab'"),
        (["a", "a"], np.ones((2, 2)), "words: .* got 'a' twice"),
        (["a", ""], np.ones((2, 2)), "words: wanted non-empty UTF-8 strings"),
        (["a", "b\nc"], np.ones((2, 2)), "words: wanted non-empty UTF-8 strings without line"),
        (["a", "\ud800"], np.ones((2, 2)), "words: wanted non-empty UTF-8 strings"),
        (["a", 3], np.ones((2, 2)), "words: wanted non-empty UTF-8 strings"),
        (["a"], np.ones((2, 2)), r"vectors: wanted shape \(V, d\) with V = 1"),
        (["a"], np.ones((1, 0)), r"vectors: wanted shape \(V, d\) with V = 1"),
        (["a"], [["x"]], "vectors: wanted an array of real numbers, got dtype"),
        (["a", "b"], [[1.0], [1.0, 2.0]], "vectors: wanted an array of real numbers"),
        (["a", "b"], [[1.0], [np.nan]], "vectors: wanted finite .*, got nan in the vector of 'b'"),
        (["a"], [[1e39]], "vectors: wanted finite numbers that float32 holds, got 1e[+]39 in"),
    ],
)
def test_what_is_no_set_of_vectors(words, vectors, message):
    with pytest.raises(gf.DataError, match=f"^{message}"):
        gf.WordVectors(words, vectors)


def test_wrong_questions(three):
    with pytest.raises(gf.ArgumentError, match=r"^word: wanted one of the 3 words, got 'stone'"):
        three["stone"]
    with pytest.raises(gf.ArgumentError, match=r"^word: wanted a word, or a finite vector of 2 nu"):
        three.most_similar([1.0, 2.0, 3.0])
    with pytest.raises(gf.ArgumentError, match=r"^topn: wanted an integer of at least 1, got 0"):
        three.most_similar("sun", 0)
    with pytest.raises(gf.DataError, match=r"^provenance: wanted a dictionary of JSON values"):
        gf.WordVectors(["a"], [[1.0]], {"a": np.ones(2)})
