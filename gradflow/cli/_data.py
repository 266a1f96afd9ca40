"""`gradflow data count` and `info`: texts are counted, statistics looked at."""

import time

from gradflow.cli._facts import describe, print_facts
from gradflow.cli._options import CountOptions, DataInfoOptions
from gradflow.cli._output import check_file
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source, load_counts

_FIRST_WORDS = 10


def count(options: CountOptions) -> None:
    """Count a text, save the counts, and print their size.

    Raises:
        ArgumentError: An option has no usable value.
        DataError: The text cannot be used, or the file cannot be written.
    """
    start = time.perf_counter()
    further = options.resources.as_arguments()
    further |= {"subsample": options.subsample, "seed": options.seed}
    source = Source(options.text, None, options.counting, **further)
    check_file(options.out)
    with show_progress(options.common.quiet) as progress:
        stats = source.load(progress)
    stats.save(options.out)
    facts = {"file": options.out, **describe(stats), "seconds": time.perf_counter() - start}
    if options.common.json or not options.common.quiet:
        print_facts(facts, options.common.json)


def data_info(options: DataInfoOptions) -> None:
    """Print size, window and source of statistics.

    Raises:
        ArgumentError: There is no such name.
        DataError: There is no such file, or it is damaged.
    """
    stats = load_counts(options.name_or_file)
    first = list(stats.words[:_FIRST_WORDS])
    facts = {**describe(stats), "first words": first, "provenance": stats.provenance}
    print_facts(facts, options.common.json)
