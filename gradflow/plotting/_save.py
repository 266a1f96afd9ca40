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
        path: Name of both files without ".png" and ".pdf"; its folder must exist.

    Raises:
        ArgumentError: `figure` is no figure.
        DataError: The files cannot be written.
    """
    if not isinstance(figure, Figure):
        raise ArgumentError("figure", "a matplotlib Figure", f"a {type(figure).__name__}")
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise ArgumentError("path", "a path without suffix", repr(path)) from None
    for suffix, metadata in _METADATA.items():
        with style(), atomic_write(f"{name}.{suffix}", argument="path") as temporary:
            figure.savefig(temporary, format=suffix, metadata=metadata)
