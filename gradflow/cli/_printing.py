"""What runs print for people: tables, how good predictions are, what to doubt, where files lie."""

import os
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradflow.methods import Status
from gradflow.studies import Study
from gradflow.targets import Spectrum
from gradflow.theory._prediction import PREDICTION_RULES
from gradflow.validity import ValidityReport

_ROWS = 10
_MOST_WORDS = 4
# Columns of the table that are numbers, with the gaps between all columns.
_NUMBERS_WIDTH = 53
_LEAST_ROOM = 16
# What a rule takes for the size of a mode at the start.
_RULES = {
    "paper": "one size for all, as in the paper",
    "row": "each mode's own random start",
    "qr": "that, less what earlier modes take",
    "clusters": "so, with modes that rise together",
}
_PICTURES = {
    "training": "one run at σ {scale:g}: loss, singular values, theory",
    "step_times": "predicted against measured times, all runs",
    "embeddings": "the words of the run at σ {scale:g}, at three times",
}


def plain_table(title: str) -> Table:
    """Return a table without columns: its title above it, no lines but one below the header."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def percent(fraction: float) -> str:
    """Return a fraction in percent with two digits; a dash where there is none.

    Example:
        >>> [percent(value) for value in (0.123, 0.0043, 4.6e-9)]
        ['12 %', '0.43 %', '4.6e-7 %']
    """
    if not np.isfinite(fraction):
        return "-"
    value = 100 * fraction
    if value == 0:
        return "0 %"
    if value >= 9.95:
        return f"{value:.0f} %"
    if value >= 0.000995:
        return f"{value:#.2g} %"
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa}e{int(exponent)} %"


def print_study(study: Study, summary: dict[str, Any], out: str, seconds: float) -> None:
    """Print the first steps, how good predictions are, what to doubt, and where the files lie.

    Args:
        study: The run.
        summary: Its summary.
        out: Folder of the files, as the user called it.
        seconds: Wall-clock seconds in all.
    """
    console = Console(highlight=False)
    console.print(_steps(study, console.width))
    parts = (
        _errors(study, summary),
        _sgns(summary["sgns"]),
        _validity(study.validity),
        _written(summary, study.settings.shown_scale, out, seconds),
    )
    for lines in filter(None, parts):
        console.print(Text(lines), soft_wrap=True)  # a path is not to be broken


def print_warnings(study: Study, left_out: Mapping[str, str]) -> None:
    """Print a line on stderr for each way in which lanes failed, and for each figure left out."""
    warn_of_lanes(study.sweep["status"].values)
    if study.sgns is not None and int(study.sgns["status"]) != Status.ok:
        warn_of_failure("the SGNS flow", Status(int(study.sgns["status"])))
    for name, why in left_out.items():
        print(f"gradflow: warning: figure {name} was not drawn: {why}", file=sys.stderr)


def warn_of_limits(report: ValidityReport) -> None:
    """Print a line on stderr for each respect in which the theory does not apply."""
    for warning in report.warnings:
        print(f"gradflow: warning: {warning}", file=sys.stderr)


def warn_of_lanes(statuses: np.ndarray) -> None:
    """Print a line on stderr for each way in which lanes failed."""
    for value in np.unique(statuses[statuses != Status.ok]).tolist():
        warn_of_failure(f"{(statuses == value).sum()} of {statuses.size} lanes", Status(value))


def warn_of_failure(what: str, status: Status) -> None:
    """Print a line on stderr."""
    print(f"gradflow: warning: {what} failed: {status.name}: {status.meaning}", file=sys.stderr)


def _steps(study: Study, width: int) -> Table:
    """Return the first modes at the scale that the figures show, medians over seeds."""
    scale = study.settings.shown_scale
    steps = study.steps
    steps = steps[steps["scale"] == scale]
    steps = steps.assign(error=(steps["predicted_qr"] / steps["measured"] - 1).abs())
    seeds = study.settings.seeds
    who = f"median of {seeds} seeds" if seeds > 1 else "one seed"
    table = plain_table(f"Step times at scale {scale:g} ({who}, predicted by rule qr)")
    table.add_column("mode", justify="right", min_width=4)
    table.add_column("words at both ends", no_wrap=True)
    for name, least in (("eigenvalue", 10), ("predicted", 9), ("measured", 8), ("error", 9)):
        table.add_column(name, justify="right", no_wrap=True, min_width=least)
    room = max(_LEAST_ROOM, width - _NUMBERS_WIDTH)
    for mode, row in list(steps.groupby("mode").median().iterrows())[:_ROWS]:
        times = [_time(row[name]) for name in ("predicted_qr", "measured")]
        words = _words(study.spectrum, int(str(mode)) - 1, room)
        table.add_row(f"{mode}", words, f"{row['eigenvalue']:.4g}", *times, percent(row["error"]))
    return table


def _words(spec: Spectrum, mode: int, room: int) -> Text:
    """Return as many words of both ends as there is room for, at least one of each."""
    if spec.words is None:
        return Text("")
    for count in range(_MOST_WORDS, 0, -1):
        ends = spec.top_words(mode, count)
        text = Text(" / ".join(" ".join(end) for end in ends if end))
        if text.cell_len <= room:
            return text
    text.truncate(room, overflow="ellipsis")
    return text


def _time(value: float) -> str:
    return f"{value:#.5g}" if np.isfinite(value) else "-"


def _errors(study: Study, summary: dict[str, Any]) -> str:
    """Return the errors of each rule, over all scales and at the largest and the smallest."""
    medians = summary["median_relative_error"]
    by_scale = sorted(medians["by_scale"], key=lambda row: -row["scale"])
    ends = by_scale[:: len(by_scale) - 1] if len(by_scale) > 1 else []
    heads = "".join(f"σ {row['scale']:g}".rjust(10) for row in ends)
    measured = f"{summary['steps']['measured']:,} step times"
    lines = [
        f"Median error of {measured}, by what a prediction takes for a mode's start:",
        f"  {'rule':<9}{'all':>9}{heads}",
    ]
    for rule in PREDICTION_RULES:
        columns = "".join(f"{percent(row[rule]):>10}" for row in ends)
        line = f"  {rule:<9}{percent(medians['overall'][rule]):>9}{columns}"
        lines.append(f"{line}  {_RULES.get(rule, '')}".rstrip())
    return "\n".join(lines)


def _sgns(sgns: dict[str, Any] | None) -> str:
    if sgns is None:
        return ""
    error = percent(sgns["median_relative_error"]["qr"])
    return (
        f"Full-batch SGNS on {sgns['words']} words: {sgns['measured']} of {sgns['dim']} steps "
        f"measured, median error {error}"
    )


def _validity(report: ValidityReport | None) -> str:
    """Return the verdict on the theory, and a line for each respect in which it is not fine."""
    if report is None:
        return ""
    lines = [f"How far the theory applies: {report.verdict}"]
    lines += [f"  {verdict}" for verdict in report.verdicts if verdict.level != "fine"]
    return "\n".join(lines)


def _written(summary: dict[str, Any], scale: float, out: str, seconds: float) -> str:
    """Return the time that phases took, and every file with what it holds."""
    phases = ", ".join(f"{name} {taken:.1f}" for name, taken in summary["seconds"].items())
    lines = [f"Seconds: {seconds:.1f} ({phases})", f"{out}: results.nc, steps.csv, summary.json"]
    folder = os.path.join(out, "figures")
    names = set(os.listdir(folder)) if os.path.isdir(folder) else set()
    for name, holds in _PICTURES.items():
        if f"{name}.png" in names:
            lines.append(f"  figures/{name}.png, .pdf: {holds.format(scale=scale)}")
    return "\n".join(lines)
