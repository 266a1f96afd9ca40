"""`gradflow embed`: from a text, or its counts, to word vectors in a file."""

import dataclasses
import time
from collections.abc import Callable
from typing import Any, TypeVar

from gradflow._errors import ArgumentError
from gradflow._files import shown_path
from gradflow.cli._facts import describe, print_facts
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import EmbedOptions
from gradflow.cli._output import check_file
from gradflow.cli._progress import show_progress
from gradflow.cli._source import Source
from gradflow.vectors import WordVectors
from gradflow.vectors._embed import embed_with
from gradflow.vectors._write import check_format, file_format

USUAL_WORDS = 50_000

Result = TypeVar("Result")


def embed(options: EmbedOptions) -> None:
    """Count, make vectors, save them, and print what they are.

    Raises:
        ArgumentError: Options that do not fit together, or do not fit the text.
        DataError: The text or the counts cannot be used, or the file cannot be written.
    """
    start = time.perf_counter()
    source = _source(options)
    check_file(options.out)
    chosen = file_format(options.out, options.format)
    check_format(chosen)
    seconds: dict[str, float] = {}
    with show_progress(options.common.quiet) as progress:
        stats = _timed(seconds, "counting", lambda: source.load(progress))
        check_interrupted()
        progress.phase("spectrum", 0, 1)
        vecs = _timed(seconds, "eigenvectors", lambda: embed_with(stats, options.settings))
        progress.phase("spectrum", 1, 1)
        progress.phase("writing", 0, 1)
        _timed(seconds, "writing", lambda: vecs.save(options.out, chosen))
    seconds["total"] = time.perf_counter() - start
    facts = {"file": options.out, "format": chosen, **describe(stats)}
    if options.common.json or not options.common.quiet:
        print_facts(facts | _facts(vecs, seconds, options.common.json), options.common.json)


def _source(options: EmbedOptions) -> Source:
    """Check what a text, or counts in its place, go with."""
    if (options.text is None) == (options.counts is None):
        got = "neither" if options.text is None else "both"
        raise ArgumentError("texts_or_path", "either a text or --counts", got)
    if options.text is None:
        _check_defaults(options)
        return Source(None, options.counts, options.counting)
    if options.text.endswith(".gfs"):
        got = f"a file of counts, {shown_path(options.text)}"
        raise ArgumentError("texts_or_path", "a text; counts are given as --counts", got)
    further = options.resources.as_arguments()
    further |= {"subsample": options.subsample, "seed": options.seed}
    return Source(options.text, None, options.counting, USUAL_WORDS, **further)


def _check_defaults(options: EmbedOptions) -> None:
    """Refuse, beside counts, what only a text can be counted with."""
    given: dict[str, tuple[Any, Any]] = {"subsample": (options.subsample, None)}
    for group in (options.counting, options.resources):
        for field in dataclasses.fields(group):
            given[field.name] = (getattr(group, field.name), field.default)
    del given["vocab_size"]  # counts have most frequent words, too
    for name, (value, default) in given.items():
        if value != default:
            raise ArgumentError(name, "a text to count", f"{value} with --counts")


def _timed(seconds: dict[str, float], phase: str, work: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = work()
    seconds[phase] = time.perf_counter() - start
    return result


def _facts(vecs: WordVectors, seconds: dict[str, float], json: bool) -> dict[str, Any]:
    eigenvalues = vecs.provenance["eigenvalues"]
    residuals = vecs.provenance["residuals"]
    facts: dict[str, Any] = {"dimensions": vecs.dim, "settings": vecs.provenance["embed"]}
    if json:
        facts |= {"eigenvalues": eigenvalues, "residuals": residuals}
    else:
        facts["eigenvalues"] = f"{eigenvalues[0]:.4g} to {eigenvalues[-1]:.4g}"
    return {**facts, "largest residual": max(residuals), "seconds": seconds}
