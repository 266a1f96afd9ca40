"""Public corpora by name, downloaded once and checked."""

import dataclasses
import logging
import os
import pathlib
from collections.abc import Callable
from typing import Any

from gradflow._errors import DataError
from gradflow.corpus._reading import ReadProgress


@dataclasses.dataclass(frozen=True)
class _Corpus:
    """Where a corpus lies, and the checksum of its file."""

    url: str
    sha256: str


_TIMEOUT = 30  # seconds without a byte
_BLOCK_BYTES = 1 << 16
_MAHONEY = "http://mattmahoney.net/dc/"  # not served by HTTPS; the checksum stands in for that
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
    """Return the names that `download_corpus` knows.

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
    progress: ReadProgress | None = None,
) -> pathlib.Path:
    """Download a public corpus, unless it is in the cache, and check it.

    Args:
        name: One of `corpus_names()`.
        cache_dir: The folder to keep the file in; None for the user's cache folder for gradflow.
        base_url: The folder of a mirror that has the file under the same name.
        progress: Called as progress(done, total) in bytes.

    Returns:
        The path of the file, which `count_cooccurrence` reads as it is.

    Raises:
        DataError: The name is not known, the file cannot be fetched or written, or it has another
            SHA-256 than the published file.

    Example:
        >>> from gradflow.corpus import download_corpus
        >>> download_corpus("text9")
        Traceback (most recent call last):
            ...
        gradflow._errors.DataError: name: wanted one of ..., got 'text9'
    """
    if name not in _CORPORA:
        names = ", ".join(map(repr, _CORPORA))
        raise DataError("name", f"one of {names}", repr(name))
    import pooch  # slow to import, and needed for downloads alone
    import requests

    corpus = _CORPORA[name]
    file = corpus.url.rpartition("/")[2]
    url = corpus.url if base_url is None else f"{base_url.rstrip('/')}/{file}"
    folder = pooch.os_cache("gradflow") if cache_dir is None else cache_dir
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)  # pooch would report each download on stderr
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


def _downloader(progress: ReadProgress | None) -> Callable[[str, str, Any], None]:
    """Return a downloader like `pooch.HTTPDownloader` that also closes refused connections."""
    import requests

    def fetch(url: str, output_file: str, _: Any) -> None:
        """Write what a URL serves to a file."""
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
