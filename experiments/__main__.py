"""The command line that all experiments share.

    python -m gradflow.experiments                                            # lists them
    python -m gradflow.experiments NAME [--quick] [--out FOLDER] [--redraw]
    python -m gradflow.experiments NAME --text FILE ...        # those that start from a text

In a checkout `python -m experiments` does the same. `gradflow figures` makes several, or all.
"""

import argparse
import pathlib
import sys
import time
from collections.abc import Sequence
from typing import Any

import gradflow as gf
from gradflow.experiments._framework import RESULTS, Experiment, Task, Text
from gradflow.experiments.collection import (
    FIGURES,
    chosen_names,
    claim,
    experiment_names,
    folder_name,
    load_experiment,
)

_COMMAND = "python -m gradflow.experiments"


def main(arguments: Sequence[str]) -> None:
    """Make the experiment that the first argument names; without one, list all."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(f"usage: {_COMMAND} NAME [--quick] [--out FOLDER] [--redraw] [--text FILE]\n")
        for name in experiment_names():
            print(f"{name:<16} {claim(name)}")
        return
    try:
        (name,) = chosen_names(arguments[:1])
    except gf.ArgumentError as error:
        sys.exit(f"gradflow.experiments: {error}")
    make(load_experiment(name), arguments[1:])


def make(experiment: Experiment[Any, Any], arguments: Sequence[str]) -> None:
    """Run an experiment, or load what was kept; write, and print the report."""
    options = _parser(experiment).parse_args(arguments)
    out = options.out or FIGURES / folder_name(experiment.name, options.quick)
    path = getattr(options, "text", None)
    text = None if path is None else Text(path)
    if text is None and experiment.starts_from_text(options.quick) and not options.redraw:
        wanted = "FILE is needed, one document a line, plain or compressed"
        sys.exit(f"{experiment.name}: --text {wanted}")
    if options.out is None:
        FIGURES.mkdir(exist_ok=True)
    task, start = Task(experiment, options.quick, out, text), time.perf_counter()
    try:
        results = task.redraw() if options.redraw else task.make()[0]
    except gf.GradflowError as error:
        sys.exit(f"{experiment.name}: {error}")
    print(experiment.report(results))
    print(f"{out}: {time.perf_counter() - start:.0f} s")


def _parser(experiment: Experiment[Any, Any]) -> argparse.ArgumentParser:
    command = f"{_COMMAND} {experiment.name}"
    parser = argparse.ArgumentParser(command, description=experiment.claim)
    if experiment.needs_text:
        parser.add_argument("--text", type=pathlib.Path, help="a text, one document a line")
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, help="folder, by default in figures/")
    parser.add_argument("--redraw", action="store_true", help=f"draw again from {RESULTS} there")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
