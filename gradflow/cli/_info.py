"""`gradflow info`: versions and devices, what counts hold, and what theory can do with them."""

import dataclasses
import shutil
from typing import Annotated, Any

import tyro

from gradflow._checks import positive_float, positive_int
from gradflow._precision import default_dtype
from gradflow.cli._describe import describe, print_facts
from gradflow.cli._modes import mode_facts, print_modes
from gradflow.cli._options import CommonOptions
from gradflow.corpus import CooccurrenceStatistics, load_statistics
from gradflow.dynamics import usable_cores, use_all_cores
from gradflow.io import environment
from gradflow.targets import AbstractTarget, WeightingName, mstar, spectrum
from gradflow.validity import ValidityReport, validity_report


@dataclasses.dataclass(frozen=True)
class InfoOptions:
    """Versions and devices; with counts, their size, the limits of theory, the first modes of M*.

    Step times are medians over random starts: half height, by the rule qr.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        modes: How many modes to show.
        words: How many words at each end of a mode.
        negatives: k, negatives per positive.
        weighting: Of pairs, in judging how far the theory applies; so are the following.
        scales: Initialisation scales.
        dim: Dimension of the embeddings; the number of words where that is smaller.
        judged_modes: How many modes are to be learned.
        common: Of every command.
    """

    name_or_file: Annotated[
        tyro.conf.Positional[str | None], tyro.conf.arg(metavar="NAME-OR-FILE")
    ] = None
    modes: int = 10
    words: int = 5
    negatives: float = 1.0
    weighting: WeightingName = "uniform"
    scales: tuple[float, ...] = (1e-1, 1e-4, 1e-8)
    dim: int = 100
    judged_modes: int = 50
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def info(options: InfoOptions) -> None:
    """Print it.

    Raises:
        ArgumentError: More modes than words.
        DataError: There is no such name or file, or it is damaged.
    """
    use_all_cores()
    modes = positive_int("modes", options.modes)
    words = positive_int("words", options.words)
    positive_float("negatives", options.negatives)
    positive_int("judged_modes", options.judged_modes)
    facts = {
        **environment(),
        "dtype": str(default_dtype()),
        "usable cores": usable_cores(),
    }
    found: list[dict[str, Any]] = []
    report = None
    if options.name_or_file is not None:
        stats = load_statistics(options.name_or_file)
        facts |= {"counts": options.name_or_file, **describe(stats)}
        target = mstar(stats, options.negatives)
        # Once for both; the report mixes the modes it judges with twenty more.
        needed = min(stats.vocab_size, max(options.dim, options.judged_modes + 20))
        spec, dim = spectrum(target, max(modes, needed)), min(options.dim, stats.vocab_size)
        found = mode_facts(spec, modes, words, options.scales, dim)
        report = _judged(stats, options, target)
    if options.common.json:
        more = {} if report is None else {"validity": report.as_dict(), "modes": found}
        print_facts({**facts, **more}, json=True)
        return
    print_facts(facts, json=False)
    if report is not None:
        print(f"\n{report}\n")
    print_modes(found, options.scales, shutil.get_terminal_size((100, 24)).columns)


def _judged(
    stats: CooccurrenceStatistics, options: InfoOptions, target: AbstractTarget
) -> ValidityReport:
    return validity_report(
        stats,
        weighting=options.weighting,
        negatives=options.negatives,
        scales=options.scales,
        dim=min(options.dim, stats.vocab_size),
        modes=options.judged_modes,
        target=None if options.weighting == "word2vec" else target,  # it has one of its own
    )
