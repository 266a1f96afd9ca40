"""Figures as files: the same figure gives the same bytes."""

import os

from matplotlib.figure import Figure

from gradflow._errors import ArgumentError
from gradflow._files import StrPath, atomic_write
from gradflow.plotting._style import style

# Dates and versions would make every rerun a new file.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save_figure(figure: Figure, path: StrPath) -> None:
    """Write a figure as PNG (200 dots an inch) and PDF (text stays text), each whole or not at all.

    Args:
        figure: Any figure.
        path: Name of both files without suffix; with the suffix ".png" or ".pdf", of that one file.
            Its folder must exist.

    Raises:
        ArgumentError: `figure` is no figure.
        DataError: The files cannot be written.

    Example:
        >>> import pathlib, tempfile
        >>> from matplotlib.figure import Figure
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_figure(Figure(), pathlib.Path(folder, "empty.png"))
        ...     pathlib.Path(folder, "empty.png").is_file()
        True
    """
    if not isinstance(figure, Figure):
        raise ArgumentError("figure", "a matplotlib Figure", f"a {type(figure).__name__}")
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise ArgumentError("path", "a path", repr(path)) from None
    stem, _, suffix = name.rpartition(".")
    suffixes = [suffix.lower()] if stem and suffix.lower() in _METADATA else list(_METADATA)
    for kind in suffixes:
        file = name if len(suffixes) == 1 else f"{name}.{kind}"
        with style(), atomic_write(file, argument="path") as temporary:
            figure.savefig(temporary, format=kind, metadata=_METADATA[kind])
