"""The identity of the counts that a run was made from."""

import hashlib
from typing import Any

import numpy as np

from gradflow.corpus import CooccurrenceStatistics


def source_fingerprint(stats: CooccurrenceStatistics) -> str:
    """Return the SHA-256 of words, counts and window: equal for equal inputs from any source.

    Args:
        stats: Counts. Their provenance does not matter.

    Returns:
        64 hexadecimal digits, the same on every machine.

    Example:
        >>> import gradflow as gf
        >>> stats = gf.load_statistics("wikipedia-2k")
        >>> source_fingerprint(stats) == source_fingerprint(stats.top(2000))
        True
    """
    digest = hashlib.sha256()
    pairs = stats.pair_counts
    for name, content in (
        ("words", "\n".join(stats.words).encode("utf-8")),
        ("unigrams", _bytes(stats.unigram_counts)),
        ("starts", _bytes(pairs.indptr)),
        ("columns", _bytes(pairs.indices)),
        ("pairs", _bytes(pairs.data)),
        ("window", f"{stats.window} {stats.weighting}".encode()),
    ):
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def describe_source(stats: CooccurrenceStatistics, name: str | None = None) -> dict[str, Any]:
    """Return what a summary says of the counts.

    Args:
        stats: Counts.
        name: The name that they were asked for by.

    Returns:
        JSON values: name, fingerprint, words, tokens, window, weighting, provenance.

    Example:
        >>> import gradflow as gf
        >>> describe_source(gf.load_statistics("wikipedia-2k"), "wikipedia-2k")["words"]
        2000
    """
    return {
        "name": name,
        "fingerprint": source_fingerprint(stats),
        "words": stats.vocab_size,
        "tokens": stats.total_tokens,
        "window": stats.window,
        "weighting": stats.weighting,
        "provenance": stats.provenance,
    }


def _bytes(array: np.ndarray) -> bytes:
    return array.astype("<i8").tobytes()  # SciPy's index type depends on the size
