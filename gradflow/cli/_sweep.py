"""`gradflow sweep`: a grid of problems and starts, one labelled result."""

import dataclasses
import os
import time
from typing import Annotated

import numpy as np
import tyro
import xarray as xr
from rich.console import Console
from rich.text import Text

from gradflow._errors import DataError
from gradflow._files import shown
from gradflow.cli._counts import check_writable, count_text
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import CommonOptions, CountingOptions
from gradflow.cli._printing import plain_table, warn_of_lanes
from gradflow.cli._progress import progress_bars
from gradflow.cli._sources import check_sources, find_source
from gradflow.dynamics import use_all_cores
from gradflow.io import describe_source, json_text
from gradflow.methods import Status
from gradflow.studies import GridSettings, save_grid, sweep_grid

_STEPS = 3  # that the table shows
_AXES = ("loss", "weighting", "negatives", "side", "dim", "scale")
_NUMBERS = frozenset({"negatives", "dim", "scale"})
_SHORT = {"negatives": "k", "dim": "d"}


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """Follow every combination of loss, weighting, k, side, d, scale and seed; measure its steps.

    Writes one netCDF file (xarray.open_dataset reads it) with an axis for each.

    Attributes:
        counts: Name of embedded statistics, or a statistics file (gradflow data count makes one);
            wikipedia-2k unless --text is given.
        text: Text to count first, with a vocabulary of --words: UTF-8, one document a line; plain,
            .gz, .bz2, .xz or .zip.
        window: Only with --text: largest distance between two words of a pair.
        out: File for the result.
        force: Replace the file if it is there.
        quiet: Print nothing but warnings and errors.
        settings: The axes, and how they are followed.
        common: Of every command.
    """

    counts: Annotated[str | None, tyro.conf.arg(metavar="NAME-OR-FILE")] = None
    text: Annotated[str | None, tyro.conf.arg(metavar="FILE")] = None
    window: int = CountingOptions.window
    out: Annotated[str, tyro.conf.arg(metavar="FILE")] = "gradflow-sweep.nc"
    force: bool = False
    quiet: bool = False
    settings: GridSettings = dataclasses.field(default_factory=GridSettings)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def sweep(options: SweepOptions) -> None:
    """Do it.

    Raises:
        ArgumentError: Settings that do not fit together, or do not fit the counts.
        DataError: Counts that cannot be read, or a file that cannot be written.
    """
    start = time.perf_counter()
    counting = CountingOptions(window=options.window)
    check_sources(options.text, options.counts, counting)
    check_writable(options.out)
    if os.path.lexists(options.out) and not options.force:
        wanted = "a new file, or --force to replace it"
        raise DataError("out", wanted, f"{shown(options.out)}, which is there")
    stats, source = find_source(options.text, options.counts, counting)
    use_all_cores()
    with progress_bars(options.quiet) as bars:
        if stats is None:
            assert options.text is not None
            stats = count_text(options.text, counting, bars, options.settings.words)
        bars.phase("sweep", 0, 1)
        data = sweep_grid(stats, options.settings, lambda done, n: bars.phase("sweep", done, n))
        check_interrupted()
        save_grid(data, options.out, options.settings, {**describe_source(stats), **source})
    warn_of_lanes(data.status.values)
    rows = _rows(data)
    if options.common.json:
        seconds = time.perf_counter() - start
        print(json_text({"out": options.out, "seconds": seconds, "runs": rows}), end="")
    elif not options.quiet:
        _print(rows, options.out, time.perf_counter() - start)


def _rows(data: xr.Dataset) -> list[dict]:
    """One for each combination and scale: medians over seeds."""
    rows = []
    for at in np.ndindex(*(data.sizes[axis] for axis in _AXES)):
        one = data.isel(dict(zip(_AXES, at, strict=True)))
        measured = one.measured.median("seed").values[:_STEPS]
        predicted = one.predicted_qr.median("seed").values[:_STEPS]
        rows.append(
            {axis: one[axis].values.item() for axis in _AXES}
            | {
                "exact": bool(one.exact),
                "lanes": int(one.status.size),
                "failed": int((one.status != Status.ok).sum()),
                "evaluations": float(one.evaluations.median()),
                "measured": measured.tolist(),
                "predicted_qr": predicted.tolist(),
            }
        )
    return rows


def _print(rows: list[dict], out: str, seconds: float) -> None:
    """Axes of one value go into the title."""
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
