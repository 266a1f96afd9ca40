"""`gradflow data list` and `download`: what can be had by name. Both need neither JAX nor SciPy."""

from gradflow._errors import ArgumentError
from gradflow._suggestions import did_you_mean
from gradflow.cli._facts import print_facts
from gradflow.cli._options import DownloadOptions, ListOptions
from gradflow.cli._progress import show_progress
from gradflow.corpus import corpus_names, download_corpus, embedded_names
from gradflow.corpus._embedded import embedded_size


def list_data(options: ListOptions) -> None:
    """Print what can be had by name."""
    embedded, downloadable = embedded_names(), corpus_names()
    if options.common.json:
        print_facts({"embedded": embedded, "downloadable": downloadable}, json=True)
        return
    width = max(map(len, (*embedded, *downloadable)))
    print("embedded statistics (gradflow run --counts NAME):")
    for name in embedded:
        words, tokens = embedded_size(name)
        print(f"  {name:<{width}}  {words:,} words, {tokens:,} tokens")
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
