"""Where questions come from: files by path, or the test data that the package gensim carries."""

import importlib.util
import os
import pathlib
from collections.abc import Collection, Iterator

from gradflow._checks import shown
from gradflow._errors import DataError
from gradflow._files import StrPath, shown_path


def source_path(argument: str, source: StrPath, benchmarks: dict[str, str]) -> pathlib.Path:
    """Return the path of the file behind a name or a path.

    gensim is located but not imported: its import takes a second, and only its data are needed.

    Args:
        argument: The caller's name for the source, for messages.
        source: A name in `benchmarks`, or a path.
        benchmarks: File names in gensim's test data, by the name of the benchmark.

    Raises:
        DataError: The source is neither a known name nor a file, or gensim is needed and missing.
    """
    if not isinstance(source, str | os.PathLike):
        raise DataError(argument, _wanted(benchmarks), shown(source))
    if source not in benchmarks:
        path = pathlib.Path(source)
        if not path.is_file():
            raise DataError(argument, _wanted(benchmarks), f"nothing at {shown_path(source)}")
        return path
    gensim = importlib.util.find_spec("gensim")
    if gensim is None or not gensim.submodule_search_locations:
        wanted = "a path, or the package gensim, which carries this file: pip install gensim"
        raise DataError(argument, wanted, f"{source!r} without gensim")
    path = pathlib.Path(
        gensim.submodule_search_locations[0], "test", "test_data", benchmarks[str(source)]
    )
    if not path.is_file():
        wanted = f"a path, or a gensim that carries {benchmarks[str(source)]}"
        raise DataError(argument, wanted, "one without it")
    return path


def text_lines(argument: str, path: pathlib.Path) -> Iterator[tuple[int, str]]:
    """Return number and text of every line that is not blank.

    Raises:
        DataError: The file cannot be read, or is not UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise DataError(argument, "UTF-8 text", f"other bytes in {shown_path(path)}") from None
    except OSError as error:
        got = f"{shown_path(path)}: {error.strerror}"
        raise DataError(argument, "a readable file", got) from None
    return ((number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())


def _wanted(benchmarks: Collection[str]) -> str:
    """Return what an error message says that a source should be."""
    return f"a path, or one of {', '.join(repr(name) for name in benchmarks)}"
