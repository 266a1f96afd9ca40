"""Equal counts have equal fingerprints, and only they."""

import dataclasses

import pytest

from gradflow.corpus import CooccurrenceStatistics, load_statistics
from gradflow.io._source import describe_source, source_fingerprint


def test_fingerprint_is_stable(counts, tmp_path):
    path = tmp_path / "counts.gfs"
    counts.save(path)
    assert source_fingerprint(load_statistics(path)) == source_fingerprint(counts)
    assert len(source_fingerprint(counts)) == 64


def test_fingerprint_is_this_one(two_words):
    """Another one would make every finished run look like a new one."""
    known = source_fingerprint(two_words)
    assert known == "ca38ff395c47d3bc90fec8e98aa88af2a8ffc0a7a4741999eb096dd2101459dc"


def test_provenance_does_not_matter(counts):
    other = dataclasses.replace(counts, provenance={"source": "elsewhere"})
    assert source_fingerprint(other) == source_fingerprint(counts)


@pytest.mark.parametrize(
    "change", [{"words": ("sun", "star")}, {"unigram_counts": [3, 3]}, {"window": 2},
               {"pair_counts": [[2, 5], [5, 1]]}, {"pair_counts": [[2, 4], [4, 0]]}],
)  # fmt: skip
def test_everything_else_does(two_words, change):
    fields = {
        "words": two_words.words,
        "unigram_counts": two_words.unigram_counts,
        "pair_counts": two_words.pair_counts.toarray(),
        "window": two_words.window,
    }
    other = CooccurrenceStatistics.from_counts(**{**fields, **change})
    assert source_fingerprint(other) != source_fingerprint(two_words)


def test_description_is_json(counts):
    source = describe_source(counts, "sixty")
    assert source["name"] == "sixty"
    assert source["fingerprint"] == source_fingerprint(counts)
    assert (source["words"], source["window"], source["weighting"]) == (60, 16, "linear")
