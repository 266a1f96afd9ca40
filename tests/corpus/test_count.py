"""Counting against a loop that a child can read, for all options and sources."""

import bz2
import collections
import gzip
import lzma
import os
import threading
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradflow.corpus import _fill_store, _memory_budget, _tokens, count_cooccurrence, text8_tokens
from gradflow.corpus._reading import text_pieces

TEXT = """The cat sat on the mat.
The dog sat on the cat, and the cat ran.

A dog and a cat ran 12 miles
"""


def readable_count(documents, words, window, weighting, keep_unknown_gaps):
    """Every pair of positions of every document, one after the other."""
    counts = np.zeros((len(words), len(words)), dtype=int)
    for document in documents:
        if not keep_unknown_gaps:
            document = [word for word in document if word in words]
        for i, first in enumerate(document):
            for j, second in enumerate(document):
                distance = j - i
                if 1 <= distance <= window and first in words and second in words:
                    weight = window + 1 - distance if weighting == "linear" else 1
                    counts[words.index(first), words.index(second)] += weight
                    counts[words.index(second), words.index(first)] += weight
    return counts


def readable_vocabulary(documents, vocab_size):
    frequency = collections.Counter(word for document in documents for word in document)
    return sorted(frequency, key=lambda word: (-frequency[word], word))[:vocab_size], frequency


corpora = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=25), min_size=1, max_size=6)


@given(
    documents=corpora,
    vocab_size=st.integers(1, 8),
    window=st.integers(1, 30),
    weighting=st.sampled_from(["linear", "flat"]),
    keep_unknown_gaps=st.booleans(),
    chunk=st.integers(1, 50),
)
@settings(deadline=None, max_examples=200)
def test_equals_the_readable_loop(
    documents, vocab_size, window, weighting, keep_unknown_gaps, chunk
):
    words, frequency = readable_vocabulary(documents, vocab_size)
    wanted = readable_count(documents, words, window, weighting, keep_unknown_gaps)
    options = {
        "vocab_size": len(words) or None,
        "window": window,
        "weighting": weighting,
        "keep_unknown_gaps": keep_unknown_gaps,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_memory_budget, "CHUNK", chunk)  # windows reach across the chunks
        patch.setattr(_tokens, "RECENT", chunk)
        if not wanted.any():
            with pytest.raises(ValueError, match="texts_or_path: wanted"):
                count_cooccurrence(documents, **options)
            return
        stats = count_cooccurrence(documents, **options)
    assert list(stats.words) == words
    np.testing.assert_array_equal(stats.pair_counts.toarray(), wanted)
    assert stats.unigram_counts.tolist() == [frequency[word] for word in words]


def test_weights_of_a_case_done_by_hand():
    # a b a, window 2: a-b at 1 (weight 2), a-a at 2 (weight 1, twice on the diagonal), b-a at 1.
    stats = count_cooccurrence([["a", "b", "a"]], window=2)
    assert stats.pair_counts.toarray().tolist() == [[2, 4], [4, 0]]
    flat = count_cooccurrence([["a", "b", "a"]], window=2, weighting="flat")
    assert flat.pair_counts.toarray().tolist() == [[2, 2], [2, 0]]


def test_dropped_words_bring_their_neighbours_together_and_kept_gaps_do_not():
    documents = [["a", "x", "b", "a", "b"]]
    near = count_cooccurrence(documents, vocab_size=2, window=1)
    far = count_cooccurrence(documents, vocab_size=2, window=1, keep_unknown_gaps=True)
    assert near.pair_counts[0, 1] == 3
    assert far.pair_counts[0, 1] == 2


def test_min_count_leaves_rare_words_out_before_the_window_is_laid():
    stats = count_cooccurrence([["a", "x", "a", "b", "b"]], window=1, min_count=2)
    assert stats.words == ("a", "b")
    assert stats.pair_counts.toarray().tolist() == [[2, 1], [1, 2]]


def test_large_vocabularies_and_many_chunks_agree_with_one_chunk(monkeypatch):
    random = np.random.default_rng(0)
    ids = (3000 * random.random(40_000) ** 3).astype(int)
    documents = [[f"w{i}" for i in part] for part in np.array_split(ids, 7)]
    whole = count_cooccurrence(documents, window=5)
    monkeypatch.setattr(_memory_budget, "CHUNK", 1009)
    parts = count_cooccurrence(documents, window=5)
    assert whole.vocab_size > 2500
    assert (whole.pair_counts != parts.pair_counts).nnz == 0
    assert whole.total_pairs == sum(
        2 * weight * (len(document) - distance)
        for document in documents
        for distance, weight in enumerate([5, 4, 3, 2, 1], 1)
    )


def test_counts_beyond_32_bits_are_exact():
    # One pair of words at each distance up to L: the sum of all weights is known, and large.
    length, window = 20_000, 15_000
    stats = count_cooccurrence([["a"] * length], window=window)
    distance = np.arange(1, window + 1)
    assert stats.total_pairs == 2 * int(((window + 1 - distance) * (length - distance)).sum())
    assert stats.total_pairs > 2**40


