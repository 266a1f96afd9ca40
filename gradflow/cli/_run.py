"""`gradflow run`: the main job, from counts to a folder of results."""

import dataclasses
import time
from typing import Annotated, Any

import tyro

from gradflow.cli._counts import check_writable, count_text
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import CommonOptions, CountingOptions
from gradflow.cli._progress import progress_bars
from gradflow.cli._rerun import check_same, previous_run
from gradflow.cli._sources import check_sources, find_source
from gradflow.cli._table import print_study, print_warnings, warn_of_limits
from gradflow.dynamics import use_all_cores
from gradflow.io import describe_source, json_text
from gradflow.studies import StudySettings, study_rank_increments, write_study


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """Predict when each mode is learned, follow the flow, measure, and compare.

    Writes results.nc, steps.csv, summary.json and figures/, all or none of them.

    A second run with the same settings and counts finds the work done.

    Attributes:
        counts: Name of embedded statistics, or a statistics file; wikipedia-2k unless --text is
            given.
        text: Text to count first: UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        out: Folder for the results.
        force: Replace the run that the folder holds, once the new one is complete.
        no_figures: Draw no figures.
        quiet: Print nothing but warnings and errors.
        counting: Only with --text.
        settings: What is followed and measured.
        common: Of every command.
    """

    counts: Annotated[str | None, tyro.conf.arg(metavar="NAME-OR-FILE")] = None
    text: Annotated[str | None, tyro.conf.arg(metavar="FILE")] = None
    out: Annotated[str, tyro.conf.arg(metavar="FOLDER")] = "gradflow-run"
    force: bool = False
    no_figures: bool = False
    quiet: bool = False
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    settings: StudySettings = dataclasses.field(default_factory=StudySettings)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def run(options: RunOptions) -> None:
    """Do it.

    Raises:
        ArgumentError: Options that do not fit together, or do not fit the counts.
        DataError: Counts that cannot be read, or a folder that cannot be written.
    """
    start = time.perf_counter()
    check_sources(options.text, options.counts, options.counting)
    check_writable(options.out)
    stats, source = find_source(options.text, options.counts, options.counting)
    previous = previous_run(options.out, options.force)
    if previous is not None:
        check_same(previous, options.settings, source, options.out, not options.no_figures)
        _say_done(previous, options)
        return
    use_all_cores()
    with progress_bars(options.quiet) as bars:
        seconds: dict[str, float] = {}
        if stats is None:
            assert options.text is not None
            stats = count_text(options.text, options.counting, bars)
            seconds["counting"] = time.perf_counter() - start
        study = study_rank_increments(stats, options.settings, bars.phase, warn_of_limits)
        check_interrupted()
        if not options.no_figures:
            bars.phase("figures", 0, 1)
        summary, left_out = write_study(
            study,
            options.out,
            {**describe_source(stats), **source},
            seconds,
            figures=not options.no_figures,
            replace=options.force,
        )
    print_warnings(study, left_out)
    if options.common.json:
        print(json_text(summary), end="")
    elif not options.quiet:
        print_study(study, summary, options.out, time.perf_counter() - start)


def _say_done(summary: dict[str, Any], options: RunOptions) -> None:
    if options.common.json:
        print(json_text(summary), end="")
    elif not options.quiet:
        print(f"already done: {options.out} (use --force to redo)")
