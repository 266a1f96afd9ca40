"""`gradflow data download`: a public corpus by name."""

import dataclasses
from typing import Annotated

import tyro

from gradflow.cli._describe import print_facts
from gradflow.cli._options import CommonOptions
from gradflow.cli._progress import progress_bars
from gradflow.corpus import download_corpus


@dataclasses.dataclass(frozen=True)
class DownloadOptions:
    """Download a public corpus, unless it is there already, and check its SHA-256.

    Attributes:
        name: One of the names that `gradflow data list` shows.
        cache_dir: Folder to keep it in; the user's cache folder unless given.
        base_url: Folder of a mirror that has the file under the same name.
        common: Of every command.
    """

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    cache_dir: Annotated[str | None, tyro.conf.arg(metavar="FOLDER")] = None
    base_url: Annotated[str | None, tyro.conf.arg(metavar="URL")] = None
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def download(options: DownloadOptions) -> None:
    """Do it, and print where the file lies.

    Raises:
        DataError: The name is not known, or the file cannot be fetched or written.
    """
    with progress_bars() as bars:
        path = download_corpus(
            options.name,
            cache_dir=options.cache_dir,
            base_url=options.base_url,
            progress=bars.amount("download"),
        )
    if options.common.json:
        print_facts({"name": options.name, "file": str(path)}, json=True)
    else:
        print(path)  # alone, so that a shell can use it
