"""`gradflow sweep`: a grid of problems and starts, one labelled result."""

import dataclasses
import time

import numpy as np
import xarray as xr
from rich.console import Console
from rich.text import Text

from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import SweepAxes, SweepOptions
from gradflow.cli._output import check_file
from gradflow.cli._printing import plain_table, warn_of_lanes
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source
from gradflow.dynamics import use_all_cores
from gradflow.io import describe_source, json_text
from gradflow.methods import Status
from gradflow.studies import GridSettings, save_grid, sweep_grid

USUAL_WORDS, USUAL_DIM = 500, 12
_STEPS = 3  # that the table shows
_AXES = ("loss", "weighting", "negatives", "side", "dim", "scale")
_NUMBERS = frozenset({"negatives", "dim", "scale"})
_SHORT = {"negatives": "k", "dim": "d"}


def sweep(options: SweepOptions) -> None:
    """Follow every combination, write one file, and print the first steps of each.

    Raises:
        ArgumentError: Settings that do not fit together, or do not fit the counts.
        DataError: Counts that cannot be read, or a file that cannot be written.
    """
    start = time.perf_counter()
    grid_settings(options.axes, options.counting.vocab_size or USUAL_WORDS)  # before any work
    source = Source(options.text, options.counts, options.counting, USUAL_WORDS, USUAL_WORDS)
    check_file(options.out, options.force)
    use_all_cores()
    with show_progress(options.common.quiet) as progress:
        stats = source.load(progress)
        progress.phase("sweep", 0, 1)
        settings = grid_settings(options.axes, stats.vocab_size)
        data = sweep_grid(stats, settings, lambda done, total: progress.phase("sweep", done, total))
        check_interrupted()
        description = {**describe_source(stats), **source.identity()}
        save_grid(data, options.out, settings, description)
    warn_of_lanes(data.status.values)
    rows = _rows(data)
    if options.common.json:
        seconds = time.perf_counter() - start
        print(json_text({"out": options.out, "seconds": seconds, "runs": rows}), end="")
    elif not options.common.quiet:
        _print(rows, options.out, time.perf_counter() - start)


def grid_settings(axes: SweepAxes, words: int) -> GridSettings:
    """Return the library's settings for axes of the command line and a vocabulary.

    Raises:
        ArgumentError: Values that do not fit together, such as d above the number of words.
    """
    settings = dataclasses.asdict(axes)
    dims = settings.pop("dims") or (min(USUAL_DIM, words),)
    scales = settings.pop("scales")
    return GridSettings(**settings, dim=dims, scale=scales, words=words)


def _rows(data: xr.Dataset) -> list[dict]:
    """Return one row for each combination and scale: medians over seeds."""
    rows = []
    for index in np.ndindex(*(data.sizes[axis] for axis in _AXES)):
        cell = data.isel(dict(zip(_AXES, index, strict=True)))
        measured = cell.measured.median("seed").values[:_STEPS]
        predicted = cell.predicted_qr.median("seed").values[:_STEPS]
        rows.append(
            {axis: cell[axis].values.item() for axis in _AXES}
            | {
                "exact": bool(cell.exact),
                "lanes": int(cell.status.size),
                "failed": int((cell.status != Status.ok).sum()),
                "evaluations": float(cell.evaluations.median()),
                "measured": measured.tolist(),
                "predicted_qr": predicted.tolist(),
            }
        )
    return rows


def _print(rows: list[dict], out: str, seconds: float) -> None:
    """Print a table; axes of one value go into its title."""
    console = Console(highlight=False)
    varying = [axis for axis in _AXES if len({row[axis] for row in rows}) > 1]
    fixed = ", ".join(f"{axis} {rows[0][axis]}" for axis in _AXES if axis not in varying)
    table = plain_table(f"Step times (medians over seeds): {fixed}")
    for name in varying:
        table.add_column(_SHORT.get(name, name), no_wrap=True)
    for mode in range(1, _STEPS + 1):
        table.add_column(f"mode {mode}", justify="right", no_wrap=True)
    table.add_column("gradients", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *(f"{row[axis]:g}" if axis in _NUMBERS else row[axis] for axis in varying),
            *(f"{time:.4g}" if np.isfinite(time) else "-" for time in row["measured"]),
            *["-"] * (_STEPS - len(row["measured"])),
            "exact" if row["exact"] else f"{row['evaluations']:.0f}",
        )
    console.print(table)
    if any(not np.isfinite(time) for row in rows for time in row["measured"]):
        console.print("-: not risen, or still changing at the end (--stretch 4 watches longer)")
    console.print(Text(f"Seconds: {seconds:.1f}\n{out}"), soft_wrap=True)
