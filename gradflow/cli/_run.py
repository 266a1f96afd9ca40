"""`gradflow run`: the main job, from counts to a folder of results."""

import dataclasses
import time
from typing import Any

from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import RunOptions
from gradflow.cli._output import QUICK_DIM, finished_run, fitted
from gradflow.cli._printing import print_study, print_warnings, warn_of_limits
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source
from gradflow.dynamics import use_all_cores
from gradflow.io._json import json_text
from gradflow.io._source import describe_source
from gradflow.studies import StudySettings, study_rank_increments
from gradflow.studies._folder import write_study

# What --quick makes of settings that are not given; its help says the same.
QUICK_WORDS = 500
QUICK: dict[str, Any] = {
    "scales": (1e-2, 1e-4, 1e-6), "seeds": 2, "dim": QUICK_DIM, "modes": 10, "num_times": 200,
    "sgns_words": 0,
}  # fmt: skip


def run(options: RunOptions) -> None:
    """Predict, follow, measure and compare; write the folder, and say what came out.

    Raises:
        ArgumentError: Options that do not fit together, or do not fit the counts.
        DataError: Counts that cannot be read, or a folder that cannot be written.
    """
    start = time.perf_counter()
    settings = quick(options.settings) if options.quick else options.settings
    words = (QUICK_WORDS, QUICK_WORDS) if options.quick else (2000, None)
    source = Source(options.text, options.counts, options.counting, *words)
    identity = source.identity()
    figures = not options.no_figures
    previous = finished_run(options.out, options.force, settings, identity, figures)
    if previous is not None:
        _say_done(previous, options)
        return
    use_all_cores()
    seconds: dict[str, float] = {}
    with show_progress(options.common.quiet) as progress:
        stats = source.load(progress)
        if options.text is not None:
            seconds["counting"] = time.perf_counter() - start
        study = study_rank_increments(
            stats, fitted(settings, stats.vocab_size), progress.phase, warn_of_limits
        )
        check_interrupted()
        if figures:
            progress.phase("figures", 0, 1)
        description = {**describe_source(stats), **identity}
        summary, left_out = write_study(
            study, options.out, description, seconds, figures=figures, replace=options.force
        )
    print_warnings(study, left_out)
    if options.common.json:
        print(json_text(summary), end="")
    elif not options.common.quiet:
        print_study(study, summary, options.out, time.perf_counter() - start)


def quick(settings: StudySettings) -> StudySettings:
    """Return settings of a study that takes seconds; what differs from the defaults stays."""
    usual = {field.name: field.default for field in dataclasses.fields(settings)}
    changes = {
        name: value for name, value in QUICK.items() if getattr(settings, name) == usual[name]
    }
    return dataclasses.replace(settings, **changes)


def _say_done(summary: dict[str, Any], options: RunOptions) -> None:
    if options.common.json:
        print(json_text(summary), end="")
    elif not options.common.quiet:
        print(f"already done: {options.out} (use --force to redo)")
