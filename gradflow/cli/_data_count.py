"""`gradflow data count`: from a text to a statistics file."""

import dataclasses
import os
import time
from typing import Annotated

import tyro

from gradflow._errors import DataError
from gradflow._files import shown
from gradflow.cli._counts import check_writable, count_text
from gradflow.cli._describe import describe, print_facts
from gradflow.cli._options import CommonOptions, CountingOptions, ResourceOptions
from gradflow.cli._progress import progress_bars


@dataclasses.dataclass(frozen=True)
class CountOptions:
    """Count which words of a text occur near each other, and save the counts.

    Attributes:
        text: Text, UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        out: Statistics file to write, by custom .gfs; a file of that name is replaced.
        subsample: Keep an occurrence of a word of frequency f with probability √(t/f) + t/f, as
            word2vec does; this is t, and unless given all are kept.
        seed: Of the random numbers for it.
        counting: How.
        resources: With what.
        common: Of every command.
    """

    text: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="TEXT")]
    out: Annotated[str, tyro.conf.arg(metavar="FILE")]
    subsample: Annotated[float | None, tyro.conf.arg(metavar="FLOAT")] = None
    seed: int = 0
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    resources: ResourceOptions = dataclasses.field(default_factory=ResourceOptions)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def count(options: CountOptions) -> None:
    """Do it.

    Raises:
        ArgumentError: An option has no usable value.
        DataError: The text cannot be used, or the file cannot be written.
    """
    start = time.perf_counter()
    if os.path.isdir(options.out):
        raise DataError("out", "a path for a file", f"the folder {shown(options.out)}")
    check_writable(options.out)
    with progress_bars() as bars:
        stats = count_text(
            options.text,
            options.counting,
            bars,
            subsample=options.subsample,
            seed=options.seed,
            **options.resources.as_arguments(),
        )
    stats.save(options.out)
    facts = {"file": options.out, **describe(stats), "seconds": time.perf_counter() - start}
    print_facts(facts, options.common.json)
