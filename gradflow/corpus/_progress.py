"""Reports of how far a count has come."""

import dataclasses
from collections.abc import Callable

from gradflow.corpus._reading import ReadProgress
from gradflow.corpus._store import Store


@dataclasses.dataclass(frozen=True)
class CountProgress:
    """How far a count has come.

    Attributes:
        phase: "reading", "counting" or "merging".
        done: Bytes of the file, or documents, while reading; words while counting; rows of the
            result while merging.
        total: The value of `done` at the end of the phase; None where it is not known.
        words: The words of the text that the phase has passed; 0 while merging.
    """

    phase: str
    done: int
    total: int | None
    words: int


class Reports:
    """Callbacks for the parts of a count that call those of the user."""

    def __init__(
        self, progress: ReadProgress | None, report: Callable[[CountProgress], None] | None
    ) -> None:
        self._progress, self._report = progress, report

    def reading(self, store: Store) -> ReadProgress | None:
        """Return a callback for bytes or documents; the store knows the number of words so far."""
        progress, report = self._progress, self._report
        if report is None:
            return progress

        def report_reading(done: int, total: int | None) -> None:
            """Call both of the user's functions."""
            if progress is not None:
                progress(done, total)
            report(CountProgress("reading", done, total, store.tokens))

        return report_reading

    def counting(self, words: int) -> Callable[[str, int, int], None] | None:
        """Return a callback for `window_counts`, which will count about so many words."""
        report = self._report
        if report is None:
            return None

        def report_counting(phase: str, done: int, total: int) -> None:
            """Call the user's function; the number of words was an estimate, never exceeded."""
            if phase == "counting":
                done, total = min(done, words), words
            report(CountProgress(phase, done, total, done if phase == "counting" else 0))

        return report_counting
