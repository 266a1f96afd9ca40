"""`gradflow info`: versions and devices, and what counts hold."""

import dataclasses
from typing import Annotated, Any

import tyro

from gradflow._checks import positive_float, positive_int
from gradflow._precision import default_dtype
from gradflow.cli._describe import describe, print_facts
from gradflow.cli._options import CommonOptions
from gradflow.corpus import CooccurrenceStatistics, load_statistics
from gradflow.dynamics import usable_cores, use_all_cores
from gradflow.io import environment
from gradflow.targets import mstar, spectrum


@dataclasses.dataclass(frozen=True)
class InfoOptions:
    """Versions and devices; with counts, their size and the first modes of M*.

    Attributes:
        name_or_file: Name of embedded statistics, or a statistics file.
        modes: How many modes to show.
        negatives: k, negatives per positive.
        common: Of every command.
    """

    name_or_file: Annotated[
        tyro.conf.Positional[str | None], tyro.conf.arg(metavar="NAME-OR-FILE")
    ] = None
    modes: int = 10
    negatives: float = 1.0
    common: CommonOptions = dataclasses.field(default_factory=CommonOptions)


def info(options: InfoOptions) -> None:
    """Print it.

    Raises:
        ArgumentError: More modes than words.
        DataError: There is no such name or file, or it is damaged.
    """
    use_all_cores()
    modes = positive_int("modes", options.modes)
    positive_float("negatives", options.negatives)
    facts = {
        **environment(),
        "dtype": str(default_dtype()),
        "usable cores": usable_cores(),
    }
    found: list[dict[str, Any]] = []
    if options.name_or_file is not None:
        stats = load_statistics(options.name_or_file)
        facts |= {"counts": options.name_or_file, **describe(stats)}
        found = _modes(stats, modes, options.negatives)
    if options.common.json:
        print_facts({**facts, "modes": found} if found else facts, json=True)
        return
    print_facts(facts, json=False)
    for mode in found:
        words = " / ".join(" ".join(end) for end in (mode["high"], mode["low"]) if end)
        print(f"mode {mode['mode']:>3}  eigenvalue {mode['eigenvalue']:9.4g}  {words}")


def _modes(stats: CooccurrenceStatistics, count: int, negatives: float) -> list[dict[str, Any]]:
    spec = spectrum(mstar(stats, negatives), count)
    modes = []
    for mode, eigenvalue in enumerate(spec.eigenvalues.tolist()):
        high, low = spec.top_words(mode)
        modes.append({"mode": mode + 1, "eigenvalue": eigenvalue, "high": high, "low": low})
    return modes
