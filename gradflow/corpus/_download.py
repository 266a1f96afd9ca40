"""Public corpora by name, downloaded once and checked."""

import dataclasses
import logging
import os
import pathlib
from collections.abc import Callable
from typing import Any

from gradflow._errors import DataError
from gradflow.corpus._reading import Progress


@dataclasses.dataclass(frozen=True)
class _Corpus:
    url: str
    sha256: str


_TIMEOUT = 30  # seconds without a byte
_BLOCK_BYTES = 1 << 16
_MAHONEY = "http://mattmahoney.net/dc/"  # no HTTPS everywhere; the checksum makes up for it
_CORPORA = {
    # 17 million words of Wikipedia (2006), already in the letters a to z, on a single line.
    "text8": _Corpus(
        f"{_MAHONEY}text8.zip",
        "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
    ),
    # The first 10⁸ and 10⁹ bytes of the same dump as XML: its markup counts as words.
    "enwik8": _Corpus(
        f"{_MAHONEY}enwik8.zip",
        "547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc",
    ),
    "enwik9": _Corpus(
        f"{_MAHONEY}enwik9.zip",
        "99cdb5ac84392252d3f0912ccedd195bc95bd80cbef3b0cdf2eee4ad9a3b7a51",
    ),
}


def corpus_names() -> tuple[str, ...]:
    """Names that `download_corpus` knows.

    Example:
        >>> corpus_names()
        ('text8', 'enwik8', 'enwik9')
    """
    return tuple(_CORPORA)


def download_corpus(
    name: str,
    *,
    cache_dir: str | os.PathLike[str] | None = None,
    base_url: str | None = None,
    progress: Progress | None = None,
) -> pathlib.Path:
    """Download a public corpus, unless it lies in the cache, and check it.

    Args:
        name: One of `corpus_names()`.
        cache_dir: Folder to keep the file in; None is the user's cache folder for gradflow.
        base_url: Folder of a mirror that has the file under the same name.
        progress: Called as progress(done, total) in bytes.

    Returns:
        Path of the file, which `count_cooccurrence` reads as it is.

    Raises:
        DataError: Where the name is not known, the file cannot be fetched or written, or is not
            the one whose SHA-256 is known.
    """
    if name not in _CORPORA:
        known = ", ".join(map(repr, _CORPORA))
        raise DataError("name", f"one of {known}", repr(name))
    import pooch  # not needed for anything else here
    import requests

    corpus = _CORPORA[name]
    file = corpus.url.rpartition("/")[2]
    url = corpus.url if base_url is None else f"{base_url.rstrip('/')}/{file}"
    folder = pooch.os_cache("gradflow") if cache_dir is None else cache_dir
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)  # only the command line speaks
    try:
        path = pooch.retrieve(
            url, f"sha256:{corpus.sha256}", file, folder, downloader=_downloader(progress)
        )
    except requests.exceptions.RequestException as error:
        got = f"{type(error).__name__} from {url}"
        raise DataError("name", f"{name!r} to be downloaded", got) from error
    except OSError as error:
        got = f"'{folder}': {error.strerror or error}"
        raise DataError("cache_dir", "a folder that can be written", got) from error
    except ValueError as error:
        got = f"a file of another SHA-256 from {url}"
        raise DataError("name", f"{file} as it is known", got) from error
    finally:
        logger.setLevel(level)
    return pathlib.Path(path)


def _downloader(progress: Progress | None) -> Callable[[str, str, Any], None]:
    """As `pooch.HTTPDownloader`, but closes the connection also when the server refuses."""
    import requests

    def fetch(url: str, output_file: str, _: Any) -> None:
        with (
            requests.get(url, stream=True, timeout=_TIMEOUT) as response,
            open(output_file, "wb") as file,
        ):
            response.raise_for_status()
            total = int(response.headers.get("content-length", 0)) or None
            for block in response.iter_content(_BLOCK_BYTES):
                file.write(block)
                if progress is not None:
                    progress(file.tell(), total)

    return fetch
