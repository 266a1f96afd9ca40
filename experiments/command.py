"""The command line that all experiments share.

    python -m experiments.NAME [--quick] [--out FOLDER] [--redraw]
    python -m experiments.NAME --text FILE ...      # those that start from a text

Commands run in the folder of the project. `gradflow figures` makes several, or all.
"""

import argparse
import pathlib
import sys
import time
from collections.abc import Sequence
from typing import Any

import gradflow as gf
from experiments._experiment import RESULTS as RESULTS
from experiments._experiment import Experiment as Experiment
from experiments._experiment import load_dataset as load_dataset
from experiments._experiment import save_dataset as save_dataset
from experiments._task import Task
from experiments._text import Text
from experiments.collection import FIGURES as FIGURES
from experiments.collection import folder_name


def main(experiment: Experiment[Any, Any], arguments: Sequence[str] | None = None) -> None:
    """Run, or load what was kept; write, and print the report."""
    options = _parser(experiment).parse_args(arguments)
    out = options.out or FIGURES / folder_name(experiment.name, options.quick)
    path = getattr(options, "text", None)
    text = None if path is None else Text(path)
    if text is None and experiment.starts_from_text(options.quick) and not options.redraw:
        wanted = "FILE is needed, one document a line, plain or compressed"
        sys.exit(f"{experiment.name}: --text {wanted}")
    task, start = Task(experiment, options.quick, out, text), time.perf_counter()
    try:
        results = task.redraw() if options.redraw else task.make()[0]
    except gf.GradflowError as error:
        sys.exit(f"{experiment.name}: {error}")
    print(experiment.report(results))
    print(f"{out}: {time.perf_counter() - start:.0f} s")


def _parser(experiment: Experiment[Any, Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"experiments.{experiment.name}", description=experiment.claim)
    if experiment.needs_text:
        parser.add_argument("--text", type=pathlib.Path, help="a text, one document a line")
    parser.add_argument("--quick", action="store_true", help="a small size, for a first look")
    parser.add_argument("--out", type=pathlib.Path, help="folder, by default in figures/")
    help_ = f"draw again from the {RESULTS} that is there"
    parser.add_argument("--redraw", action="store_true", help=help_)
    return parser
