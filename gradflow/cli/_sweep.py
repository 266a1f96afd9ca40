"""`gradflow sweep`: a grid of problems and starts, one labelled result."""

import dataclasses
import functools
import json
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.text import Text

from gradflow._checks import at_most_words
from gradflow._errors import ArgumentError
from gradflow._netcdf import write_netcdf
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._option_groups import SweepAxes
from gradflow.cli._options import SweepOptions
from gradflow.cli._output import check_file
from gradflow.cli._printing import plain_table, warn_of_lanes
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source
from gradflow.corpus import CooccurrenceStatistics
from gradflow.dynamics import use_all_cores
from gradflow.initialisation import balanced_init, independent_init, word2vec_init
from gradflow.io._json import json_text
from gradflow.io._source import describe_source
from gradflow.losses import TaylorSoftplus
from gradflow.methods import AbstractMethod, Adaptive, Exact, Stabilised, Status
from gradflow.problems import AbstractProblem
from gradflow.studies import problem_grid
from gradflow.studies import sweep as follow

USUAL_WORDS, USUAL_DIM = 500, 12
# Orders without a lower bound run away in finite time: no use in following them for long.
_MOST_SUBSTEPS = 20_000
_INITS = {"gaussian": independent_init, "balanced": balanced_init, "word2vec": word2vec_init}
_STEPS = 3  # that the table shows
_AXES = ("loss_function", "weighting", "negatives", "side", "dim", "scale")
_NUMBERS = frozenset({"negatives", "dim", "scale"})
_JSON = {"loss_function": "loss"}
_SHORT = {"negatives": "k", "dim": "d"}


def sweep(options: SweepOptions) -> None:
    """Follow every combination, write one file, and print the first steps of each.

    Raises:
        ArgumentError: Settings that do not fit together, or do not fit the counts.
        DataError: Counts that cannot be read, or a file that cannot be written.
    """
    start = time.perf_counter()
    _check_orders(options.axes.order)  # before any work
    _check_dims(options.axes.dims, options.counting.vocab_size or USUAL_WORDS)
    source = Source(options.text, options.counts, options.counting, USUAL_WORDS, USUAL_WORDS)
    check_file(options.out, options.force)
    use_all_cores()
    with show_progress(options.common.quiet) as progress:
        stats = source.load(progress)
        progress.phase("sweep", 0, 1)
        data = follow_axes(
            stats, options.axes, lambda done, total: progress.phase("sweep", done, total)
        )
        check_interrupted()
        _save(data, options.out, options.axes, {**describe_source(stats), **source.identity()})
    warn_of_lanes(data.status.values)
    rows = _rows(data)
    if options.common.json:
        seconds = time.perf_counter() - start
        print(json_text({"out": options.out, "seconds": seconds, "runs": rows}), end="")
    elif not options.common.quiet:
        _print(rows, options.out, time.perf_counter() - start)


def follow_axes(stats: CooccurrenceStatistics, axes: SweepAxes, progress: Any) -> xr.Dataset:
    """Return the library's `sweep` of all that the axes hold.

    Args:
        stats: Counts of the vocabulary.
        axes: The axes.
        progress: Called with lanes done and lanes in all.

    Raises:
        ArgumentError: Values that do not fit together, or do not fit the counts.
    """
    dims = axes.dims or (min(USUAL_DIM, stats.vocab_size),)
    _check_orders(axes.order)
    _check_dims(dims, stats.vocab_size)
    sides = [True, False] if axes.tied and axes.untied else [not axes.untied]
    problems = problem_grid(
        stats,
        loss=axes.loss,
        order=axes.order,
        weighting=axes.weighting,
        negatives=axes.negatives,
        tied=sides,
    )
    if axes.method == "exact":
        _check_closed(problems, axes)
    return follow(
        problems,
        axes.scales,
        axes.seeds,
        dims,
        method=functools.partial(_method, axes=axes),
        init={"untied": _INITS[axes.init]},
        num_times=axes.num_times,
        stretch=axes.stretch,
        modes=axes.modes,
        progress=progress,
    )


def _check_orders(orders: tuple[int, ...]) -> None:
    """Refuse orders that no series has, also where none is asked for."""
    for order in orders:
        TaylorSoftplus(order)


def _check_dims(dims: tuple[int, ...], words: int) -> None:
    for dim in dims:
        at_most_words("dims", dim, words)


def _check_closed(problems: Mapping[Any, AbstractProblem], axes: SweepAxes) -> None:
    """Find out before any work whether all have a closed form: one without may come last."""
    if axes.untied and axes.init != "balanced":
        wanted = "balanced, where untied embeddings are followed by the method exact"
        raise ArgumentError("init", wanted, axes.init)
    for label, problem in problems.items():
        if problem.quadratic_constant is None:
            case = f"{label.loss_function} with {label.weighting} weighting has no closed form"
            raise ArgumentError("method", f"auto, adaptive or stabilised, as {case}", "exact")


def _method(problem: AbstractProblem, axes: SweepAxes) -> AbstractMethod[Any]:
    """Return the method that was asked for; else the closed form where such starts have one."""
    if axes.method == "stabilised":
        return Stabilised(rtol=axes.rtol, max_steps=_MOST_SUBSTEPS)
    balanced = problem.tied or axes.init == "balanced"
    closed = balanced and problem.quadratic_constant is not None
    if axes.method == "exact" or (axes.method == "auto" and closed):
        return Exact()
    return Adaptive(rtol=axes.rtol, max_steps=_MOST_SUBSTEPS)


def _save(data: xr.Dataset, path: str, axes: SweepAxes, source: Mapping[str, Any]) -> None:
    """Write the result as one netCDF file, whole or not at all, with what was asked for."""
    described = data.assign_attrs(
        title="Gradient flows of word embeddings over a grid of problems and starts",
        options=json.dumps(dataclasses.asdict(axes)),
        source=json.dumps(source),
    )
    write_netcdf(described, path)


def _rows(data: xr.Dataset) -> list[dict[str, Any]]:
    """Return one row for each combination and scale: medians over seeds."""
    data = data.expand_dims([axis for axis in _AXES if axis not in data.dims])
    rows = []
    for index in np.ndindex(*(data.sizes[axis] for axis in _AXES)):
        cell = data.isel(dict(zip(_AXES, index, strict=True)))
        measured = cell.measured.median("seed").values[:_STEPS]
        predicted = cell.predicted.sel(rule="qr").median("seed").values[:_STEPS]
        rows.append(
            {_JSON.get(axis, axis): cell[axis].values.item() for axis in _AXES}
            | {
                "exact": bool((cell.evaluations == 0).all()),
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
    axes = [_JSON.get(axis, axis) for axis in _AXES]
    varying = [axis for axis in axes if len({row[axis] for row in rows}) > 1]
    fixed = ", ".join(f"{axis} {rows[0][axis]}" for axis in axes if axis not in varying)
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
