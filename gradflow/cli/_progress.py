"""Progress bars on a terminal; nothing at all elsewhere."""

import contextlib
import datetime
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from gradflow.cli._interrupt import check_interrupted
from gradflow.corpus import CountProgress

_LABELS = {
    "counting": "counting",
    "spectrum": "eigenvectors",
    "validity": "validity",
    "sweep": "flows",
    "embeddings": "embeddings",
    "sgns": "SGNS",
    "figures": "figures",
    "writing": "writing",
    "download": "downloading",
}


class Bars:
    """One bar a phase, on stderr. Where there is no terminal, every call does nothing."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        """A study's own reports: (0, 1) at the beginning, (1, 1) at the end, lanes between.

        Raises:
            KeyboardInterrupt: One was lost since the last report.
        """
        check_interrupted()
        if self._progress is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._add(self._progress, name)
        task = self._tasks[name]
        if (done, total) == (1, 1):
            whole = self._totals.get(name, 1)
            self._progress.update(task, completed=whole, total=whole)
            self._progress.stop_task(task)
        elif total > 1:
            self._totals[name] = total
            self._progress.update(task, completed=done, total=total, count=f"{done}/{total}")

    def amount(self, name: str) -> Callable[[int, int | None], None] | None:
        """A callback for bytes or documents; None where nothing would show them."""
        if self._progress is None:
            return None
        progress = self._progress
        task = self._tasks[name] = self._add(progress, name)

        def report(done: int, total: int | None) -> None:
            count = "" if not total else f"{100 * done // total} %"
            progress.update(task, completed=done, total=total, count=count)

        return report

    def counting(self) -> Callable[[CountProgress], None] | None:
        """A callback for a count, a bar a phase; None where nothing would show them."""
        if self._progress is None:
            return None
        progress, begun = self._progress, dict[str, float]()

        def report(said: CountProgress) -> None:
            check_interrupted()
            now = time.monotonic()
            if said.phase not in begun:
                begun[said.phase] = now
                self._tasks[said.phase] = self._add(progress, said.phase)
            count = count_said(said, now - begun[said.phase])
            task = self._tasks[said.phase]
            progress.update(task, completed=said.done, total=said.total, count=count)

        return report

    @staticmethod
    def _add(progress: Progress, name: str) -> TaskID:
        return progress.add_task(_LABELS.get(name, name), total=None, count="")


def count_said(said: CountProgress, seconds: float) -> str:
    """Share, words a second and time left of a phase that has taken so many seconds.

    Example:
        >>> count_said(CountProgress("counting", 300, 400, 3_000_000), 60.0)
        '75 %  50,000 words/s  0:00:20 left'
    """
    parts = []
    if said.total:
        parts.append(f"{100 * said.done // said.total} %")
    if said.words and seconds > 0:
        parts.append(f"{said.words / seconds:,.0f} words/s")
    if said.total and said.done and seconds > 0:
        left = seconds * (said.total - said.done) / said.done
        parts.append(f"{datetime.timedelta(seconds=round(left))} left")
    return "  ".join(parts)


@contextlib.contextmanager
def progress_bars(quiet: bool = False) -> Iterator[Bars]:
    """Bars that vanish when the block ends or fails.

    Args:
        quiet: Show none, whatever stderr is.

    Yields:
        The bars. rich would also draw into a pipe where FORCE_COLOR is set, so stderr itself is
        asked.
    """
    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty() or console.is_dumb_terminal:
        yield Bars(None)
        return
    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TextColumn("{task.fields[count]:>7}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bars(progress)
