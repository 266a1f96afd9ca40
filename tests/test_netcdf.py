"""Files of arrays appear whole or not at all, and say in one line what is wrong with them."""

import numpy as np
import pytest
import xarray as xr

from gradflow._errors import DataError
from gradflow._files import file_digest
from gradflow._netcdf import read_netcdf, read_netcdf_tree, write_netcdf

DATA = xr.Dataset(
    {
        "x": (("time", "mode"), np.arange(6.0).reshape(3, 2)),
        "flag": True,
        "name": ("mode", ["a", "b"]),
    }
)


def test_a_dataset_comes_back(tmp_path):
    write_netcdf(DATA, tmp_path / "data.nc")
    xr.testing.assert_identical(read_netcdf(tmp_path / "data.nc"), DATA)
    assert [file.name for file in tmp_path.iterdir()] == ["data.nc"]


def test_a_tree_comes_back(tmp_path):
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs={"title": "two"}), "/sweep": DATA})
    write_netcdf(tree, tmp_path / "data.nc")
    found = read_netcdf_tree(tmp_path / "data.nc")
    assert found.attrs == {"title": "two"}
    xr.testing.assert_identical(found["sweep"].to_dataset(), DATA)


def test_what_cannot_be_written_leaves_the_old_file(tmp_path):
    path = tmp_path / "data.nc"
    write_netcdf(DATA, path)
    with pytest.raises(DataError, match=r"^out: wanted real numbers in 'z', as netCDF has no oth"):
        write_netcdf(DATA.assign(z=("time", np.ones(3) * 1j)), path)
    with pytest.raises(DataError, match=r"^folder: wanted a path in an existing folder"):
        write_netcdf(DATA, tmp_path / "nowhere" / "data.nc", argument="folder")
    xr.testing.assert_identical(read_netcdf(path), DATA)


@pytest.mark.parametrize("read", [read_netcdf, read_netcdf_tree])
def test_damage_is_told_in_one_line(tmp_path, read):
    path = tmp_path / "data.nc"
    with pytest.raises(DataError, match=r"^path: wanted a netCDF file, got no file '"):
        read(path)
    write_netcdf(DATA, path)
    content = path.read_bytes()
    for damaged in (b"", b"text", content[:-1000], content[:512]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"^results: wanted an undamaged netCDF") as error:
            read(path, argument="results")
        assert "\n" not in str(error.value)
    with pytest.raises(DataError, match=r"^path: wanted "):
        read(tmp_path)


def test_a_file_that_cannot_be_read_has_no_digest(tmp_path):
    with pytest.raises(DataError, match=r"^text: wanted a file that can be read, got '.*No such"):
        file_digest(tmp_path / "text.txt")
