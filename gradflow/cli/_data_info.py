"""`gradflow data info`: what statistics hold."""

import dataclasses
from typing import Annotated

import tyro

from gradflow.cli._describe import describe, print_facts
from gradflow.cli._options import CommonOptions
from gradflow.corpus import load_statistics

_FIRST_WORDS = 10


@dataclasses.dataclass(frozen=True)
class DataInfoOptions:
    """Size, window and source of statistics.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        common: Of every command.
    """

    name_or_file: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME-OR-FILE")]
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def data_info(options: DataInfoOptions) -> None:
    """Print it.

    Raises:
        DataError: There is no such name or file, or it is damaged.
    """
    stats = load_statistics(options.name_or_file)
    first = list(stats.words[:_FIRST_WORDS])
    facts = {**describe(stats), "first words": first, "provenance": stats.provenance}
    print_facts(facts, options.common.json)
