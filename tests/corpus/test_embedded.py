"""The statistics that come with gradflow are those of the text they name."""

import importlib.resources

import numpy as np
import pytest

from gradflow.corpus import embedded_names, load_statistics


@pytest.fixture(scope="module")
def stats():
    return load_statistics("wikipedia-2k")


def test_names():
    assert embedded_names() == ("wikipedia-2k",)


def test_size_of_the_file():
    file = importlib.resources.files("gradflow.corpus") / "data" / "wikipedia-2k.gfs"
    assert len(file.read_bytes()) <= 4 * 1024 * 1024


def test_facts_that_an_independent_count_gave(stats):
    assert stats.vocab_size == 2000
    assert (stats.window, stats.weighting) == (16, "linear")
    assert stats.total_tokens == 6_215_361
    assert stats.total_pairs == 1_664_053_296
    assert stats.pair_counts.max() == 11_452_734
    assert round(stats.pair_counts.nnz / 2000**2, 3) == 0.813
    assert stats.words[:5] == ("the", "of", "one", "in", "and")


def test_words_are_in_falling_order_of_frequency(stats):
    assert (np.diff(stats.unigram_counts) <= 0).all()


def test_pairs_fit_the_window(stats):
    # A word has at most 16 neighbours on each side, of weights 16 to 1: 2 × 136 in all.
    row_sums = stats.pair_counts.sum(axis=1)
    assert (row_sums <= 2 * 136 * stats.unigram_counts).all()
    assert row_sums.sum() > 0.95 * 2 * 136 * stats.total_tokens


def test_provenance_tells_text_licence_and_how_to_rebuild(stats):
    said = stats.provenance
    assert said["documents"] == 16_253
    assert said["tokens_kept"] == stats.total_tokens
    assert "16,253 English Wikipedia articles" in said["text"]
    assert "CC BY-SA 4.0" in said["licence"]
    assert said["command"] == (
        "gradflow data count enwiki-articles.txt.xz --out wikipedia-2k.gfs"
        " --vocab-size 2000 --window 16"
    )