def test_ids_that_spill_to_a_temporary_file_count_the_same(monkeypatch):
    documents = [["a", "b", "c"] * 50] * 4
    in_memory = count_cooccurrence(documents)
    monkeypatch.setattr(_fill_store, "MEMORY_BYTES", 100)
    monkeypatch.setattr(_tokens, "RECENT", 10)
    on_disk = count_cooccurrence(documents)
    assert (in_memory.pair_counts != on_disk.pair_counts).nnz == 0


def test_texts_word_lists_generators_and_a_file_give_the_same(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    lines = TEXT.splitlines()
    sources = [
        path,
        str(path),
        lines,
        [text8_tokens(line) for line in lines],
        (line for line in lines),
        iter([text8_tokens(line) for line in lines]),
    ]
    counted = [count_cooccurrence(source, vocab_size=5, window=3) for source in sources]
    for stats in counted[1:]:
        assert stats.words == counted[0].words
        assert (stats.pair_counts != counted[0].pair_counts).nnz == 0
    assert {stats.provenance["documents"] for stats in counted} == {3}


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip", ""])
def test_packed_files_count_like_the_plain_one(tmp_path, suffix):
    plain = tmp_path / "text.txt"
    plain.write_text(TEXT)
    packed = tmp_path / f"text.txt{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("folder/", "")
            archive.writestr("folder/text", TEXT)
    else:
        pack = {".gz": gzip, ".bz2": bz2, ".xz": lzma, "": lzma}[suffix]  # "": known by content
        packed = packed if suffix else tmp_path / "packed"
        packed.write_bytes(pack.compress(TEXT.encode()))
    wanted, got = count_cooccurrence(plain), count_cooccurrence(packed)
    assert got.words == wanted.words
    assert (got.pair_counts != wanted.pair_counts).nnz == 0
    assert got.provenance["source"] == packed.name


words_and_blanks = st.lists(
    st.sampled_from(["a", "bé", "日本", " ", "\t", "\n", "\r\n", "  \n", "c"]), max_size=40
)


@given(parts=words_and_blanks, block_bytes=st.integers(1, 30))
@settings(deadline=None)
def test_blocks_of_any_size_give_the_same_words_and_documents(tmp_path_factory, parts, block_bytes):
    text = "x" + "".join(parts)
    path = tmp_path_factory.mktemp("blocks") / "text.txt"
    path.write_bytes(text.encode())
    documents = [[]]
    for piece, ends_document in text_pieces(str(path), block_bytes=block_bytes):
        documents[-1] += piece.split()
        if ends_document:
            documents.append([])
    lines = [line.split() for line in text.split("\n")]
    assert [words for words in documents if words] == [words for words in lines if words]


def test_a_long_line_arrives_in_pieces_and_short_lines_whole(tmp_path):
    path = tmp_path / "line.txt"
    path.write_text("one two\nthree " + "word " * 1000)
    pieces = list(text_pieces(str(path), block_bytes=100))
    assert pieces[0] == ("one two", True)
    assert len(pieces) > 40
    assert max(len(text) for text, _ in pieces) <= 200
    assert not any(ends for _, ends in pieces[1:])


def test_reading_keeps_to_a_few_blocks_of_memory(tmp_path):
    path = tmp_path / "line.txt"
    path.write_bytes(b"a line of many words " * 1_000_000)
    tracemalloc.start()
    characters = sum(len(text) for text, _ in text_pieces(str(path)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert characters == path.stat().st_size == 21_000_000
    assert peak < 8_000_000


def test_a_pipe_is_read_like_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(TEXT,))
    writer.start()
    seen = []
    stats = count_cooccurrence(pipe, progress=lambda done, total: seen.append((done, total)))
    writer.join()
    assert stats.provenance["documents"] == 3
    assert seen[-1] == (len(TEXT), None)


def test_a_mark_of_byte_order_is_no_part_of_the_first_word(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("\ufeffa b\na b".encode())
    assert count_cooccurrence(path, tokenizer=str.split).words == ("a", "b")


def test_own_tokenizer_decides_what_words_are():
    stats = count_cooccurrence(["New York, New York"], tokenizer=lambda text: text.split(", "))
    assert stats.words == ("New York",)
    assert stats.provenance["tokenizer"] == "<lambda>"


def test_progress_ends_at_the_size_of_the_file_or_the_number_of_documents(tmp_path):
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    seen = []
    count_cooccurrence(path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)
    seen.clear()
    count_cooccurrence(TEXT.splitlines(), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    seen.clear()
    count_cooccurrence(iter(["a b"]), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, None)]


def test_provenance_names_the_source_and_all_options(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    stats = count_cooccurrence(path, 4, 3, weighting="flat", min_count=2)
    assert (stats.window, stats.weighting) == (3, "flat")
    said = dict(stats.provenance)
    assert isinstance(said.pop("gradflow"), str)
    assert said == {
        "source": "text.txt",
        "documents": 3,
        "tokens_read": 25,
        "tokens_kept": stats.total_tokens,
        "distinct_words": 12,
        "tokenizer": "text8_tokens",
        "options": {"vocab_size": 4, "min_count": 2, "keep_unknown_gaps": False},
    }
