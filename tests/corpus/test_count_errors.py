"""Every way in which counting can be asked wrongly: one line with argument, wanted and got."""

import errno
import gzip
import io
import lzma
import os
import zipfile

import pytest

from gradflow._errors import ArgumentError, DataError
from gradflow.corpus import _fill_store, _reading, _spool, count_cooccurrence

GOOD = ["a b a b", "b c"]


def assert_one_line(caught, argument):
    assert caught.value.argument == argument
    message = str(caught.value)
    assert message.startswith(f"{argument}: wanted ")
    assert ", got " in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("vocab_size", 0, "integer of at least 1, got 0"),
        ("vocab_size", 2.0, "integer of at least 1, got 2.0"),
        ("vocab_size", 4, "at most 3, the number of distinct words, got 4"),
        ("window", 0, "integer of at least 1, got 0"),
        ("window", -3, "integer of at least 1, got -3"),
        ("window", 1.5, "integer of at least 1, got 1.5"),
        ("window", True, "integer of at least 1, got True"),
        ("weighting", "gauss", "one of 'linear', 'flat', got 'gauss'"),
        ("min_count", 0, "integer of at least 1, got 0"),
        ("min_count", 9, "got 9, but no word occurs more than 3 times"),
        ("tokenizer", "split", "a function from str to list of str, got 'split'"),
        ("tokenizer", len, "a function from str to list, got int"),
        ("tokenizer", lambda text: [1, 2], "a function from str to list of str, got 1"),
    ],
)
def test_values_that_cannot_be_used(argument, value, said):
    with pytest.raises(ArgumentError) as caught:
        count_cooccurrence(GOOD, **{argument: value})
    assert_one_line(caught, argument)
    assert said in str(caught.value)


def test_too_large_a_vocabulary_names_min_count_where_that_is_the_reason():
    with pytest.raises(ArgumentError, match=r"at most 2, .* occur at least 2 times, got 3"):
        count_cooccurrence(GOOD, vocab_size=3, min_count=2)


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        (3, "got int"),
        (None, "got NoneType"),
        ([1, 2], "got int as document 0"),
        (["a b", b"a b"], "got bytes as document 1"),
        ([["a", 7]], "got 7 as a word of document 0"),
        ([], "got no words in documents in memory"),
        (["", "--"], "got no words in documents in memory"),
        (["one", "word", "each"], "got no pair of words in documents in memory"),
    ],
)
def test_documents_that_cannot_be_counted(documents, said):
    with pytest.raises(ArgumentError) as caught:
        count_cooccurrence(documents)
    assert_one_line(caught, "texts_or_path")
    assert said in str(caught.value)


def packed(pack, text=b"some words " * 4000):
    return pack.compress(text + os.urandom(4000).hex().encode())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "the empty file"),
        ("empty.txt.gz", b"", "the empty file"),
        ("dots.txt", b"... \n ...", "no words in dots.txt"),
        ("word.txt", b"word", "no pair of words in word.txt"),
        ("latin.txt", b"one two caf\xe9 three", "byte 0xe9 at offset 11 of"),
        ("binary.bin", b"one\0two", "a zero byte at offset 3 of"),
        ("plain.xz", b"not packed at all", "damaged or cut short: Input format not supported"),
        ("plain.gz", b"not packed at all", "damaged or cut short: Not a gzipped file"),
        ("plain.bz2", b"not packed at all", "damaged or cut short: Invalid data stream"),
        ("plain.zip", b"not packed at all", "File is not a zip file"),
        ("short.xz", packed(lzma)[:-100], "damaged or cut short: Compressed file ended"),
        ("short.gz", packed(gzip)[:-100], "damaged or cut short: Compressed file ended"),
        ("wrong.gz", packed(gzip)[:-8] + b"12345678", "damaged or cut short: CRC check failed"),
    ],
)
def test_files_that_cannot_be_counted(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        count_cooccurrence(path)
    assert_one_line(caught, "texts_or_path")
    assert said in str(caught.value)
    assert name in str(caught.value)


def test_the_offset_of_a_bad_byte_counts_from_the_start_of_the_file(tmp_path):
    path = tmp_path / "latin.txt"
    good = "gut für dich\n".encode() * 200_000
    path.write_bytes(good + b"caf\xe9 \n" + good)
    with pytest.raises(DataError, match=f"byte 0xe9 at offset {len(good) + 3} of"):
        count_cooccurrence(path)


def test_a_file_without_blanks_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(_reading, "LONGEST_WORD_BYTES", 1 << 20)
    path = tmp_path / "genome.txt"
    path.write_bytes(b"a b\n" + b"gattaca" * 1_000_000)
    with pytest.raises(DataError, match="without a blank from byte 4 of"):
        count_cooccurrence(path)


def test_a_zip_of_several_texts_is_refused(tmp_path):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one", "a b")
        archive.writestr("two", "a b")
    with pytest.raises(DataError, match=r"a \.zip that holds one text file, got 2 in"):
        count_cooccurrence(path)


def test_a_zip_with_a_damaged_member_is_refused(tmp_path):
    path = tmp_path / "text.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("text", "a b c d e f g")
    content = bytearray(path.read_bytes())
    content[content.index(b"c d")] = ord("x")
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"damaged or cut short: Bad CRC-32 for file 'text'$"):
        count_cooccurrence(path)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(DataError, match=r"a text file .*, got nothing at '.*missing\.txt'$"):
        count_cooccurrence(tmp_path / "missing.txt")
    with pytest.raises(DataError, match="a text file, got the folder '"):
        count_cooccurrence(tmp_path)
    with pytest.raises(DataError, match=r"a readable file, got 'a\\x00b': embedded null"):
        count_cooccurrence("a\0b")


@pytest.mark.parametrize("text", ["the cat\nsat on the mat", "the cat sat on the mat\n" * 300])
def test_a_text_where_a_path_was_expected(text):
    with pytest.raises(DataError) as caught:
        count_cooccurrence(text)
    assert_one_line(caught, "texts_or_path")
    assert len(str(caught.value)) < 500


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(DataError, match=r"a readable file, got 'secret\.txt': Permission denied$"):
        count_cooccurrence("secret.txt")


def test_a_full_temporary_disk_is_told_in_one_line(monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(_spool.tempfile, "TemporaryFile", lambda buffering: Full())
    monkeypatch.setattr(_fill_store, "MEMORY_BYTES", 1)
    with pytest.raises(DataError, match=r"more temporary space in .*No space left") as caught:
        count_cooccurrence(GOOD)
    assert_one_line(caught, "texts_or_path")
