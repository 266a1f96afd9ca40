"""A text kept as ids says the same as its counts."""

import lzma

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradflow.corpus import _text_corpus, count_cooccurrence, read_corpus

TEXT = "the cat sat on the mat\n\nthe dog sat on the cat and ran\nmat\n"

corpora = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=25), min_size=1, max_size=6)


def same_statistics(found, wanted):
    assert found.words == wanted.words
    np.testing.assert_array_equal(found.unigram_counts, wanted.unigram_counts)
    np.testing.assert_array_equal(found.pair_counts.toarray(), wanted.pair_counts.toarray())
    assert (found.window, found.weighting) == (wanted.window, wanted.weighting)
    assert found.provenance == wanted.provenance


@given(
    documents=corpora.filter(lambda documents: any(len(each) > 1 for each in documents)),
    window=st.integers(1, 30),
    weighting=st.sampled_from(["linear", "flat"]),
    chunk=st.integers(1, 50),
)
@settings(deadline=None, max_examples=50)
def test_counts_are_those_of_count_cooccurrence(documents, window, weighting, chunk):
    wanted = count_cooccurrence(documents, window=window, weighting=weighting)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_text_corpus, "CHUNK", chunk)
        same_statistics(read_corpus(documents).count(window, weighting), wanted)


def test_a_file_is_read_as_for_counting(tmp_path):
    path = tmp_path / "text.xz"
    path.write_bytes(lzma.compress(TEXT.encode()))
    seen = []
    corpus = read_corpus(path, 4, progress=lambda done, total: seen.append((done, total)))
    same_statistics(corpus.count(3), count_cooccurrence(path, 4, 3))
    assert seen[-1][0] == seen[-1][1] == path.stat().st_size
    assert repr(corpus) == "TokenCorpus(4 words, 10 tokens)"


def test_unknown_words_leave_no_place_and_documents_end():
    corpus = read_corpus(TEXT.splitlines(), words=["cat", "the"])
    assert corpus.words == ("cat", "the")
    assert corpus.ids.tolist() == [1, 0, 1, -1, 1, 1, 0, -1, -1]
    assert corpus.ids.dtype == np.int32
    assert corpus.unigram_counts.tolist() == [2, 4]
    assert corpus.total_tokens == 6
    assert corpus.provenance["documents"] == 3
    assert corpus.provenance["options"]["words"] == "given"
    with pytest.raises(ValueError, match="read-only"):
        corpus.ids[0] = 0


def test_rare_words_are_dropped():
    assert set(read_corpus(TEXT.splitlines(), min_count=2).words) == {
        "the", "cat", "sat", "on", "mat"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vocab_size": 0}, "vocab_size: wanted an integer of at least 1, got 0"),
        ({"vocab_size": 99}, "vocab_size: wanted at most 8, the number of distinct words, got 99"),
        ({"min_count": 0}, "min_count: wanted an integer of at least 1, got 0"),
        ({"tokenizer": 3}, "tokenizer: wanted a function from str to list of str, got 3"),
        ({"words": ["cat", "cat"]}, "words: wanted different words, .*, got 'cat' twice"),
        ({"words": "cat"}, "words: wanted different words, .*, got 'cat'"),
        ({"words": []}, r"words: wanted different words, .*, got \[\]"),
        ({"words": ["cat"], "vocab_size": 1}, "words: wanted .* neither vocab_size nor"),
        ({"words": ["cow"]}, "words: wanted words that occur in the text, got 'cow'"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(options, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        read_corpus(TEXT.splitlines(), **options)
    assert "\n" not in str(error.value)


def test_a_text_without_pairs_cannot_be_counted():
    with pytest.raises(ValueError, match=r"^texts_or_path: wanted documents with at least two"):
        read_corpus(["cat", "mat"]).count(2)
