"""Files give back the same bits, and gensim opens them."""

import gzip
import os
import pickle
import struct

import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

import gradflow as gf

EVERY = ["x.txt", "x.vec.gz", "x", "x.bin", "x.bin.gz", "x.npz", "x.npy", "x.kv"]


def same(found, vecs):
    assert found.words == vecs.words
    assert found.vectors.tobytes() == vecs.vectors.tobytes()


@pytest.mark.parametrize("name", EVERY)
def test_every_format_gives_back_the_same_bits(odd, tmp_path, name):
    odd.save(tmp_path / name)
    same(gf.load_vectors(tmp_path / name), odd)
    with_vocab = ["x.npy", "x.vocab"] if name == "x.npy" else [name]
    assert sorted(os.listdir(tmp_path)) == with_vocab, "nothing is left beside it"


@pytest.mark.parametrize("name", ["x.txt", "x.txt.gz", "x.bin", "x.bin.gz"])
def test_gensim_opens_both_formats_of_word2vec(odd, tmp_path, name):
    """Words and numbers, bit by bit."""
    odd.save_word2vec(tmp_path / name, binary=".bin" in name)
    found = KeyedVectors.load_word2vec_format(str(tmp_path / name), binary=".bin" in name)
    assert tuple(found.index_to_key) == odd.words
    assert found.vectors.tobytes() == odd.vectors.tobytes()


@pytest.mark.parametrize("binary", [False, True])
def test_what_gensim_writes_is_read(odd, tmp_path, binary):
    odd.to_gensim().save_word2vec_format(str(tmp_path / "x"), binary=binary)
    same(gf.load_vectors(tmp_path / "x"), odd)


def test_what_glove_writes_is_read(tmp_path):
    """No first line of numbers, and blanks inside some words."""
    (tmp_path / "glove.txt").write_text("the 0.5 1 -2\n. . . 1e-3 0 4\n")
    found = gf.load_vectors(tmp_path / "glove.txt")
    assert found.words == ("the", ". . .")
    np.testing.assert_array_equal(found.vectors, np.float32([[0.5, 1, -2], [1e-3, 0, 4]]))


def test_what_word2vec_c_writes_is_read(tmp_path):
    """A blank at the end of each line of text; a line end behind each vector of the binary."""
    (tmp_path / "x").write_text("2 2\nthe 0.5 1 \n</s> 3 4 \n\n")
    assert gf.load_vectors(tmp_path / "x")["</s>"].tolist() == [3, 4]
    vector = struct.pack("<2f", 0.5, -1)
    (tmp_path / "y").write_bytes(b"2 2\nthe " + vector + b"\nof " + vector + b"\n")
    assert gf.load_vectors(tmp_path / "y").vectors.tolist() == [[0.5, -1]] * 2


def test_binary_bytes_that_look_like_blanks_and_line_ends(tmp_path):
    """Numbers whose bytes are 0x20 and 0x0a, more than a block of them."""
    blank, line_end = (float(np.frombuffer(bytes([b] * 4), "<f4")[0]) for b in b" \n")
    vecs = gf.WordVectors(
        [f"w{i}" for i in range(30_000)], [[0.1, *[blank, line_end] * 20]] * 30_000
    )
    vecs.save(tmp_path / "x.bin")
    assert os.path.getsize(tmp_path / "x.bin") > 1 << 22
    same(gf.load_vectors(tmp_path / "x.bin"), vecs)


def test_gensim_s_own_files_are_read(odd, tmp_path):
    """Also a whole model, and one whose array lies beside it."""
    odd.to_gensim().save(str(tmp_path / "x.kv"), sep_limit=0)
    assert os.path.exists(tmp_path / "x.kv.vectors.npy")
    same(gf.load_vectors(tmp_path / "x.kv"), odd)
    model = Word2Vec([["a", "b", "c", "a"]] * 10, vector_size=4, min_count=1, workers=1, epochs=1)
    model.save(str(tmp_path / "x.model"))
    found = gf.load_vectors(tmp_path / "x.model")
    np.testing.assert_array_equal(found["a"], model.wv["a"])
    odd.save(tmp_path / "y.kv")
    same(gf.load_vectors(tmp_path / "y.kv"), odd)
    assert tuple(KeyedVectors.load(str(tmp_path / "y.kv")).index_to_key) == odd.words


