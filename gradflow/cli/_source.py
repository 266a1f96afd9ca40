"""Where counts come from: by name, from a file, or from a text that is counted."""

import dataclasses
import hashlib
import os
import pathlib
import stat
from typing import Any

from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown_path
from gradflow._suggestions import did_you_mean
from gradflow.cli._option_groups import CountingOptions
from gradflow.cli._progress import Progress
from gradflow.corpus import (
    CooccurrenceStatistics,
    count_cooccurrence,
    embedded_names,
    load_statistics,
)

USUAL_COUNTS = "wikipedia-2k"


class Source:
    """One source of counts: what tells it from others, and the counts themselves.

    Statistics are read when the source is made, as that takes no time; a text is looked at then and
    counted later, so that everything else that can be wrong is found out first.

    Args:
        text: Path of a text, or None.
        counts: Name of embedded statistics or path of a statistics file; `USUAL_COUNTS` where
            there is no text either.
        counting: How a text is counted; of counts, vocab_size alone counts.
        text_words: Words that are kept of a text unless vocab_size is given; all if it has fewer.
        counts_words: The same of counts; None for all.
        further: More arguments of `count_cooccurrence`.

    Raises:
        ArgumentError: Both sources, options of counting without a text, or an unknown name.
        DataError: The text or the counts cannot be read.
    """

    def __init__(
        self,
        text: str | None,
        counts: str | None,
        counting: CountingOptions,
        text_words: int = 2000,
        counts_words: int | None = None,
        **further: Any,
    ) -> None:
        if text is not None and counts is not None:
            raise ArgumentError("text", "either --text or --counts", "both")
        self._text, self._counting, self._further = text, counting, further
        self._text_words = text_words
        if text is not None:
            _check_text(text)
            return
        for field in dataclasses.fields(CountingOptions):
            value = getattr(counting, field.name)
            if field.name != "vocab_size" and value != field.default:
                raise ArgumentError(field.name, "--text beside it", f"{value} without a text")
        self._name = counts or USUAL_COUNTS
        self._stats = _most_frequent(load_counts(self._name), counting.vocab_size, counts_words)

    def identity(self) -> dict[str, Any]:
        """Return what a second run compares, so that it need not count again: JSON values.

        Of a text its SHA-256 and how it is counted, or None for a pipe, which can be read only
        once; of counts their fingerprint.
        """
        if self._text is None:
            from gradflow.io._source import source_fingerprint

            return {"name": self._name, "fingerprint": source_fingerprint(self._stats)}
        identity = None
        if os.path.isfile(self._text):
            with open(self._text, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            options = dataclasses.asdict(self._counting)
            options["vocab_size"] = self._counting.vocab_size or f"up to {self._text_words}"
            identity = {"sha256": digest, "options": options}
        return {"name": pathlib.Path(self._text).name, "text": identity}

    def load(self, progress: Progress) -> CooccurrenceStatistics:
        """Return the counts, of a text by counting it.

        Raises:
            ArgumentError: An option of counting has no usable value.
            DataError: The text cannot be used.
        """
        if self._text is None:
            return self._stats
        arguments = self._counting.as_arguments() | self._further
        if arguments["vocab_size"] is None:
            arguments["vocab_size"] = self._text_words
        report = progress.counting()
        try:
            return count_cooccurrence(self._text, **arguments, report=report)
        except ArgumentError as error:
            too_few = error.argument == "vocab_size" and self._counting.vocab_size is None
            if not too_few or not os.path.isfile(self._text):
                raise
        return count_cooccurrence(self._text, **arguments | {"vocab_size": None}, report=report)


def load_counts(name: str) -> CooccurrenceStatistics:
    """Read statistics, with a hint where a name has a typing mistake.

    Raises:
        ArgumentError: It is no path and no name that is known.
        DataError: There is no such file, or it is damaged.
    """
    names = embedded_names()
    is_path = os.path.dirname(name) or os.path.splitext(name)[1] or os.path.lexists(name)
    if name not in names and not is_path:
        wanted = f"a statistics file, or an embedded name ({', '.join(map(repr, names))})"
        hint = did_you_mean(name, names)
        raise ArgumentError("path_or_name", wanted, f"{name!r}, which is neither{hint}")
    return load_statistics(name)


def _check_text(path: str) -> None:
    """Find out at once whether a text can be opened; of a pipe nothing may be read."""
    try:
        if not stat.S_ISFIFO(os.stat(path).st_mode):
            open(path, "rb").close()
    except OSError as error:
        got = f"{shown_path(path)}: {error.strerror or error}"
        raise DataError("texts_or_path", "a text file", got) from error
    except ValueError:  # a null character
        raise DataError("texts_or_path", "a text file", repr(path)) from None


def _most_frequent(
    stats: CooccurrenceStatistics, asked_for: int | None, usual: int | None
) -> CooccurrenceStatistics:
    """Return the counts of the most frequent words."""
    if asked_for is None:
        return stats if usual is None else stats.top(min(usual, stats.vocab_size))
    if not 1 <= asked_for <= stats.vocab_size:
        wanted = f"1 to {stats.vocab_size}, the number of words of the counts"
        raise ArgumentError("vocab_size", wanted, asked_for)
    return stats if asked_for == stats.vocab_size else stats.top(asked_for)
