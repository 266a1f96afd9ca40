"""Statistics that come with gradflow: their names, files and sizes, without SciPy."""

import importlib.resources
import io
import zipfile
from importlib.resources.abc import Traversable

import numpy as np

_SUFFIX = ".gfs"


def embedded_names() -> tuple[str, ...]:
    """Return the names of the statistics that come with gradflow.

    Example:
        >>> embedded_names()
        ('wikipedia-2k',)
    """
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def embedded_file(name: str) -> Traversable:
    """Return the file of one of `embedded_names()`.

    Example:
        >>> embedded_file("wikipedia-2k").name
        'wikipedia-2k.gfs'
    """
    return _folder() / f"{name}{_SUFFIX}"


def embedded_size(name: str) -> tuple[int, int]:
    """Return the numbers of words and of tokens, without reading the counts of pairs.

    Args:
        name: One of `embedded_names()`.

    Example:
        >>> embedded_size("wikipedia-2k")
        (2000, 6215361)
    """
    content = io.BytesIO(embedded_file(name).read_bytes())
    with zipfile.ZipFile(content) as archive:
        unigrams = io.BytesIO(archive.read("unigrams.npy"))
    counts = np.lib.format.read_array(unigrams, allow_pickle=False)
    return len(counts), int(counts.sum())


def _folder() -> Traversable:
    return importlib.resources.files("gradflow.corpus") / "data"
