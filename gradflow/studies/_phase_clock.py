"""How long each phase of a study takes, told as it goes on."""

import contextlib
import time
from collections.abc import Callable, Iterator

# Called with a phase's name, how much of it is done and how much there is.
PhaseProgress = Callable[[str, int, int], None]


class PhaseClock:
    """Wall-clock seconds by phase; a progress bar hears of both ends of each.

    Attributes:
        report: Called with (phase, done, total).
        seconds: Of the phases that are over, by name.
    """

    def __init__(self, report: PhaseProgress | None) -> None:
        self.report: PhaseProgress = report or (lambda phase, done, total: None)
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time what happens inside; a phase that raises is not reported as done."""
        self.report(name, 0, 1)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - start
        self.report(name, 1, 1)
