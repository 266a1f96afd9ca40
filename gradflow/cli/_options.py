"""Options of every command, as frozen dataclasses: names, defaults and help texts.

They stand apart from the commands themselves, whose libraries take seconds to import, so that help
and mistakes are answered at once. A field is an option, the docstring is the help.
"""

import dataclasses
from typing import Annotated, Literal

import tyro

from gradflow.cli._option_groups import (
    CommonOptions,
    CountingOptions,
    File,
    Folder,
    OptionalCounts,
    OptionalFile,
    OptionalFloat,
    ResourceOptions,
    SweepAxes,
    optional,
)
from gradflow.studies import StudySettings
from gradflow.targets._weightings import WeightingName
from gradflow.vectors import EmbedSettings
from gradflow.vectors._write import Format


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """Predict when each mode is learned, follow the flow, measure, and compare.

    Writes results.nc, steps.csv, summary.json and figures/, all or none of them. A second run with
    the same settings and counts finds the work done.

    Attributes:
        counts: Name of embedded statistics, or a statistics file; wikipedia-2k unless --text is
            given.
        text: Text to count first: UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        out: Folder for the results.
        quick: Small study that takes seconds. Unless given, scales 1e-2 1e-4 1e-6, 2 seeds,
            d = 20, 10 modes, 200 times, no SGNS flow, and the 500 most frequent words.
        force: Replace the run that the folder holds, once the new one is complete.
        no_figures: Draw no figures.
        counting: Only with --text, but for --vocab-size.
        settings: What is followed and measured; --dim and the SGNS flow's numbers come down to the
            number of words where a default is above it.
        common: Of every command.
    """

    counts: OptionalCounts = None
    text: OptionalFile = None
    out: Folder = "gradflow-run"
    quick: bool = False
    force: bool = False
    no_figures: bool = False
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    settings: StudySettings = dataclasses.field(default_factory=StudySettings)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class SweepOptions:
    """Follow every combination of loss, weighting, k, side, d, scale and seed; measure its steps.

    Writes one netCDF file (xarray.open_dataset reads it) with an axis for each.

    Attributes:
        counts: Name of embedded statistics, or a statistics file (gradflow data count makes one);
            wikipedia-2k unless --text is given.
        text: Text to count first: UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        out: File for the result.
        force: Replace the file if it is there.
        counting: Only with --text, but for --vocab-size.
        axes: The axes, and how they are followed.
        common: Of every command.
    """

    counts: OptionalCounts = None
    text: OptionalFile = None
    out: File = "gradflow-sweep.nc"
    force: bool = False
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    axes: SweepAxes = dataclasses.field(default_factory=SweepAxes)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


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
        counting: Only with a text, but for --vocab-size.
        resources: With what; only with a text too.
        settings: How vectors are made of counts.
        common: Of every command.
    """

    out: Annotated[str, tyro.conf.arg(metavar="FILE", aliases=["-o"])]
    text: Annotated[tyro.conf.Positional[str | None], optional("TEXT")] = None
    counts: OptionalCounts = None
    format: Annotated[Format | None, optional("{word2vec,word2vec-binary,npz,npy,gensim}")] = None
    subsample: OptionalFloat = None
    seed: int = 0
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    resources: ResourceOptions = dataclasses.field(default_factory=ResourceOptions)
    settings: EmbedSettings = dataclasses.field(default_factory=EmbedSettings)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class EvaluateOptions:
    """Score word vectors on analogies (a is to b as c is to which word?) and word similarities.

    The numbers are those of gensim's evaluate_word_analogies and evaluate_word_pairs. Vectors may
    be in word2vec's formats, GloVe's, NumPy's or gensim's, plain or gzipped.

    Attributes:
        vectors: File of word vectors, whatever wrote it.
        analogies: google (needs gensim), or files of questions in its format;
            none for none of them.
        similarities: wordsim353 and simlex999 (need gensim), or files of two words and a score
            a line; none for none of them.
        method: How analogies are answered, by the sum of cosines or by their product.
        reexpand: Make the questions of a section anew, from all ordered pairs of its word pairs, as
            the paper does.
        restrict_vocab: Look at the first so many words of the file, as words of questions and as
            answers; 0 for all.
        case_sensitive: Compare words as they are written, in place of folding them to upper case.
        unknown: Leave out questions and pairs with a word that has no vector, or count them as
            wrong and as similarity 0.
        common: Of every command.
    """

    vectors: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="VECTORS")]
    analogies: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAMES-OR-FILES")] = ("google",)
    similarities: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAMES-OR-FILES")] = (
        "wordsim353",
        "simlex999",
    )
    method: Literal["cosadd", "cosmul"] = "cosadd"
    reexpand: bool = False
    restrict_vocab: int = 300_000
    case_sensitive: bool = False
    unknown: Literal["skip", "zero"] = "skip"
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class CountOptions:
    """Count which words of a text occur near each other, and save the counts.

    Attributes:
        text: Text, UTF-8, one document a line; plain, .gz, .bz2, .xz or .zip.
        out: Statistics file to write, usually .gfs; a file of that name is replaced.
        subsample: Keep an occurrence of a word of frequency f with probability √(t/f) + t/f, as
            word2vec does; this is t, and unless given all are kept.
        seed: Of the random numbers for it.
        counting: How.
        resources: With what.
        common: Of every command.
    """

    text: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="TEXT")]
    out: File
    subsample: OptionalFloat = None
    seed: int = 0
    counting: CountingOptions = dataclasses.field(default_factory=CountingOptions)
    resources: ResourceOptions = dataclasses.field(default_factory=ResourceOptions)
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class DataInfoOptions:
    """Show size, window and source of statistics.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        common: Of every command.
    """

    name_or_file: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME-OR-FILE")]
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class ListOptions:
    """List statistics that come with gradflow, and corpora that can be downloaded.

    Attributes:
        common: Of every command.
    """

    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


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
    cache_dir: Annotated[str | None, optional("FOLDER")] = None
    base_url: Annotated[str | None, optional("URL")] = None
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class InfoOptions:
    """Show all versions; with counts, devices, sizes, the limits of theory, the first modes of M*.

    Step times are medians over random starts: half height, by the rule qr.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        devices: Start JAX and show its devices, which counts do anyway.
        modes: How many modes to show.
        words: How many words at each end of a mode.
        negatives: k, negatives per positive.
        weighting: Of pairs, in judging how far the theory applies; so are the following.
        scales: Initialisation scales.
        dim: Dimension of the embeddings; the number of words where that is smaller.
        judged_modes: How many modes are to be learned.
        common: Of every command.
    """

    name_or_file: Annotated[tyro.conf.Positional[str | None], optional("NAME-OR-FILE")] = None
    devices: bool = False
    modes: int = 10
    words: int = 5
    negatives: float = 1.0
    weighting: WeightingName = "uniform"
    scales: tuple[float, ...] = (1e-1, 1e-4, 1e-8)
    dim: int = 100
    judged_modes: int = 50
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


@dataclasses.dataclass(frozen=True)
class FiguresOptions:
    """Make the figures of all experiments, or of those named, and keep what is behind them.

    What is there already, with the same settings and text, is not made again: after an interruption
    the same command goes on.

    Attributes:
        names: Experiments to make; all of them unless given.
        quick: At the small size that tests run, into folders of their own.
        text: Text that some experiments start from: UTF-8, one document a line; plain, .gz, .bz2,
            .xz or .zip.
        out: Folder that holds a folder for each experiment; figures of the project unless given.
        again: Make again what is there already, as after a change of the code.
        redraw: Only draw again from the results that are there.
        list: Only list the experiments and what is there of them.
        common: Of every command.
    """

    names: Annotated[
        tyro.conf.Positional[tuple[str, ...]],
        tyro.conf.arg(metavar="[NAME ...]", help_behavior_hint="(optional)"),
    ] = ()
    quick: bool = False
    text: OptionalFile = None
    out: Annotated[str | None, optional("FOLDER")] = None
    again: bool = False
    redraw: bool = False
    list: bool = False
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)
