"""`gradflow data list`: what can be had by name."""

import dataclasses

from gradflow.cli._options import CommonOptions
from gradflow.corpus import corpus_names, embedded_names, load_statistics


@dataclasses.dataclass(frozen=True)
class ListOptions:
    """Statistics that come with gradflow, and corpora that can be downloaded.

    Attributes:
        common: Of every command.
    """

    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def list_data(options: ListOptions) -> None:
    """Print it."""
    if options.common.json:
        from gradflow.io import json_text

        names = {"embedded": embedded_names(), "downloadable": corpus_names()}
        print(json_text(names), end="")
        return
    width = max(map(len, (*embedded_names(), *corpus_names())))
    print("embedded statistics (gradflow run --counts NAME):")
    for name in embedded_names():
        stats = load_statistics(name)
        print(f"  {name:<{width}}  {stats.vocab_size:,} words, {stats.total_tokens:,} tokens")
    print("corpora (gradflow data download NAME, then gradflow run --text FILE):")
    for name in corpus_names():
        print(f"  {name}")
