"""Downloads from a server on this machine: cached, checked, told in one line when they fail."""

import functools
import hashlib
import http.server
import io
import logging
import threading
import zipfile

import pytest

from gradflow._errors import DataError
from gradflow.corpus import _download, corpus_names, count_cooccurrence, download_corpus

TEXT = b" anarchism originated as a term of abuse first used against a term" * 50


def zipped(text):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("tiny8"), text)  # no date: the same bytes every time
    return buffer.getvalue()


class Handler(http.server.SimpleHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012 - shared on purpose, emptied by the fixture

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A folder that is served, its address, and an entry for its one file."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "tiny8.zip").write_bytes(zipped(TEXT))
    Handler.asked.clear()
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{serving.server_port}"
        digest = hashlib.sha256(zipped(TEXT)).hexdigest()
        entry = _download._Corpus(f"{url}/tiny8.zip", digest)
        monkeypatch.setitem(_download._CORPORA, "tiny8", entry)
        yield folder, url
        serving.shutdown()
        thread.join()


def test_download_is_counted_as_it_is(server, tmp_path):
    path = download_corpus("tiny8", cache_dir=tmp_path / "cache")
    assert path == tmp_path / "cache" / "tiny8.zip"
    stats = count_cooccurrence(path)
    assert stats.provenance["documents"] == 1
    assert stats.provenance["tokens_read"] == 50 * 12


def test_the_second_time_nothing_is_fetched(server, tmp_path):
    for _ in range(2):
        download_corpus("tiny8", cache_dir=tmp_path / "cache")
    assert Handler.asked == ["/tiny8.zip"]


def test_a_damaged_file_in_the_cache_is_fetched_anew(server, tmp_path):
    path = download_corpus("tiny8", cache_dir=tmp_path / "cache")
    path.write_bytes(b"cut short")
    download_corpus("tiny8", cache_dir=tmp_path / "cache")
    assert path.read_bytes() == zipped(TEXT)
    assert len(Handler.asked) == 2


def test_a_mirror_is_asked_for_the_same_file(server, tmp_path):
    folder, url = server
    (folder / "mirror").mkdir()
    (folder / "mirror" / "tiny8.zip").write_bytes(zipped(TEXT))
    download_corpus("tiny8", cache_dir=tmp_path / "cache", base_url=f"{url}/mirror/")
    assert Handler.asked == ["/mirror/tiny8.zip"]


def test_progress_ends_at_the_size_of_the_file(server, tmp_path):
    seen = []
    download_corpus(
        "tiny8",
        cache_dir=tmp_path / "cache",
        progress=lambda done, total: seen.append((done, total)),
    )
    size = len(zipped(TEXT))
    assert seen[-1] == (size, size)
    assert all(done <= total for done, total in seen)


def test_nothing_is_said_and_the_log_level_of_others_stays(server, tmp_path, capfd):
    level = logging.getLogger("pooch").level
    download_corpus("tiny8", cache_dir=tmp_path / "cache")
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("pooch").level == level


def assert_refused(said, **arguments):
    with pytest.raises(DataError) as caught:
        download_corpus(**arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_names():
    assert_refused("name: wanted one of 'text8', 'enwik8', 'enwik9', got 'text9'", name="text9")


def test_a_file_of_another_checksum_is_refused_and_not_kept(server, tmp_path):
    folder, url = server
    (folder / "tiny8.zip").write_bytes(zipped(b"something else"))
    cache = tmp_path / "cache"
    said = f"name: wanted tiny8.zip as it is known, got a file of another SHA-256 from {url}"
    assert_refused(said, name="tiny8", cache_dir=cache)
    assert list(cache.iterdir()) == []


def test_a_missing_file_and_a_server_that_is_gone(server, tmp_path):
    folder, url = server
    (folder / "tiny8.zip").unlink()
    assert_refused(
        f"'tiny8' to be downloaded, got HTTPError from {url}/tiny8.zip",
        name="tiny8",
        cache_dir=tmp_path / "cache",
    )
    assert_refused(
        "'tiny8' to be downloaded, got ConnectionError from http://127.0.0.1:9/tiny8.zip",
        name="tiny8",
        cache_dir=tmp_path / "cache",
        base_url="http://127.0.0.1:9",
    )


def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert_refused(
        "cache_dir: wanted a folder that can be written, got '",
        name="tiny8",
        cache_dir=tmp_path / "file" / "cache",
    )


def test_known_corpora_have_checksums_of_the_right_form():
    assert corpus_names() == ("text8", "enwik8", "enwik9")
    for entry in _download._CORPORA.values():
        assert len(entry.sha256) == 64
        assert int(entry.sha256, 16) > 0