def test_npz_needs_no_gradflow_and_keeps_the_provenance(odd, tmp_path):
    odd.save(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        assert tuple(arrays["words"]) == odd.words
        np.testing.assert_array_equal(arrays["vectors"], odd.vectors)
    assert gf.load_vectors(tmp_path / "x.npz").provenance == {"made": "for tests"}
    assert gf.load_vectors(tmp_path / "x.npz").provenance is not odd.provenance


def test_words_beside_an_npy_may_have_counts(three, tmp_path):
    np.save(tmp_path / "x.npy", three.vectors.astype(np.float64))
    (tmp_path / "x.vocab").write_text("sun 12\r\nmoon 7\r\nbread 1\r\n")
    same(gf.load_vectors(tmp_path / "x.npy"), three)


def test_the_same_vectors_give_the_same_bytes(odd, tmp_path):
    for name in ("a.txt.gz", "b.txt.gz"):
        odd.save(tmp_path / name)
    assert (tmp_path / "a.txt.gz").read_bytes() == (tmp_path / "b.txt.gz").read_bytes()


def test_of_a_repeated_word_the_first_is_kept(tmp_path):
    """As gensim does, but not in silence."""
    text = "4 1\nsun 1\nmoon 2\nsun 3\nbread 4\n"
    (tmp_path / "x").write_text(text)
    with pytest.warns(UserWarning, match="1 vectors of words that came before, such as 'sun'"):
        found = gf.load_vectors(tmp_path / "x")
    by_gensim = KeyedVectors.load_word2vec_format(str(tmp_path / "x"))
    assert found.words == tuple(by_gensim.index_to_key[:3]) == ("sun", "moon", "bread")
    np.testing.assert_array_equal(found.vectors, by_gensim.vectors[:3])
    by_gensim.save(str(tmp_path / "x.kv"))
    same(gf.load_vectors(tmp_path / "x.kv"), found)


VECTOR = struct.pack("<2f", 1.0, 2.0)
BAD = {
    "empty": (b"", "a file of word vectors, got the empty file"),
    "no rows": (b"2 2\n", "2 vectors, as the first line says, got 0"),
    "cut short": (b"2 2\na 1 2\n", "2 vectors, as the first line says, got 1 in"),
    "cut in a line": (b"2 2\na 1 2\nb 1", "a word and 2 numbers a line, got line 3"),
    "too many": (b"1 2\na 1 2\nb 1 2\n", "1 vectors, as the first line says, got 2"),
    "too few dimensions": (b"1 2\na 1\n", "a word and 2 numbers a line, got line 2"),
    "too many dimensions": (b"1 2\na 1 2 3\n", "a word and 2 numbers a line, got line 2"),
    "zero": (b"0 5\n", "a file of word vectors, got 0 × 5"),
    "huge": (b"999999999999 300\na 1\n", "a word and 300 numbers a line, got line 2"),
    "no number": (b"1 2\na 1 x\n", "a word and 2 numbers a line, got line 2"),
    "nan": (b"2 2\na 1 2\nb nan 1\n", "finite numbers that float32 holds, got nan in .* 'b' in"),
    "overflow": (b"1 2\na 1 1e39\n", "finite numbers that float32 holds, got inf in .* 'a'"),
    "prose": (b"It was a dark night\n", "a word and 4 numbers a line, got line 1"),
    "one word": (b"word\n", "a word and its numbers a line, got line 1"),
    "no word": (b"1 2\n 1 2\n", "a word and 2 numbers a line, got line 2"),
    "latin": (b"1 2\nna\xefve 1 2\n", "words in UTF-8, got b'na"),
    "noise": (bytes(range(256)) * 9, "a file of word vectors, got other bytes"),
    "binary cut": (b"2 2\na " + VECTOR + b"\nb " + VECTOR[:5], "2 vectors, .* got 1 in"),
    "binary short": (b"3 2\na " + VECTOR + b"\nb " + VECTOR, "3 vectors, .* got 2 in"),
    "binary long": (b"1 2\na " + VECTOR + b"\nb " + VECTOR, "1 vectors, .* got more bytes in"),
    "binary huge": (b"9 999999999999\na " + VECTOR, "9 vectors, .* got 0 in"),
    "binary nan": (b"1 1\na \0\0\xc0\x7f\n", "finite numbers that float32 holds, got nan"),
    "gzip cut": (gzip.compress(b"1 1\na 1\n" * 99)[:-9], "an undamaged file of word vectors"),
    "npz cut": (b"PK\x03\x04 and no more", "an undamaged file of word vectors"),
    "npy cut": (b"\x93NUMPY\x01\x00\x10", "an undamaged file of word vectors"),
    "pickle": (pickle.dumps({"a": [1.0]}), "gensim's with the suffix .kv or .model\\), got a pic"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_told_in_one_line(tmp_path, case):
    content, message = BAD[case]
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(gf.DataError, match=f"^path: wanted .*{message}") as caught:
        gf.load_vectors(tmp_path / "x")
    assert "\n" not in str(caught.value)


def test_other_bad_files(tmp_path, three):
    with pytest.raises(gf.DataError, match=r"^path: wanted a file of word vectors, got nothing at"):
        gf.load_vectors(tmp_path / "none")
    with pytest.raises(gf.DataError, match=r"^path: wanted a file of word vectors, got the folder"):
        gf.load_vectors(tmp_path)
    (tmp_path / "x.kv").write_bytes(b"no pickle")
    with pytest.raises(gf.DataError, match=r"^path: wanted an undamaged file of gensim's Keyed"):
        gf.load_vectors(tmp_path / "x.kv")
    np.savez(tmp_path / "x.npz", W=np.ones(3))
    with pytest.raises(gf.DataError, match=r"arrays 'words' and 'vectors', got W in"):
        gf.load_vectors(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", words=np.array(["a", "b"]), vectors=np.ones((3, 2)))
    with pytest.raises(gf.DataError, match=r"V = 2, one row a word, got shape \(3, 2\) in"):
        gf.load_vectors(tmp_path / "x.npz")
    np.savez(tmp_path / "x.npz", words=np.array([{}], object), vectors=np.ones((1, 2)))
    with pytest.raises(gf.DataError, match=r"^path: wanted an undamaged file of word vectors, got"):
        gf.load_vectors(tmp_path / "x.npz")
    np.save(tmp_path / "x.npy", three.vectors)
    with pytest.raises(gf.DataError, match=r"one a line, beside .*, got nothing at .*x\.vocab"):
        gf.load_vectors(tmp_path / "x.npy")


def test_what_cannot_be_saved(three, tmp_path, monkeypatch):
    with pytest.raises(gf.ArgumentError, match=r"^format: wanted one of 'word2vec', .* got 'csv'"):
        three.save(tmp_path / "x", "csv")
    with pytest.raises(gf.ArgumentError, match=r"^format: wanted a word2vec format for a \.gz fil"):
        three.save(tmp_path / "x.npz.gz")
    with pytest.raises(gf.ArgumentError, match=r"^path: wanted the suffix \.kv for format 'gensim"):
        three.save(tmp_path / "x.txt", "gensim")
    spaced = gf.WordVectors(["New York"], [[1.0]])
    with pytest.raises(gf.DataError, match=r"^words: wanted words without blanks, for format 'wor"):
        spaced.save(tmp_path / "x.txt")
    spaced.save(tmp_path / "x.npz")
    assert "New York" in gf.load_vectors(tmp_path / "x.npz")
    with pytest.raises(gf.DataError, match=r"^path: wanted a path in an existing folder"):
        three.save(tmp_path / "none" / "x.txt")
    (tmp_path / "x.txt").write_text("before")

    def full(*rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gradflow.vectors._write._write_text", full)
    with pytest.raises(gf.DataError, match=r"^path: wanted a path that can be wri.* No space"):
        three.save(tmp_path / "x.txt")
    assert (tmp_path / "x.txt").read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["x.npz", "x.txt"]


def test_gensim_is_only_needed_for_gensim(three, tmp_path, monkeypatch):
    monkeypatch.setattr("gradflow.vectors._gensim.importlib.util.find_spec", lambda name: None)
    three.save(tmp_path / "x.txt")
    wanted = r"wanted the package gensim: pip install gradflow\[evaluation\]"
    with pytest.raises(gf.DataError, match=wanted):
        three.to_gensim()
    with pytest.raises(gf.DataError, match=wanted):
        three.save(tmp_path / "x.kv")
    (tmp_path / "y.kv").write_bytes(b"\x80")
    with pytest.raises(gf.DataError, match=wanted):
        gf.load_vectors(tmp_path / "y.kv")
    assert sorted(os.listdir(tmp_path)) == ["x.txt", "y.kv"]


def test_a_number_with_the_byte_of_a_line_end_is_no_text(tmp_path):
    """word2vec's binary of these begins with what looks like a short line of text."""
    ten = np.frombuffer(b"\n\x80\xc1\x3f", "<f4")[0]
    vecs = gf.WordVectors(["the", "of"], np.array([[ten, 1.5], [-2.0, 1e-3]], np.float32))
    vecs.save(tmp_path / "a.bin")
    assert (gf.load_vectors(tmp_path / "a.bin").vectors == vecs.vectors).all()


def test_words_that_end_in_a_number_keep_it(tmp_path):
    vecs = gf.WordVectors(["route 66", "b"], np.eye(2))
    vecs.save(tmp_path / "a.npy")
    assert gf.load_vectors(tmp_path / "a.npy").words == vecs.words
