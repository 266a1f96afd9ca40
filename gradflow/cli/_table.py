"""What a run found, as a person reads it."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradflow.cli._printing import plain_table, warn_of_failure, warn_of_lanes
from gradflow.methods import Status
from gradflow.studies import Study, shown_scale
from gradflow.targets import Spectrum
from gradflow.theory import PREDICTION_RULES
from gradflow.validity import ValidityReport

_ROWS = 10
_MOST_WORDS = 4
# Columns of the table that are numbers, with the gaps between all columns.
_NUMBERS_WIDTH = 53
_LEAST_ROOM = 16


def print_study(study: Study, summary: dict[str, Any], out: str, seconds: float) -> None:
    """The first steps, how good the predictions are, and where the files lie.

    Args:
        study: The run.
        summary: Its summary.
        out: Folder of the files, as the user called it.
        seconds: Wall-clock seconds in all.
    """
    console = Console(highlight=False)
    console.print(_steps(study, console.width))
    for line in (_errors(study, summary), _sgns(summary["sgns"]), _written(summary, out, seconds)):
        if line:
            console.print(Text(line), soft_wrap=True)  # a path is not to be broken


def print_warnings(study: Study, left_out: Mapping[str, str]) -> None:
    """One line on stderr for each way in which lanes failed, and for each figure left out."""
    warn_of_lanes(study.sweep["status"].values)
    if study.sgns is not None and int(study.sgns["status"]) != Status.ok:
        warn_of_failure("the SGNS flow", Status(int(study.sgns["status"])))
    for name, why in left_out.items():
        print(f"gradflow: warning: figure {name} was not drawn: {why}", file=sys.stderr)


def warn_of_limits(report: ValidityReport) -> None:
    """One line on stderr for each respect in which the theory does not apply."""
    for warning in report.warnings:
        print(f"gradflow: warning: {warning}", file=sys.stderr)


def percent(fraction: float) -> str:
    """A fraction with two digits: 0.43 %, 12 %; a dash where there is none."""
    if not np.isfinite(fraction):
        return "-"
    return f"{100 * fraction:.0f} %" if fraction >= 0.0995 else f"{100 * fraction:#.2g} %"


def _steps(study: Study, width: int) -> Table:
    """The first modes at the middle scale, median over seeds."""
    scale = shown_scale(study)
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
    """As many words of both ends as there is room for, at least one of each."""
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
    """By rule, over all scales, and from the largest scale to the smallest."""
    medians = summary["median_relative_error"]
    by_scale = sorted(medians["by_scale"], key=lambda row: -row["scale"])
    lines = [f"Median relative error of {summary['steps']['measured']:,} predicted step times:"]
    for rule in PREDICTION_RULES:
        line = f"  rule {rule:<8}  {percent(medians['overall'][rule]):>8}"
        if len(by_scale) > 1:
            ends = (
                f"{percent(row[rule])} at scale {row['scale']:g}"
                for row in by_scale[:: len(by_scale) - 1]
            )
            line += f"   ({', '.join(ends)})"
        lines.append(line)
    return "\n".join(lines)


def _sgns(sgns: dict[str, Any] | None) -> str:
    if sgns is None:
        return ""
    error = percent(sgns["median_relative_error"]["qr"])
    return (
        f"Full-batch SGNS on {sgns['words']} words: {sgns['measured']} of {sgns['dim']} steps "
        f"measured, median error {error}"
    )


def _written(summary: dict[str, Any], out: str, seconds: float) -> str:
    phases = ", ".join(f"{name} {taken:.1f}" for name, taken in summary["seconds"].items())
    files = "results.nc, steps.csv, summary.json"
    if "figures" in summary["seconds"]:
        files += ", figures/"
    return f"Seconds: {seconds:.1f} ({phases})\n{out}: {files}"
