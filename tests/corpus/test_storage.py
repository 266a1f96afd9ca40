"""The file format: round trips, the same bytes each time, and every kind of damage."""

import errno
import io
import json
import os
import resource
import zipfile

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from gradflow._errors import DataError
from gradflow.corpus import CooccurrenceStatistics, _storage, count_cooccurrence, load_statistics

TEXTS = ["the cat sat on the mat", "the dog sat on the cat", "ein Gefühl"]


@pytest.fixture
def stats():
    return count_cooccurrence(TEXTS, window=3, tokenizer=str.split)


@pytest.fixture
def saved(stats, tmp_path):
    stats.save(tmp_path / "stats.gfs")
    return tmp_path / "stats.gfs"


def assert_same(one, other):
    assert one.words == other.words
    np.testing.assert_array_equal(one.unigram_counts, other.unigram_counts)
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(
            getattr(one.pair_counts, part), getattr(other.pair_counts, part)
        )
    assert (one.window, one.weighting) == (other.window, other.weighting)
    assert one.provenance == other.provenance


def test_round_trip(stats, saved):
    assert "Gefühl" in stats.words
    assert_same(load_statistics(saved), stats)
    assert_same(load_statistics(str(saved)), stats)


@given(
    size=st.integers(1, 12),
    density=st.floats(0.01, 1),
    largest=st.sampled_from([1, 255, 256, 65_535, 65_536, 2**31, 2**32, 2**62]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None)
def test_round_trip_in_both_layouts_and_all_widths(tmp_path_factory, size, density, largest, seed):
    random = np.random.default_rng(seed)
    upper = np.triu(random.integers(1, largest, (size, size), endpoint=True))
    upper[random.random((size, size)) > density] = 0
    upper[0, -1] = largest
    pairs = upper + np.triu(upper, 1).T
    words = [f"w{i}" for i in range(size)]
    stats = CooccurrenceStatistics.from_counts(words, np.arange(1, size + 1), pairs)
    path = tmp_path_factory.mktemp("layouts") / "x.gfs"
    stats.save(path)
    assert_same(load_statistics(path), stats)


@pytest.mark.parametrize(("density", "layout"), [(0.01, "sparse"), (0.9, "dense")])
def test_the_smaller_layout_is_taken(tmp_path, density, layout):
    random = np.random.default_rng(0)
    upper = np.triu(random.random((200, 200)) < density).astype(int)
    pairs = scipy.sparse.csr_array(upper + np.triu(upper, 1).T)
    words = [f"w{i}" for i in range(200)]
    stats = CooccurrenceStatistics.from_counts(words, np.ones(200, int), pairs)
    stats.save(tmp_path / "x.gfs")
    with zipfile.ZipFile(tmp_path / "x.gfs") as archive:
        assert json.loads(archive.read("meta.json"))["layout"] == layout
    assert_same(load_statistics(tmp_path / "x.gfs"), stats)


def test_large_statistics_are_packed_faster(stats, tmp_path, monkeypatch):
    monkeypatch.setattr(_storage, "LZMA_BYTES", 10)
    stats.save(tmp_path / "x.gfs")
    with zipfile.ZipFile(tmp_path / "x.gfs") as archive:
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_DEFLATED}
    assert_same(load_statistics(tmp_path / "x.gfs"), stats)


def test_the_same_statistics_give_the_same_bytes(stats, saved, tmp_path):
    again = tmp_path / "again"
    stats.save(again)
    assert again.read_bytes() == saved.read_bytes()
    load_statistics(saved).save(again)
    assert again.read_bytes() == saved.read_bytes()


def rewritten(path, **changes):
    """The same zip with some members changed by functions of their bytes, or left out (None)."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            change = changes.get(name.partition(".")[0], lambda content: content)
            if change is not None:
                archive.writestr(name, change(content))


def meta_with(**changes):
    return lambda content: json.dumps(json.loads(content) | changes).encode()


def assert_refused(path, said):
    with pytest.raises(DataError) as caught:
        load_statistics(path)
    message = str(caught.value)
    assert message.startswith("path_or_name: wanted ")
    assert said in message
    assert "\n" not in message


def test_missing_files_folders_and_unknown_names(tmp_path):
    assert_refused(tmp_path / "no.gfs", "a statistics file, got nothing at '")
    assert_refused(tmp_path, "a statistics file, got the folder '")
    assert_refused("wikipedia-3k", "an embedded name ('wikipedia-2k'), got 'wikipedia-3k'")
    assert_refused(7, "a path or a name, got int")


@pytest.mark.parametrize("content", [b"", b"PK", b"plain text\n" * 9, b"\x93NUMPY" + bytes(99)])
def test_files_of_other_kinds(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    assert_refused(tmp_path / "other", "written by gradflow, got")


def test_zips_of_other_kinds(tmp_path):
    np.savez(tmp_path / "arrays.npz", x=np.arange(3))
    assert_refused(tmp_path / "arrays.npz", "a file of another kind")
    with zipfile.ZipFile(tmp_path / "meta.zip", "w") as archive:
        archive.writestr("meta.json", "[]")
    assert_refused(tmp_path / "meta.zip", "a zip of another kind")


def test_a_newer_format_says_so_instead_of_failing(saved):
    rewritten(saved, meta=meta_with(version=2))
    assert_refused(saved, "statistics of format version 1, got version 2 in '")


def test_any_cut_is_noticed(saved):
    whole = saved.read_bytes()
    for length in range(0, len(whole), 7):
        saved.write_bytes(whole[:length])
        assert_refused(saved, "truncated or damaged" if length > 40 else "got '")


def test_any_flipped_bit_is_noticed_or_does_no_harm(stats, saved):
    whole = saved.read_bytes()
    refused = 0
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        saved.write_bytes(damaged)
        try:  # what does no harm is a date or a flag of the zip that nobody reads
            assert_same(load_statistics(saved), stats)
        except DataError:
            refused += 1
    assert refused > 0.6 * len(whole)


@pytest.mark.parametrize("member", ["words", "unigrams", "pairs"])
def test_changed_content_does_not_match_its_checksum(saved, member):
    rewritten(saved, **{member: lambda content: content[:-1] + bytes([content[-1] ^ 1])})
    assert_refused(saved, "does not match its checksum")
    rewritten(saved, **{member: None})
    assert_refused(saved, "does not match its checksum")


def test_nothing_is_ever_unpickled(stats, tmp_path, monkeypatch):
    evil = io.BytesIO()
    np.save(evil, np.array([{"any": "object"}], dtype=object), allow_pickle=True)
    monkeypatch.setattr(_storage, "_npy", lambda array: evil.getvalue())
    stats.save(tmp_path / "evil.gfs")
    assert_refused(tmp_path / "evil.gfs", "Object arrays cannot be loaded when allow_pickle=False")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(stats, saved, monkeypatch):
    before = saved.read_bytes()

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(DataError, match=r"^path: wanted .* No space left on device$"):
        stats.save(saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_write_that_the_system_cuts_short_leaves_nothing(stats, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, limits[1]))
    try:
        with pytest.raises(DataError, match=r"^path: wanted .*: File too large$"):
            stats.save(tmp_path / "x.gfs")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_told_in_one_line(stats, tmp_path):
    with pytest.raises(DataError, match="path: wanted a path in an existing folder, got no folder"):
        stats.save(tmp_path / "no" / "x.gfs")
