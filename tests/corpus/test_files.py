"""Files and folders appear whole or not at all."""

import errno
import os
import stat

import pytest

from gradflow import _files
from gradflow._errors import DataError
from gradflow._files import atomic_directory, atomic_write


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


def fail(error):
    raise error


def test_the_file_appears_only_when_it_is_complete(folder):
    with atomic_write(folder / "x.nc") as temporary:
        assert temporary.parent == folder
        assert temporary.suffix == ".nc"
        temporary.write_text("all of it")
        assert not (folder / "x.nc").exists()
    assert (folder / "x.nc").read_text() == "all of it"
    assert os.listdir(folder) == ["x.nc"]


def test_an_old_file_is_there_until_it_is_replaced(folder):
    (folder / "x").write_text("old")
    with atomic_write(folder / "x") as temporary:
        temporary.write_text("new")
        assert (folder / "x").read_text() == "old"
    assert (folder / "x").read_text() == "new"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no"), OSError("odd")])
def test_failures_leave_the_old_file_and_nothing_else(folder, error):
    (folder / "x").write_text("old")
    with (  # noqa: PT012 - the failure is midway
        pytest.raises((type(error), DataError)),
        atomic_write(folder / "x") as temporary,
    ):
        temporary.write_text("half")
        raise error
    assert (folder / "x").read_text() == "old"
    assert os.listdir(folder) == ["x"]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_failures_of_the_system_are_told_in_one_line(folder, monkeypatch, step):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(_files.os, step, lambda *_: fail(full))
    with (
        pytest.raises(DataError, match=r"^report: wanted .*report\.html': No space left") as caught,
        atomic_write(folder / "report.html", argument="report") as temporary,
    ):
        temporary.write_text("all")
    assert "\n" not in str(caught.value)
    assert os.listdir(folder) == []


def test_permissions_are_those_of_any_new_file(folder):
    (folder / "plain").write_text("")
    with atomic_write(folder / "x"):
        pass
    modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("plain", "x")}
    assert len(modes) == 1


def test_a_link_stays_and_what_it_names_is_replaced(folder, tmp_path):
    (tmp_path / "real").write_text("old")
    (folder / "link").symlink_to(tmp_path / "real")
    with atomic_write(folder / "link") as temporary:
        temporary.write_text("new")
    assert (folder / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_relative_path_is_taken_from_the_current_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with atomic_write("x"):
        pass
    with atomic_directory("d"):
        pass
    assert sorted(os.listdir(folder)) == ["d", "x"]


@pytest.mark.parametrize("write", [atomic_write, atomic_directory])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing/x", "out: wanted a path in an existing folder, got no folder '"),
        ("file/x", "out: wanted a path in an existing folder, got no folder '"),
        ("nul\0l", "out: wanted a path, got "),
        (7, "out: wanted a path, got 7"),
    ],
)
def test_paths_that_lead_nowhere(folder, monkeypatch, write, path, said):
    monkeypatch.chdir(folder)
    (folder / "file").write_text("")
    with pytest.raises(DataError) as caught, write(path):
        pytest.fail("the block must not start")
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_folders_and_devices_are_not_replaced_by_files(folder):
    with pytest.raises(DataError, match=r"a regular file, got a folder, '"), atomic_write(folder):
        pytest.fail("the block must not start")
    with pytest.raises(DataError, match=r"got a device, '/dev/null'"), atomic_write("/dev/null"):
        pytest.fail("the block must not start")
    assert not os.path.isfile("/dev/null")


def test_a_folder_appears_only_when_it_is_complete(folder):
    with atomic_directory(folder / "run") as temporary:
        (temporary / "deep").mkdir()
        (temporary / "deep" / "a").write_text("a")
        assert not (folder / "run").exists()
    assert (folder / "run" / "deep" / "a").read_text() == "a"
    assert os.listdir(folder) == ["run"]


def test_an_empty_folder_is_free_and_a_full_one_is_not(folder):
    (folder / "run").mkdir()
    with atomic_directory(folder / "run") as temporary:
        (temporary / "a").write_text("a")
    with (
        pytest.raises(DataError, match=r"^out: wanted a new or empty folder, got '.*holds files$"),
        atomic_directory(folder / "run"),
    ):
        pytest.fail("the block must not start")
    (folder / "file").write_text("")
    with (
        pytest.raises(DataError, match=r"^out: wanted a path for a folder, got a file"),
        atomic_directory(folder / "file", replace=True),
    ):
        pytest.fail("the block must not start")


def test_a_folder_is_replaced_as_a_whole_when_asked(folder):
    (folder / "run").mkdir()
    (folder / "run" / "old").write_text("old")
    with atomic_directory(folder / "run", replace=True) as temporary:
        (temporary / "new").write_text("new")
        assert os.listdir(folder / "run") == ["old"]
    assert os.listdir(folder / "run") == ["new"]
    assert os.listdir(folder) == ["run"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left")])
def test_failures_leave_the_old_folder_and_nothing_else(folder, error):
    (folder / "run").mkdir()
    (folder / "run" / "old").write_text("old")
    with (  # noqa: PT012 - the failure is midway
        pytest.raises((KeyboardInterrupt, DataError)),
        atomic_directory(folder / "run", replace=True) as temporary,
    ):
        (temporary / "half").write_text("half")
        raise error
    assert os.listdir(folder / "run") == ["old"]
    assert os.listdir(folder) == ["run"]


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(folder, monkeypatch):
    (folder / "run").mkdir()
    (folder / "run" / "old").write_text("old")
    rename, calls = os.rename, []

    def second_time_fails(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(_files.os, "rename", second_time_fails)
    with (
        pytest.raises(DataError, match="Input/output error"),
        atomic_directory(folder / "run", replace=True) as temporary,
    ):
        (temporary / "new").write_text("new")
    assert os.listdir(folder / "run") == ["old"]
    assert os.listdir(folder) == ["run"]
