"""`gradflow embed`: from a text, or its counts, to word vectors in a file."""

import dataclasses
import os
import time
from typing import Annotated, Any

import tyro

from gradflow._errors import ArgumentError, DataError
from gradflow._files import shown
from gradflow.cli._counts import check_writable, count_text
from gradflow.cli._describe import describe, print_facts
from gradflow.cli._interrupt import check_interrupted
from gradflow.cli._options import CommonOptions, CountingOptions, ResourceOptions
from gradflow.cli._progress import Bars, progress_bars
from gradflow.corpus import CooccurrenceStatistics, load_statistics
from gradflow.vectors import (
    EmbedSettings,
    Format,
    WordVectors,
    check_format,
    embed_with,
    file_format,
)

USUAL_WORDS = 50_000


@dataclasses.dataclass(frozen=True)
class EmbedOptions:
    """Make word vectors in closed form, without training, and save them for gensim and others.

    Attributes:
        text: Text to count, UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        counts: In place of a text: name of embedded statistics, or a statistics file.
        out: File to write; a file of that name is replaced. With .gz at its end it is compressed.
        format: Of the file; unless given, by its suffix: .bin, .npz, .npy, .kv (gensim), and the
            text of word2vec for all others.
        subsample: Keep an occurrence of a word of frequency f with probability √(t/f) + t/f, as
            word2vec does; this is t, 1e-3 there, and unless given all are kept. Only with a text.
        seed: Of the random numbers for it.
        counting: Only with a text; --vocab-size is 50,000 unless given.
        resources: With what; only with a text too.
        settings: How vectors are made of counts.
        common: Of every command.
    """

    out: Annotated[str, tyro.conf.arg(metavar="FILE", aliases=["-o"])]
    text: Annotated[tyro.conf.Positional[str | None], tyro.conf.arg(metavar="TEXT")] = None
    counts: Annotated[str | None, tyro.conf.arg(metavar="NAME-OR-FILE")] = None
    format: Format | None = None
    subsample: Annotated[float | None, tyro.conf.arg(metavar="FLOAT")] = None
    seed: int = 0
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    resources: ResourceOptions = dataclasses.field(default_factory=ResourceOptions)
    settings: EmbedSettings = dataclasses.field(default_factory=EmbedSettings)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def embed(options: EmbedOptions) -> None:
    """Do it.

    Raises:
        ArgumentError: Options that do not fit together, or do not fit the text.
        DataError: The text or the counts cannot be used, or the file cannot be written.
    """
    start = time.perf_counter()
    chosen = _check(options)
    seconds: dict[str, float] = {}
    with progress_bars() as bars:
        stats = _timed(seconds, "counting", _counts, options, bars)
        check_interrupted()
        bars.phase("spectrum", 0, 1)
        vecs = _timed(seconds, "eigenvectors", embed_with, stats, options.settings)
        bars.phase("spectrum", 1, 1)
        bars.phase("writing", 0, 1)
        _timed(seconds, "writing", vecs.save, options.out, chosen)
    seconds["total"] = time.perf_counter() - start
    facts = {"file": options.out, "format": chosen, **describe(stats)}
    print_facts(facts | _facts(vecs, seconds, options.common.json), options.common.json)


def _check(options: EmbedOptions) -> Format:
    """All that can be known before the work; the format of the file."""
    if (options.text is None) == (options.counts is None):
        got = "neither" if options.text is None else "both"
        raise ArgumentError("texts_or_path", "either a text or --counts", got)
    if options.text is not None and options.text.endswith(".gfs"):
        got = f"a file of counts, {shown(options.text)}"
        raise ArgumentError("texts_or_path", "a text; counts are given as --counts", got)
    if options.text is None:
        if options.subsample is not None:
            raise ArgumentError(
                "subsample", "a text to count", f"{options.subsample:g} with --counts"
            )
        for group in (options.counting, options.resources):
            for field in dataclasses.fields(group):
                value = getattr(group, field.name)
                if value != field.default:
                    raise ArgumentError(field.name, "a text to count", f"{value} with --counts")
    if os.path.isdir(options.out):
        raise DataError("out", "a path for a file", f"the folder {shown(options.out)}")
    check_writable(options.out)
    chosen = file_format(options.out, options.format)
    check_format(chosen)
    return chosen


def _counts(options: EmbedOptions, bars: Bars) -> CooccurrenceStatistics:
    if options.text is None:
        assert options.counts is not None
        return load_statistics(options.counts)
    further = options.resources.as_arguments()
    further |= {"subsample": options.subsample, "seed": options.seed}
    return count_text(options.text, options.counting, bars, USUAL_WORDS, **further)


def _timed(seconds: dict[str, float], phase: str, work: Any, *arguments: Any) -> Any:
    start = time.perf_counter()
    done = work(*arguments)
    seconds[phase] = time.perf_counter() - start
    return done


def _facts(vecs: WordVectors, seconds: dict[str, float], json: bool) -> dict[str, Any]:
    eigenvalues = vecs.provenance["eigenvalues"]
    residuals = vecs.provenance["residuals"]
    facts: dict[str, Any] = {"dimensions": vecs.dim, "settings": vecs.provenance["embed"]}
    if json:
        facts |= {"eigenvalues": eigenvalues, "residuals": residuals}
    else:
        facts["eigenvalues"] = f"{eigenvalues[0]:.4g} to {eigenvalues[-1]:.4g}"
    return {**facts, "largest residual": max(residuals), "seconds": seconds}
