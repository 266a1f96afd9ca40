"""What the tables and warnings of several commands look like."""

import sys

import numpy as np
from rich import box
from rich.table import Table

from gradflow.methods import Status


def plain_table(title: str) -> Table:
    """A table without columns: its title above it, no lines but one below the header."""
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )


def warn_of_lanes(statuses: np.ndarray) -> None:
    """One line on stderr for each way in which lanes failed."""
    for value in np.unique(statuses[statuses != Status.ok]).tolist():
        warn_of_failure(f"{(statuses == value).sum()} of {statuses.size} lanes", Status(value))


def warn_of_failure(what: str, status: Status) -> None:
    """One line on stderr."""
    print(f"gradflow: warning: {what} failed: {status.name}: {status.meaning}", file=sys.stderr)
