"""What a long count says of itself while it runs."""

import dataclasses
from collections.abc import Callable
from typing import Any

from gradflow.corpus._reading import Progress


@dataclasses.dataclass(frozen=True)
class CountProgress:
    """How far a count has come.

    Attributes:
        phase: "reading", "counting" or "merging".
        done: Bytes of the file or documents; words; rows of the result.
        total: Of the same, None where it is not known.
        words: Words of the text dealt with in this phase; 0 while merging.
    """

    phase: str
    done: int
    total: int | None
    words: int


class Reports:
    """Hands on what the parts of a count say to those who want to know."""

    def __init__(
        self, progress: Progress | None, report: Callable[[CountProgress], None] | None
    ) -> None:
        self._progress, self._report = progress, report

    def reading(self, store: Any) -> Progress | None:
        """A callback for bytes or documents; `store` knows how many words there are so far."""
        progress, report = self._progress, self._report
        if report is None:
            return progress

        def say(done: int, total: int | None) -> None:
            if progress is not None:
                progress(done, total)
            report(CountProgress("reading", done, total, store.tokens))

        return say

    def counting(self, words: int) -> Callable[[str, int, int], None] | None:
        """A callback for `window_counts`, where about so many words are counted."""
        report = self._report
        if report is None:
            return None

        def say(phase: str, done: int, total: int) -> None:
            if phase == "counting":
                done, total = min(done, words), words
            report(CountProgress(phase, done, total, done if phase == "counting" else 0))

        return say
