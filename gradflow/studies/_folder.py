"""A study as a folder: arrays, tables, summary and figures, all of them or none."""

import pathlib
import time
from collections.abc import Mapping
from typing import Any

from gradflow._errors import ArgumentError
from gradflow._files import StrPath, atomic_directory
from gradflow.plotting import save_figure
from gradflow.studies._figures import FIGURES
from gradflow.studies._save import save_study
from gradflow.studies._study import Study


def draw_study(study: Study, folder: pathlib.Path) -> dict[str, str]:
    """Write each figure of a study as PNG and PDF.

    Args:
        study: What to draw.
        folder: Folder to fill; made if it is not there.

    Returns:
        Why a figure was not drawn, by its name: one that has nothing to show, since lanes failed,
        costs no results.

    Raises:
        DataError: The files cannot be written.
    """
    folder.mkdir(exist_ok=True)
    left_out = {}
    for name, draw in FIGURES.items():
        try:
            figure = draw(study)
        except ArgumentError as error:
            left_out[name] = str(error)
        else:
            save_figure(figure, folder / name)
    return left_out


def write_study(
    study: Study,
    folder: StrPath,
    source: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
    *,
    figures: bool = True,
    replace: bool = False,
) -> tuple[dict[str, Any], dict[str, str]]:
    """Write `results.nc`, `steps.csv`, `summary.json` and `figures/` into a new folder.

    Everything goes into a folder beside it first, which takes its name at the end.

    Args:
        study: What to write.
        folder: Where to; must not exist or be empty, unless it is to be replaced.
        source: The counts it was made from, as `gradflow.io._source.describe_source` puts it.
        seconds: Wall-clock seconds of what came before the study.
        figures: Draw the figures too.
        replace: Let it take the place of a folder that is there.

    Returns:
        The summary, and why a figure was not drawn, by its name.

    Raises:
        DataError: The folder cannot be written, or the disk is full.
    """
    seconds, left_out = dict(seconds or {}), {}
    with atomic_directory(folder, replace=replace) as temporary:
        if figures:
            start = time.perf_counter()
            left_out = draw_study(study, temporary / "figures")
            seconds["figures"] = time.perf_counter() - start
        summary = save_study(study, temporary, source, seconds)
    return summary, left_out
