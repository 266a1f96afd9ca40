"""How far long work has come: bars on a terminal, lines elsewhere, nothing where quiet."""

import contextlib
import datetime
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from gradflow.cli._interrupt import check_interrupted

if TYPE_CHECKING:
    from gradflow.corpus._progress import CountProgress

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
# Phases in which XLA compiles for seconds before anything moves.
_COMPILED = frozenset({"sweep", "embeddings", "sgns"})
_COMPILING = "compiling"
# Off a terminal, seconds between two lines of one phase.
_EVERY = 20.0


class Progress:
    """What a command says while it works: here, nothing. Interrupts are heeded all the same."""

    def phase(self, name: str, done: int, total: int) -> None:
        """Take a study's report: (0, 1) at the beginning, (1, 1) at the end, lanes between.

        Raises:
            KeyboardInterrupt: One was lost since the last report.
        """
        check_interrupted()

    def amount(self, name: str) -> Callable[[int, int | None], None] | None:
        """Return a callback (done, total) for bytes; None where nothing would show them."""
        return None

    def counting(self) -> Callable[["CountProgress"], None] | None:
        """Return a callback for a count; None where nothing would show it."""
        return None


class Lanes:
    """Lanes that were followed, and the time that the others will take.

    Only the time after the first chunk counts, as the first waits for the compiler.
    """

    def __init__(self) -> None:
        self._first: tuple[int, float] | None = None

    def said(self, done: int, total: int, now: float) -> str:
        """Return "8/32, 0:01:10 left", without an estimate after the first chunk.

        Example:
            >>> lanes = Lanes()
            >>> lanes.said(4, 32, 10.0), lanes.said(8, 32, 20.0)
            ('4/32', '8/32, 0:01:00 left')
        """
        if done == 0:
            return _COMPILING
        if self._first is None:
            self._first = (done, now)
        first, since = self._first
        if done in (first, total):
            return f"{done}/{total}"
        left = (now - since) * (total - done) / (done - first)
        return f"{done}/{total}, {_clock(left)} left"


class Bars(Progress):
    """One bar a phase, on a terminal."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._tasks: dict[str, Any] = {}
        self._lanes: dict[str, Lanes] = {}
        self._totals: dict[str, int] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        """Draw one bar for each phase, with lanes and the time left."""
        check_interrupted()
        if name not in self._tasks:
            self._tasks[name] = self._add(name, _COMPILING if name in _COMPILED else "")
            self._lanes[name] = Lanes()
        task = self._tasks[name]
        if (done, total) == (1, 1):
            total = self._totals.get(name, 1)
            count = f"{total}/{total}" if total > 1 else ""
            self._progress.update(task, completed=total, total=total, count=count)
            self._progress.stop_task(task)
        elif total > 1:
            self._totals[name] = total
            count = self._lanes[name].said(done, total, time.monotonic())
            self._progress.update(task, completed=done, total=total, count=count)

    def amount(self, name: str) -> Callable[[int, int | None], None]:
        """Return a callback that draws the share of an amount."""
        task = self._tasks[name] = self._add(name)

        def report(done: int, total: int | None) -> None:
            count = "" if not total else f"{100 * done // total} %"
            self._progress.update(task, completed=done, total=total, count=count)

        return report

    def counting(self) -> Callable[["CountProgress"], None]:
        """Return a callback that draws a bar for each phase of a count."""
        starts: dict[str, float] = {}

        def report(state: "CountProgress") -> None:
            check_interrupted()
            now = time.monotonic()
            if state.phase not in starts:
                starts[state.phase] = now
                self._tasks[state.phase] = self._add(state.phase)
            count = count_said(state, now - starts[state.phase])
            task = self._tasks[state.phase]
            self._progress.update(task, completed=state.done, total=state.total, count=count)

        return report

    def _add(self, name: str, count: str = "") -> Any:
        return self._progress.add_task(_LABELS.get(name, name), total=None, count=count)


class Lines(Progress):
    """A line on stderr when a phase begins, and now and then while it lasts; for logs and pipes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, float] = {}
        self._lanes: dict[str, Lanes] = {}

    def phase(self, name: str, done: int, total: int) -> None:
        """Print the beginning of a phase, its first lanes, and later ones with the time left."""
        check_interrupted()
        label = _LABELS.get(name, name)
        if name not in self._lanes:
            self._lanes[name] = Lanes()
            say(f"{label}, {_COMPILING} first" if name in _COMPILED else label)
        if total <= 1 or done == 0:
            return
        first = name not in self._last
        count = self._lanes[name].said(done, total, self._clock())
        if first or self._is_due(name):
            say(f"{label} {count}")
            self._last[name] = self._clock()

    def counting(self) -> Callable[["CountProgress"], None]:
        """Return a callback that prints a line for each phase of a count, more if it lasts."""
        starts: dict[str, float] = {}

        def report(state: "CountProgress") -> None:
            check_interrupted()
            if state.phase not in starts:
                starts[state.phase] = self._last[state.phase] = self._clock()
                say(state.phase)
            elif self._is_due(state.phase):
                self._last[state.phase] = self._clock()
                said = count_said(state, self._clock() - starts[state.phase])
                say(f"{state.phase} {said}")

        return report

    def _is_due(self, name: str) -> bool:
        return self._clock() - self._last[name] >= _EVERY


def say(text: str) -> None:
    """Print one line of progress on stderr; the dots tell it from warnings and errors."""
    print(f"gradflow: {text} ...", file=sys.stderr, flush=True)


def count_said(state: "CountProgress", seconds: float) -> str:
    """Return share, words a second and time left of a phase that has taken so many seconds.

    Example:
        >>> from gradflow.corpus._progress import CountProgress
        >>> count_said(CountProgress("counting", 300, 400, 3_000_000), 60.0)
        '75 %  50,000 words/s  0:00:20 left'
    """
    parts = []
    if state.total:
        parts.append(f"{100 * state.done // state.total} %")
    if state.words and seconds > 0:
        parts.append(f"{state.words / seconds:,.0f} words/s")
    if state.total and state.done and seconds > 0:
        parts.append(f"{_clock(seconds * (state.total - state.done) / state.done)} left")
    return "  ".join(parts)


def _clock(seconds: float) -> str:
    return str(datetime.timedelta(seconds=round(seconds)))


def on_a_terminal() -> bool:
    """Whether bars can be drawn: rich would also draw into a pipe where FORCE_COLOR is set."""
    from rich.console import Console

    return sys.stderr.isatty() and not Console(stderr=True).is_dumb_terminal


@contextlib.contextmanager
def show_progress(quiet: bool = False) -> Iterator[Progress]:
    """Yield what says how far the work has come; bars vanish when the block ends or fails.

    Args:
        quiet: Say nothing, whatever stderr is.
    """
    if quiet:
        yield Progress()
        return
    if not on_a_terminal():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description:<14}"),
        BarColumn(),
        TextColumn("{task.fields[count]:>7}"),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Bars(progress)


@contextlib.contextmanager
def loading(quiet: bool = False) -> Iterator[None]:
    """Say that libraries are imported, which takes seconds; on a terminal, while it lasts."""
    if quiet:
        yield
        return
    terminal = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    print("gradflow: loading JAX ...", file=sys.stderr, end="" if terminal else "\n", flush=True)
    try:
        yield
    finally:
        if terminal:
            print("\r\x1b[2K", file=sys.stderr, end="", flush=True)
