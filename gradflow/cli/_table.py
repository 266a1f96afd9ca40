"""What a run found, as a person reads it."""

import sys
from typing import Any

import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradflow.analysis import Study
from gradflow.dynamics import Status

_ROWS = 10
_RULES = ("paper", "row", "qr")


def print_study(study: Study, summary: dict[str, Any], out: str, seconds: float) -> None:
    """The first steps, how good the predictions are, and where the files lie.

    Args:
        study: The run.
        summary: Its summary.
        out: Folder of the files, as the user called it.
        seconds: Wall-clock seconds in all.
    """
    console = Console(highlight=False)
    console.print(_steps(study))
    for line in (_errors(study, summary), _sgns(summary["sgns"]), _written(summary, out, seconds)):
        if line:
            console.print(Text(line))


def print_warnings(study: Study) -> None:
    """One line on stderr for each way in which lanes failed."""
    status = study.sweep["status"].values
    for value in np.unique(status[status != Status.ok]).tolist():
        failed = f"{(status == value).sum()} of {status.size} lanes"
        _warn(failed, Status(value))
    if study.sgns is not None and int(study.sgns["status"]) != Status.ok:
        _warn("the SGNS flow", Status(int(study.sgns["status"])))


def percent(fraction: float) -> str:
    """A fraction with two digits: 0.43 %, 12 %; a dash where there is none."""
    if not np.isfinite(fraction):
        return "-"
    value = float(f"{100 * fraction:.2g}")
    return f"{value:.0f} %" if value >= 10 else f"{np.format_float_positional(value)} %"


def _warn(what: str, status: Status) -> None:
    print(f"gradflow: warning: {what} failed: {status.name}: {status.meaning}", file=sys.stderr)


def _steps(study: Study) -> Table:
    """The first modes at the middle scale, median over seeds."""
    scale = study.settings.scales[len(study.settings.scales) // 2]
    steps = study.steps
    steps = steps[steps["scale"] == scale]
    steps = steps.assign(error=(steps["predicted_qr"] / steps["measured"] - 1).abs())
    seeds = study.settings.seeds
    table = Table(
        title=f"When each mode is learned at scale {scale:g}, "
        + (f"median of {seeds} seeds" if seeds > 1 else "one seed"),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("mode", justify="right")
    table.add_column("words", no_wrap=True, overflow="ellipsis", ratio=1)
    for name in ("eigenvalue", "predicted", "measured", "error"):
        table.add_column(name, justify="right", no_wrap=True)
    words = study.sweep["top_words"].values if "top_words" in study.sweep else None
    for mode, row in list(steps.groupby("mode").median().iterrows())[:_ROWS]:
        table.add_row(*_cells(int(str(mode)), row, words))
    return table


def _cells(mode: int, row: pd.Series, words: np.ndarray | None) -> list[str | Text]:
    times = [_time(row[name]) for name in ("predicted_qr", "measured")]
    name = "" if words is None else str(words[mode - 1])
    return [f"{mode}", Text(name), f"{row['eigenvalue']:.4g}", *times, percent(row["error"])]


def _time(value: float) -> str:
    return f"{value:#.5g}" if np.isfinite(value) else "-"


def _errors(study: Study, summary: dict[str, Any]) -> str:
    """By rule, over all scales, and from the largest scale to the smallest."""
    medians = summary["median_relative_error"]
    by_scale = sorted(medians["by_scale"], key=lambda row: -row["scale"])
    lines = [f"Median relative error of {summary['steps']['measured']:,} predicted step times:"]
    for rule in _RULES:
        line = f"  rule {rule:<5}  {percent(medians['overall'][rule]):>8}"
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
        f"Full-batch SGNS on {sgns['words']} words beside it: first {sgns['measured']} of "
        f"{sgns['dim']} steps measured, median error of rule qr {error}"
    )


def _written(summary: dict[str, Any], out: str, seconds: float) -> str:
    phases = ", ".join(f"{name} {taken:.1f}" for name, taken in summary["seconds"].items())
    files = "results.nc, steps.csv, summary.json"
    if "figures" in summary["seconds"]:
        files += ", figures/"
    return f"{seconds:.1f} s ({phases})\n{out}: {files}"
