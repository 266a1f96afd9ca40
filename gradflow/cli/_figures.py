"""`gradflow figures`: every experiment, one after the other."""

import importlib.metadata
import pathlib
import sys
import time
import traceback
from typing import Any

from gradflow._errors import ArgumentError, DataError, GradflowError
from gradflow._suggestions import did_you_mean
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import FiguresOptions
from gradflow.cli._output import check_writable
from gradflow.io._json import json_text

# Experiments belong to the layer on the right of this one: the package's metadata declare them.
ENTRY_POINTS = "gradflow.experiments"
# What gradflow's own metadata declare (pyproject.toml), for a checkout that nobody has installed.
OWN_EXPERIMENTS = importlib.metadata.EntryPoint(
    "collection", f"{ENTRY_POINTS}.collection", ENTRY_POINTS
)


def figures(options: FiguresOptions) -> int:
    """Make the figures of experiments. One that fails does not stop the others.

    Returns:
        Exit code: 1 where one failed.

    Raises:
        ArgumentError: There is no experiment of such a name.
        DataError: No experiments are installed, or the folder cannot be written.
    """
    start = time.perf_counter()
    collection = load_collection()
    names = _chosen_names(collection, options.names)
    text = None if options.text is None else collection.Text(pathlib.Path(options.text))
    if text is not None:
        _ = text.identity  # or one line now in place of one for each experiment
    if not options.list:
        check_writable(str(pathlib.Path(options.out or collection.FIGURES, names[0])))
    talks = not (options.common.quiet or options.common.json)
    rows = []
    for name in names:
        row = _Row(name, talks)
        rows.append(row)
        try:
            _follow(row, collection, options, text)
            check_interrupted()
        except KeyboardInterrupt:
            message = (
                f"what was finished before {name} is kept: the same command goes on from there"
            )
            raise KeyboardInterrupt(message) from None
        except BrokenPipeError:
            raise  # nobody reads this any more
        except Exception as error:
            row.fail(error, options.common.debug)
    seconds = time.perf_counter() - start
    if options.common.json:
        print(json_text({"seconds": seconds, "experiments": [row.facts for row in rows]}), end="")
    elif talks and not options.list:
        print(f"{_summary(rows)}: {seconds:.0f} s")
    failed = [row for row in rows if row.facts["state"] == "failed"]
    for row in failed:
        print(f"gradflow: error: {row.name}: {row.facts['error']}", file=sys.stderr)
    return 1 if failed else 0


def load_collection() -> Any:
    """Import what the installed package declares as its experiments.

    A checkout that is on Python's path without being installed, or that was installed before there
    were such declarations, declares none: then what lies in this very package is taken. Nothing is
    imported from the current folder, as submodules are looked for beside the library alone.

    Raises:
        DataError: This gradflow has no experiments with it.
    """
    declared = importlib.metadata.entry_points(group=ENTRY_POINTS)
    entry = next(iter(declared), OWN_EXPERIMENTS)
    try:
        return entry.load()
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith(ENTRY_POINTS):
            raise
    wanted = f"a gradflow that has its experiments with it ({OWN_EXPERIMENTS.value})"
    raise DataError("experiments", wanted, "none")


def _chosen_names(collection: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that were asked for, each once; all of them where none was."""
    existing = collection.experiment_names()
    for name in names:
        if name not in existing:
            got = f"{name!r}{did_you_mean(name, existing)}"
            raise ArgumentError("names", f"some of {', '.join(existing)}", got)
    return tuple(dict.fromkeys(names)) or existing


def _follow(row: "_Row", collection: Any, options: FiguresOptions, text: Any) -> None:
    """Find out what there is to do for an experiment, and do it."""
    out = None if options.out is None else pathlib.Path(options.out)
    task = collection.task(row.name, options.quick, out, text)
    last = task.record
    row.facts |= {"folder": str(task.out), "last_seconds": None if last is None else last.seconds}
    if options.list:
        row.facts |= {
            "claim": task.experiment.claim,
            "needs_text": task.experiment.starts_from_text(options.quick),
        }
        row.end("done" if task.is_done else "to do")
        row.say(f"{row.facts['state']:<5}  {_last(last)}  {row.facts['claim']}")
    elif options.redraw or (not options.again and task.has_results and not task.is_done):
        task.redraw()
        row.end("drawn")
        row.say(f"drawn again from its results, {task.out}")
    elif not options.again and task.is_done:
        row.end("done")
        row.say(f"already done in {_time(last.seconds)}, {task.out} (--again makes it anew)")
    else:
        row.say("never made here" if last is None else f"took {_time(last.seconds)} last time")
        _, record = task.make()
        row.end("made", seconds=record.seconds)
        row.say(f"made in {_time(record.seconds)}, {task.out}")


class _Row:
    """One experiment: what is printed of it, and what is known."""

    def __init__(self, name: str, talks: bool) -> None:
        self.name, self._talks = name, talks
        self.facts: dict[str, Any] = {"name": name, "state": "failed"}

    def say(self, line: str) -> None:
        """Print one line on stdout, at once: the next may be an hour away."""
        if self._talks:
            print(f"{self.name}: {line}", flush=True)

    def end(self, state: str, **facts: Any) -> None:
        """Keep how it went."""
        self.facts |= {"state": state, **facts}

    def fail(self, error: Exception, debug: bool) -> None:
        """Keep the message of an error for the end."""
        if debug:
            traceback.print_exc()
        if isinstance(error, ArgumentError) and error.argument == "text":
            message = f"--{error}"
        elif isinstance(error, GradflowError):
            message = str(error)
        else:
            message = f"unexpected {type(error).__name__}: {str(error)[:300]}"
        self.end("failed", error=" ".join(message.split()))
        self.say("failed")


def _summary(rows: "list[_Row]") -> str:
    states = [row.facts["state"] for row in rows]
    counts = {state: states.count(state) for state in ("made", "drawn", "done", "failed")}
    names = {"drawn": "drawn again", "done": "already done"}
    shown = (f"{count} {names.get(state, state)}" for state, count in counts.items() if count)
    return ", ".join(shown)


def _last(record: Any) -> str:
    return f"{'-' if record is None else _time(record.seconds):>7}"


def _time(seconds: float) -> str:
    """Return a time as a reader would say it: 8.3 s, 74 s, 28 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
