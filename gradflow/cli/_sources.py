"""The counts a command works on: by name, from a file, or from a text that is counted first."""

import dataclasses
import pathlib
from typing import Any

from gradflow._errors import ArgumentError
from gradflow.cli._counts import text_identity
from gradflow.cli._options import CountingOptions
from gradflow.corpus import CooccurrenceStatistics, load_statistics
from gradflow.io import source_fingerprint

USUAL_COUNTS = "wikipedia-2k"


def check_sources(text: str | None, counts: str | None, counting: CountingOptions) -> None:
    """One source of counts, and options of counting only where a text is counted.

    Raises:
        ArgumentError: Otherwise.
    """
    if text is not None and counts is not None:
        raise ArgumentError("text", "either --text or --counts", "both")
    if text is None:
        for field in dataclasses.fields(CountingOptions):
            value = getattr(counting, field.name)
            if value != field.default:
                raise ArgumentError(field.name, "--text beside it", f"{value} without a text")


def find_source(
    text: str | None, counts: str | None, counting: CountingOptions
) -> tuple[CooccurrenceStatistics | None, dict[str, Any]]:
    """The counts, unless a text is yet to be counted, and what tells them from others.

    Raises:
        DataError: There are no such counts, or they are damaged.
    """
    if text is not None:
        return None, {"name": pathlib.Path(text).name, "text": text_identity(text, counting)}
    name = counts or USUAL_COUNTS
    stats = load_statistics(name)
    return stats, {"name": name, "fingerprint": source_fingerprint(stats)}
