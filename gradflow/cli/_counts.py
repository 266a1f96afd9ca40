"""Counting a text, and what can be known before it."""

import dataclasses
import hashlib
import os
import pathlib
import tempfile
from typing import Any

from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown
from gradflow.cli._options import CountingOptions
from gradflow.cli._progress import Bars
from gradflow.corpus import CooccurrenceStatistics, count_cooccurrence

USUAL_WORDS = 2000


def count_text(
    text: str,
    options: CountingOptions,
    bars: Bars,
    usual_words: int = USUAL_WORDS,
    **further: Any,
) -> CooccurrenceStatistics:
    """Count a text, with a progress bar.

    Args:
        text: Path of the text.
        options: How.
        bars: Where progress shows.
        usual_words: How many words are kept where the options give no number.
        further: More arguments of `count_cooccurrence`.

    Returns:
        The counts. Where no number of words is given and the text has fewer than the usual number,
        all of them.

    Raises:
        ArgumentError: An option has no usable value.
        DataError: The text cannot be used.
    """
    wanted = dataclasses.asdict(options) | further
    wanted["vocab_size"] = usual_words if options.vocab_size is None else options.vocab_size
    try:
        return count_cooccurrence(text, **wanted, report=bars.counting())
    except ArgumentError as error:
        too_few = error.argument == "vocab_size" and options.vocab_size is None
        if not too_few or not os.path.isfile(text):
            raise
    wanted["vocab_size"] = None
    return count_cooccurrence(text, **wanted, report=bars.counting())


def text_identity(text: str, options: CountingOptions) -> dict[str, Any] | None:
    """What a rerun compares, so that it need not count again: the text's SHA-256 and the options.

    Returns:
        JSON values; None for a pipe, which can be read once only, and for what cannot be read.
    """
    if not os.path.isfile(text):
        return None
    try:
        with open(text, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:  # counting will say why
        return None
    return {"sha256": digest, "options": dataclasses.asdict(options)}


def check_writable(path: str, argument: str = "out") -> None:
    """Find out before an hour of work whether its result can be written.

    Raises:
        DataError: The folder that `path` would lie in is missing or cannot be written.
    """
    try:
        folder = pathlib.Path(os.path.realpath(path)).parent
    except ValueError:
        raise DataError(argument, "a path", repr(path)) from None
    if not folder.is_dir():
        got = f"no folder {shown(folder)}"
        raise DataError(argument, "a path in an existing folder", got)
    try:
        tempfile.TemporaryDirectory(prefix=".gradflow-", dir=folder).cleanup()
    except OSError as error:
        got = f"{shown(folder)}: {error.strerror or error}"
        raise DataError(argument, "a path that can be written", got) from error
