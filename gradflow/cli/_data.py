"""`gradflow data`: texts are counted, statistics looked at, corpora listed and downloaded."""

import time

from gradflow._errors import ArgumentError
from gradflow._suggestions import did_you_mean
from gradflow.cli._facts import describe, print_facts
from gradflow.cli._options import CountOptions, DataInfoOptions, DownloadOptions, ListOptions
from gradflow.cli._output import check_file
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source, load_counts
from gradflow.corpus import corpus_names, download_corpus, embedded_names, load_statistics

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


def list_data(options: ListOptions) -> None:
    """Print what can be had by name."""
    embedded, downloadable = embedded_names(), corpus_names()
    if options.common.json:
        print_facts({"embedded": embedded, "downloadable": downloadable}, json=True)
        return
    width = max(map(len, (*embedded, *downloadable)))
    print("embedded statistics (gradflow run --counts NAME):")
    for name in embedded:
        stats = load_statistics(name)
        print(f"  {name:<{width}}  {stats.vocab_size:,} words, {stats.total_tokens:,} tokens")
    print("corpora (gradflow data download NAME, then gradflow run --text FILE):")
    for name in downloadable:
        print(f"  {name}")


def download(options: DownloadOptions) -> None:
    """Download a public corpus, and print where its file lies.

    Raises:
        ArgumentError: The name is not known.
        DataError: The file cannot be fetched or written.
    """
    names = corpus_names()
    if options.name not in names:
        hint = did_you_mean(options.name, names)
        raise ArgumentError(
            "name", f"one of {', '.join(map(repr, names))}", f"{options.name!r}{hint}"
        )
    with show_progress(options.common.quiet) as progress:
        path = download_corpus(
            options.name,
            cache_dir=options.cache_dir,
            base_url=options.base_url,
            progress=progress.amount("download"),
        )
    if options.common.json:
        print_facts({"name": options.name, "file": str(path)}, json=True)
    else:
        print(path)  # alone, so that a shell can use it
