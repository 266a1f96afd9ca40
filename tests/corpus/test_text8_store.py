"""The fast way from bytes to ids finds the words of `text8_tokens`, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradflow.corpus import count_cooccurrence, read_corpus, text8_tokens
from gradflow.corpus._text8_store import Text8Store, store_text8_file


def documents_of(path, block_bytes=1 << 20):
    store = Text8Store(1 << 20)
    store_text8_file(store, str(path), block_bytes=block_bytes)
    ids = np.concatenate([*store.chunks(1000), np.empty(0, np.int32)])
    words = store.words
    store.close()
    parts = np.split(ids, np.flatnonzero(ids < 0) + 1)
    assert store.tokens == np.count_nonzero(ids >= 0)
    assert store.documents == np.count_nonzero(ids < 0)
    assert store.positions == len(ids)
    assert store.counts().tolist() == np.bincount(ids[ids >= 0], minlength=len(words)).tolist()
    assert len(set(words)) == len(words) == store.distinct
    return [[words[i] for i in part if i >= 0] for part in parts if len(part)]


def wanted(text):
    found = [text8_tokens(line) for line in text.split("\n")]
    return [words for words in found if words]


def test_every_character_there_is(tmp_path):
    """Also those two beyond ASCII whose lower case has an ASCII letter."""
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    text = "".join(f"a{character}b " for character in characters)
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    assert documents_of(path) == wanted(text)
    assert text8_tokens("aKb aİb") == ["akb", "ai", "b"]


@given(
    text=st.text(st.sampled_from("aZ09 \n\tİKéâ℀Ä日."), max_size=60),
    block_bytes=st.integers(1, 30),
)
@settings(deadline=None, max_examples=300)
def test_any_text_in_blocks_of_any_size(tmp_path_factory, text, block_bytes):
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_bytes(b"x" + text.encode())
    assert documents_of(path, block_bytes) == wanted("x" + text)


def test_more_words_than_the_first_table_holds(tmp_path):
    """Long ones too, of which many have their last twelve letters, or their key, in common."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abc"), rng.integers(1, 20))) for _ in range(30_000)]
    words += [f"{word}abcabcabcabc" for word in words[:20_000]]
    words += [chr(97 + i % 26) * (i // 26 + 1) for i in range(26 * 80)]
    text = "\n".join(" ".join(part) for part in np.array_split(words * 2, 100))
    path = tmp_path / "text.txt"
    path.write_text(text)
    assert len(set(words)) > 1 << 15  # half of the slots it begins with
    assert documents_of(path) == wanted(text)


def test_a_file_and_its_lines_give_the_same(tmp_path):
    lines = ["The cat, 12 miles away", "", "  sat on the mat.  ", "CAT 7"]
    path = tmp_path / "text.txt"
    path.write_text("\n".join(lines))
    fast, slow = count_cooccurrence(path), count_cooccurrence(lines)
    assert fast.words == slow.words
    assert (fast.pair_counts != slow.pair_counts).nnz == 0
    assert fast.unigram_counts.tolist() == slow.unigram_counts.tolist()
    assert fast.provenance | {"source": ""} == slow.provenance | {"source": ""}
    assert read_corpus(path).ids.tolist() == read_corpus(lines).ids.tolist()


@pytest.mark.slow
def test_a_line_of_a_hundred_million_bytes(tmp_path):
    path = tmp_path / "line.txt"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"one line of words 7" * 55_000)  # 7one: no blank, and two words
    stats = count_cooccurrence(path, window=2)
    assert path.stat().st_size > 10**8
    assert stats.provenance["documents"] == 1
    assert stats.words == ("line", "of", "one", "seven", "words")
    assert stats.unigram_counts.tolist() == [5_500_000] * 5
    assert stats.total_pairs == 2 * (2 * (5 * 5_500_000 - 1) + 5 * 5_500_000 - 2)
